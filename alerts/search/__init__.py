"""Finding cases, defenders, bulletins and campaigns by their words; only what the public may read is kept here."""
