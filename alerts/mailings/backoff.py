"""How long to wait before the next try: growing, bounded, with jitter."""

from __future__ import annotations

FIRST_WAIT = 15.0
LONGEST_WAIT = 3600.0
ATTEMPTS = 12
"""Tries after the first one before a deferred delivery is given up: about eight hours in all."""


def wait_before(attempt: int, jitter: float, *, at_least: float = 0) -> float:
    """Seconds to wait before try number `attempt` (from 1); `jitter` in 0…1 spreads them over a fifth."""
    grown = min(LONGEST_WAIT, FIRST_WAIT * float(2 ** min(attempt - 1, 16)))
    return max(at_least, grown) * (1 + 0.2 * jitter)
