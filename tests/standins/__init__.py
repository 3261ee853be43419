"""Stand-ins for what is beyond the provider's door: they speak the real protocol and can be told to fail."""
