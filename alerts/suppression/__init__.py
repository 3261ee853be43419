"""Addresses never to be mailed again, kept as keyed hashes so that nobody can be found from the list."""
