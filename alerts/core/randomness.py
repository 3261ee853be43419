"""The one door for chance: what must not be guessed goes through `secrets`, what only spreads load through here."""

from __future__ import annotations

import random


def jitter() -> float:
    """A number from 0 up to 1 that spreads tries apart."""
    return random.random()  # noqa: S311 - spreads load, guards nothing
