"""What the exit code of a command means."""

DONE = 0
REFUSED = 1
"""The rules say no, and nothing has changed; the message says what to do."""
USAGE = 2
"""The command was not understood (click's own code)."""
PARTLY = 3
"""Done, but for what the report lists."""
AWAY = 4
"""A service is away or someone was quicker: try again."""
