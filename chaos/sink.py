"""A relay for counting: real SMTP, fast, tells how often each recipient's mail was taken, fails as it is told."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

HANG = "HANG"
"""As a reply: never say anything more."""
DROP = "DROP"
"""As a reply: close the connection without a word."""

EXTENSIONS = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n"


@dataclass(frozen=True)
class Fault:
    """What is answered instead of yes, at which stage: greeting, mail, rcpt, data, message (in the middle) or dot."""

    stage: str
    reply: str
    who: Callable[[str], bool] = lambda _: True


class Sink:
    """A running relay; `taken` counts each recipient, `total` all, `lost` mails whose answer never went back.

    `fault` holds from mail number `fault_after` on, until it is set to None. `delay` is how long each mail takes.
    """

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.total = 0
        self.lost = 0
        self.hits = 0
        self.fault: Fault | None = None
        self.fault_after = 0
        self.delay = 0.0
        self.port = 0
        self.sessions: set[_Session] = set()
        self.loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None

    def run(self, work: Any) -> Any:
        """Have the sink's own thread do this; its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def open_door(self) -> None:
        """Take connections, at the same port as before."""
        self.run(self._open())

    def shut_door(self) -> None:
        """Refuse connections, and hang up on those who are there."""
        self.run(self._shut())

    def reply(self, stage: str, recipient: str) -> str | None:
        """The fault's reply where it holds here."""
        fault = self.fault
        if fault is None or fault.stage != stage or self.total < self.fault_after or not fault.who(recipient):
            return None
        self.hits += 1
        return fault.reply

    async def _open(self) -> None:
        self._server = await self.loop.create_server(lambda: _Session(self), "127.0.0.1", self.port, backlog=128)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        for session in list(self.sessions):
            session.hang_up()


@contextmanager
def a_sink() -> Iterator[Sink]:
    """A sink that runs for as long as the block."""
    sink = Sink()
    thread = threading.Thread(target=sink.loop.run_forever, daemon=True)
    thread.start()
    sink.open_door()
    try:
        yield sink
    finally:
        sink.shut_door()
        sink.loop.call_soon_threadsafe(sink.loop.stop)
        thread.join(10)
        sink.loop.close()


class _Session(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""
        self._in_message = False
        self._silent = False
        self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._sink.sessions.add(self)
        self._say("greeting", "220 sink.example ready")

    def connection_lost(self, _: Exception | None) -> None:
        self._sink.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read_on()

    def hang_up(self) -> None:
        self._silent = True
        self._transport.abort()

    def _read_on(self) -> None:
        while not self._silent:
            if self._in_message:
                message, end, rest = self._buffer.partition(b"\r\n.\r\n")
                if not end:
                    return
                self._buffer, self._in_message = rest, False
                self._message_is_whole(empty=not message)
            else:
                line, end, rest = self._buffer.partition(b"\r\n")
                if not end:
                    return
                self._buffer = rest
                self._command(line)

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            self._transport.write(EXTENSIONS)
        elif verb == b"MAIL":
            self._recipient = ""
            self._say("mail", "250 2.1.0 Ok")
        elif verb == b"RCPT":
            to = line.partition(b"<")[2].partition(b">")[0].decode()
            self._recipient = to if self._say("rcpt", "250 2.1.5 Ok", to) else ""
        elif verb == b"DATA":
            self._data()
        elif verb == b"QUIT":
            self._transport.write(b"221 2.0.0 Bye\r\n")
            self.hang_up()
        else:
            self._transport.write(b"250 2.0.0 Ok\r\n")

    def _data(self) -> None:
        if not self._recipient:
            self._transport.write(b"554 5.5.1 No valid recipients\r\n")
        elif self._say("data", "354 Go ahead"):
            self._buffer, self._in_message = b"\r\n" + self._buffer, True
            if self._sink.reply("message", self._recipient):
                self.hang_up()

    def _message_is_whole(self, *, empty: bool) -> None:
        sink, to = self._sink, self._recipient
        if empty:
            self._transport.write(b"250 2.0.0 Ok\r\n")
            return
        reply = sink.reply("dot", to)
        if reply in (None, HANG, DROP):
            sink.taken[to] += 1
            sink.total += 1
            sink.lost += reply is not None
        answer = reply or f"250 2.0.0 Ok: queued as {sink.total:06X}"
        if sink.delay:
            sink.loop.call_later(sink.delay, self._write, answer)
        else:
            self._write(answer)

    def _say(self, stage: str, yes: str, recipient: str = "") -> bool:
        """Answer; whether it was the yes."""
        reply = self._sink.reply(stage, recipient or self._recipient)
        self._write(reply or yes)
        return reply is None

    def _write(self, reply: str) -> None:
        if reply == DROP:
            self.hang_up()
        elif reply == HANG:
            self._silent = True
        elif not self._transport.is_closing():
            self._transport.write(f"{reply}\r\n".encode())
