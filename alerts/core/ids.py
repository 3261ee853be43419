"""The one door for ids: UUIDs of version 7, which sort by the time they were made."""

from __future__ import annotations

import os
import time
from collections import deque
from uuid import UUID

AT_ONCE = 256
"""Ids whose randomness the kernel is asked for together: who asks it lets other threads take their turn first."""
_BYTES = 10
_random: deque[bytes] = deque()
os.register_at_fork(after_in_child=_random.clear)  # or both processes would give the same


def new_id() -> UUID:
    """A fresh UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(_ten_bytes(), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


def _ten_bytes() -> bytes:
    try:
        return _random.pop()
    except IndexError:
        many = os.urandom(_BYTES * AT_ONCE)
        _random.extend(many[at : at + _BYTES] for at in range(_BYTES, len(many), _BYTES))
        return many[:_BYTES]
