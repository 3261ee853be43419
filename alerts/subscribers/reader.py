"""The process that reads a large list: an order comes in, slices go out, and it ends when nobody takes them.

It is started by `reading.Apart` as `python -m alerts.subscribers.reader` and is told everything through standard
input: what stands in arguments or in the environment, others on the machine can see.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from typing import NamedTuple

from alerts.core import keys
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.slices import Slice, slices_of


class Order(NamedTuple):
    """What is to be read: an open file's descriptor, where the list begins in it, how to cut it, what to hash with."""

    descriptor: int
    begins: int
    encoding: str
    size: int
    address_key: bytes

    def __repr__(self) -> str:
        """Without the key, which stands in no log and no traceback."""
        return f"Order({self.descriptor}, {self.begins}, {self.encoding!r}, {self.size})"


Message = Slice | Exception | None
"""One thing that is handed over: a slice, what went wrong, or None at the end of the list."""


def main() -> None:
    """Take the order from standard input and write what becomes of it to standard output, pickled."""
    order = Order(*pickle.load(sys.stdin.buffer))  # noqa: S301 - it comes from the process that started this one
    keys.install(keys.Keys(tokens={}, address=order.address_key))
    try:
        for message in _messages(order):
            pickle.dump(message, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The import is over or was killed. What still waits to be written must not be tried again on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _messages(order: Order) -> Iterator[Message]:
    try:
        with open(order.descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
            file.seek(order.begins)
            yield from slices_of(SubscriberList(file, order.encoding), order.size)
    except Exception as error:  # noqa: BLE001 - it is raised again where the slices are used
        yield error
    else:
        yield None


if __name__ == "__main__":
    main()
