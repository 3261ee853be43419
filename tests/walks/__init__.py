"""The whole public site, walked: every state of every page, by keys alone, without scripts, and with bad intentions."""
