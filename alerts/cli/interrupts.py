"""Ctrl-C as a question that is asked between two steps, not an exception in the middle of one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_STDERR = 2
"""The descriptor: what writes through a buffer must not be entered again while it writes, as a signal might."""


@contextmanager
def presses(words: str) -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed since the block began; the first press says `words`, the second ends the process.

    An exception raised wherever a program happens to be can find a database driver in the middle of a sentence: the
    connection is then of no use for the roll-back either. Only for the main thread.
    """
    pressed = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.write(_STDERR, f"\n{words}\n".encode())

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
