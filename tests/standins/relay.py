"""A relay that speaks real SMTP over a real socket, counts what arrives, and fails as it is told."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

DROP = "DROP"
"""As a reply: close the connection without a word."""

Reply = Callable[[str], str | None]


@dataclass
class Script:
    """What to answer instead of yes. Each takes the command line (for `dot`: the recipient); None means yes.

    `before_dot_reply` runs when a whole message has arrived, before it is answered.
    """

    greeting: str = "220 relay.example ready"
    pipelining: bool = True
    smtputf8: bool = True
    mail: Reply = lambda _: None
    rcpt: Reply = lambda _: None
    data: Reply = lambda _: None
    dot: Reply = lambda _: None
    before_dot_reply: Callable[[str], None] = lambda _: None


@dataclass
class Relay:
    """A running relay: its port, its script, and what it has taken, per recipient."""

    port: int
    script: Script
    taken: Counter[str] = field(default_factory=Counter)
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def mail_url(self) -> str:
        """The setting that sends mail here."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"


@contextmanager
def a_relay(script: Script | None = None) -> Iterator[Relay]:
    """A relay that runs for as long as the block."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        relay = Relay(server.server_address[1], script or Script())
        server.relay = relay
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield relay
        finally:
            server.shutdown()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    relay: Relay


class _Hangup(Exception):
    """The script said to close the connection."""


class _Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        relay = self.server.relay
        with relay.lock:
            relay.connections += 1
        try:
            self._say(relay.script.greeting)
            while line := self.rfile.readline():
                self._command(relay, line.decode("utf-8").rstrip("\r\n"))
        except (_Hangup, ConnectionError):
            return

    def _command(self, relay: Relay, line: str) -> None:
        script = relay.script
        match line.split(" ", 1)[0].split(":", 1)[0].upper():
            case "EHLO":
                extensions = ["relay.example", "8BITMIME", "ENHANCEDSTATUSCODES"]
                extensions += ["PIPELINING"] if script.pipelining else []
                extensions += ["SMTPUTF8"] if script.smtputf8 else []
                for extension in extensions:
                    self._say(f"250-{extension}")
                self._say("250 SIZE 10000000")
            case "MAIL":
                self._recipient = ""
                self._say(script.mail(line) or "250 2.1.0 Ok")
            case "RCPT":
                reply = script.rcpt(line) or "250 2.1.5 Ok"
                self._recipient = line.partition("<")[2].partition(">")[0] if reply.startswith("250") else ""
                self._say(reply)
            case "DATA":
                self._data(relay)
            case "RSET" | "NOOP":
                self._say("250 2.0.0 Ok")
            case "QUIT":
                self._say("221 2.0.0 Bye")
                raise _Hangup
            case _:
                self._say("500 5.5.2 What?")

    def _data(self, relay: Relay) -> None:
        reply = relay.script.data(self._recipient) or ("354 Go on" if self._recipient else "554 5.5.1 No valid recipients")
        self._say(reply)
        if not reply.startswith("354"):
            return
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        if not line:
            raise _Hangup
        relay.script.before_dot_reply(self._recipient)
        reply = relay.script.dot(self._recipient) or f"250 2.0.0 Ok: queued as {relay.taken.total() + 1:06X}"
        if reply.startswith("250") or reply == DROP:
            with relay.lock:
                relay.taken[self._recipient] += 1
                relay.messages.append(b"".join(lines))
        self._say(reply)

    def _say(self, reply: str) -> None:
        if reply == DROP:
            raise _Hangup
        self.wfile.write(f"{reply}\r\n".encode())
