"""Working ahead: an iterator runs in a thread of its own while its items are being used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
_PAUSE = 0.1


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class _End:
    pass


class Ahead(Generic[Item]):
    """The items of `source` in order, made up to `depth` ahead; as a context manager, so that the thread surely ends.

    What `source` raises is raised here, in its place in the order.
    """

    def __init__(self, source: Iterable[Item], depth: int) -> None:
        self._queue: Queue[Item | _Failed | _End] = Queue(depth)
        self._stop = Event()
        self._thread = Thread(target=self._work, args=(source,), daemon=True)

    def __enter__(self) -> Iterator[Item]:
        self._thread.start()
        return self._items()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _items(self) -> Iterator[Item]:
        while True:
            try:
                item = self._queue.get(timeout=_PAUSE)
            except Empty:
                continue
            if isinstance(item, _End):
                return
            if isinstance(item, _Failed):
                raise item.error
            yield item

    def _work(self, source: Iterable[Item]) -> None:
        try:
            for item in source:
                if not self._handed(item):
                    return
            self._handed(_End())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the items are used
            self._handed(_Failed(error))

    def _handed(self, item: Item | _Failed | _End) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=_PAUSE)
            except Full:
                continue
            return True
        return False
