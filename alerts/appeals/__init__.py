"""Bringing what supporters wrote to its target: letter by letter, as a digest, or handed in."""
