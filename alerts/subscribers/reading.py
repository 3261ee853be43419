"""Reading ahead: the slices of a list are made while the ones before them are merged.

A small list is read by a thread. A large one gets a process of its own: Python reads with one core, whatever the number
of threads, and the other core belongs to PostgreSQL.
"""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, BinaryIO

import alerts
from alerts.core import keys
from alerts.core.ahead import Ahead
from alerts.core.errors import Busy
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.reader import Message, Order
from alerts.subscribers.slices import Slice, slices_of

LARGE = 4 << 20
"""Bytes from which on a process, which takes up to a quarter of a second to start, is worth it."""
_AHEAD = 3
_ROOT = Path(alerts.__file__).parent.parent


def ahead(people: SubscriberList, size: int) -> AbstractContextManager[Iterator[Slice]]:
    """The list's slices of `size` rows, being made ahead for as long as the block, and no longer."""
    descriptor = _descriptor(people.file)
    if descriptor is not None and os.fstat(descriptor).st_size >= LARGE:
        return Apart(Order(descriptor, people.begins, people.encoding, size, keys.current().address))
    return Ahead(slices_of(people, size), _AHEAD)


def _descriptor(file: BinaryIO) -> int | None:
    """The descriptor of a file that another process can read as it is; unpacked or made up ones have none that can."""
    if isinstance(file, io.BufferedReader) and isinstance(file.raw, io.FileIO):
        return file.fileno()
    return None


class Apart:
    """Slices made by another process, a few ahead: the pipe is short, and the process waits for them to be taken.

    A thread takes them from the pipe, so that neither side waits for the other while the database works. What goes
    wrong there is raised here, in its place in the order; Busy where the process ends before the list does.
    """

    def __init__(self, order: Order) -> None:
        self._order = order

    def __enter__(self) -> Iterator[Slice]:
        # In a process group of its own Ctrl-C does not reach it: this process says how far the import is, and ends it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "alerts.subscribers.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(self._order.descriptor,),
            cwd=_ROOT,
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError), self._process.stdin as order:
            pickle.dump(tuple(self._order), order)
        self._taken = Ahead(self._slices(self._process.stdout), _AHEAD)
        return self._taken.__enter__()

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._taken.__exit__()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _slices(self, pipe: IO[bytes]) -> Iterator[Slice]:
        while (message := self._message(pipe)) is not None:
            if isinstance(message, Exception):
                raise message
            yield message

    def _message(self, pipe: IO[bytes]) -> Message:
        try:
            message: Message = pickle.load(pipe)  # noqa: S301 - it comes from the process that was started here
        except (EOFError, pickle.UnpicklingError):
            raise Busy(
                f"The process that reads the list {_ending(self._process.wait())} before the list was read."
                " What is in stays in: run it again."
            ) from None
        return message


def _ending(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        return f"was ended by the system ({signal.Signals(-code).name}; for want of memory, perhaps)"
    return f"ended (with code {code})"
