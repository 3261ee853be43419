"""A door in front of the SendGrid-shaped stand-in: it can be shut, or let in and say nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Door:
    """Passes connections on to `target`; `hang` takes what is sent before anyone has read it, and keeps silent."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.hang = False
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    def run(self, work: Any) -> Any:
        """Have the door's own thread do this; its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def open_door(self) -> None:
        """Take connections, at the same port as before."""
        self.run(self._listen())

    def shut_door(self) -> None:
        """Refuse connections, and hang up on those who are there."""
        self.run(self._shut())

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self.hang:
                await asyncio.sleep(60)
                return
            there, away = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(away)
            try:
                await asyncio.gather(_pump(reader, away), _pump(there, writer))
            finally:
                away.close()
                self._open.discard(away)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()


@contextmanager
def a_door(target: int) -> Iterator[Door]:
    """A door that stands for as long as the block."""
    door = Door(target)
    thread = threading.Thread(target=door.loop.run_forever, daemon=True)
    thread.start()
    door.open_door()
    try:
        yield door
    finally:
        door.shut_door()
        for pending in asyncio.all_tasks(door.loop):
            door.loop.call_soon_threadsafe(pending.cancel)
        door.run(asyncio.sleep(0.05))
        door.loop.call_soon_threadsafe(door.loop.stop)
        thread.join(10)
        door.loop.close()
