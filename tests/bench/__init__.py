"""The benchmark measures what it says: its sink counts right, and its table says what was measured."""
