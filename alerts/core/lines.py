"""Lines of a log, written together ten times a second by a thread of its own: who logs one never waits for a file.

A write lets other threads run, and getting the turn back costs a busy process more than the page it answered.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from typing import TextIO

WRITTEN_EVERY = 0.1
"""Seconds between two writes; what a process that is killed had logged since the last is lost."""


class Lines:
    """What waits to be written to one stream, in the order it came."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._writing = threading.Lock()
        self._writer: threading.Thread | None = None

    def add(self, line: str) -> None:
        """Have a line, which ends as lines do, written within WRITTEN_EVERY."""
        self._waiting.append(line)
        if self._writer is None:
            self._begin()

    def write(self) -> None:
        """Write everything that waits, now."""
        with self._writing:
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if lines:
                self._stream.write("".join(lines))
                self._stream.flush()

    def _begin(self) -> None:
        with self._writing:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_on, name="log", daemon=True)
                self._writer.start()
                atexit.register(self.write)

    def _write_on(self) -> None:
        while True:
            time.sleep(WRITTEN_EVERY)
            self.write()
