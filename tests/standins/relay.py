"""A relay that speaks real SMTP over a real socket, counts what arrives, and fails as it is told."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

DROP = "DROP"
"""As a reply: close the connection without a word."""
HANG = "HANG"
"""As a reply: say nothing until the other side goes away."""

Reply = Callable[[str], str | None]


@dataclass
class Script:
    """What to answer instead of yes. Each takes the command line (for `dot`: the recipient); None means yes.

    `before_dot_reply` runs when a whole message has arrived, before it is answered; `drop_in_message` tells by the
    recipient whether to hang up as soon as a message begins. `tls` speaks TLS from the start, `starttls` when asked;
    `login` is the user and password to ask for. `per_connection` is how many mails it takes before it closes,
    `most_connections` how many it lets in at once.
    """

    greeting: str = "220 relay.example ready"
    pipelining: bool = True
    smtputf8: bool = True
    mail: Reply = lambda _: None
    rcpt: Reply = lambda _: None
    data: Reply = lambda _: None
    dot: Reply = lambda _: None
    before_dot_reply: Callable[[str], None] = lambda _: None
    drop_in_message: Callable[[str], bool] = lambda _: False
    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    per_connection: int | None = None
    most_connections: int | None = None


@dataclass
class Relay:
    """A running relay: its port, its script, and what it has taken, per recipient.

    `commands` holds every command line, `together` how many commands of a mail had arrived when MAIL was read,
    `behind_the_dot` how many of the next when a message was whole;
    `connections` counts all, `now` the open ones, `most_at_once` their highest number.
    """

    port: int
    script: Script
    taken: Counter[str] = field(default_factory=Counter)
    messages: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    together: list[int] = field(default_factory=list)
    behind_the_dot: list[int] = field(default_factory=list)
    connections: int = 0
    now: int = 0
    most_at_once: int = 0
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
    block_on_close = False
    allow_reuse_address = True
    relay: Relay


class _Hangup(Exception):
    """The script said to close the connection, or the other side did."""


class _Session(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        relay = self.server.relay
        self._buffer = b""
        self._known = relay.script.login is None
        self._begun = False
        self._recipient = ""
        self._messages = 0
        with relay.lock:
            relay.connections += 1
            relay.now += 1
            relay.most_at_once = max(relay.most_at_once, relay.now)
            crowded = relay.now > (relay.script.most_connections or relay.now)
        try:
            if relay.script.tls:
                self._protect(relay.script.tls)
            self._say("421 4.7.0 Too many connections" if crowded else relay.script.greeting)
            while not crowded:
                self._command(relay, self._line().decode("utf-8", "replace").rstrip("\r\n"))
        except (_Hangup, OSError):
            return
        finally:
            with relay.lock:
                relay.now -= 1

    def _command(self, relay: Relay, line: str) -> None:
        script = relay.script
        relay.commands.append(line)
        match line.split(" ", 1)[0].split(":", 1)[0].upper():
            case "EHLO":
                self._greet(script)
            case "STARTTLS" if script.starttls:
                self._say("220 2.0.0 Go ahead")
                self._protect(script.starttls)
            case "AUTH":
                self._log_in(script, line)
            case "MAIL" | "RCPT" | "DATA" as verb:
                self._mail(relay, verb, line)
            case "RSET" | "NOOP":
                self._say("250 2.0.0 Ok")
            case "QUIT":
                self._say("221 2.0.0 Bye")
                raise _Hangup
            case _:
                self._say("500 5.5.2 What?")

    def _mail(self, relay: Relay, verb: str, line: str) -> None:
        script = relay.script
        if verb == "DATA":
            self._data(relay)
        elif verb == "RCPT":
            reply = "503 5.5.1 MAIL first" if not self._begun else script.rcpt(line) or "250 2.1.5 Ok"
            self._recipient = line.partition("<")[2].partition(">")[0] if reply.startswith("250") else ""
            self._say(reply)
        else:
            self._recipient = ""
            relay.together.append(1 + self._buffer.count(b"\r\n"))
            reply = "530 5.7.0 Who are you?" if not self._known else script.mail(line) or "250 2.1.0 Ok"
            self._begun = reply.startswith("250")
            self._say(reply)

    def _greet(self, script: Script) -> None:
        offers = {
            "PIPELINING": script.pipelining,
            "SMTPUTF8": script.smtputf8,
            "STARTTLS": script.starttls and not isinstance(self.request, ssl.SSLSocket),
            "AUTH PLAIN": script.login,
        }
        for extension in (
            "relay.example",
            "8BITMIME",
            "ENHANCEDSTATUSCODES",
            *(name for name, on in offers.items() if on),
        ):
            self._say(f"250-{extension}")
        self._say("250 SIZE 10000000")

    def _log_in(self, script: Script, line: str) -> None:
        _, user, password = base64.b64decode(line.rpartition(" ")[2]).decode().split("\0")
        self._known = (user, password) == script.login
        self._say("235 2.7.0 Welcome" if self._known else "535 5.7.8 Who are you?")

    def _data(self, relay: Relay) -> None:
        reply = relay.script.data(self._recipient) or (
            "354 Go on" if self._recipient else "554 5.5.1 No valid recipients"
        )
        self._say(reply)
        if not reply.startswith("354"):
            return
        if relay.script.drop_in_message(self._recipient):
            raise _Hangup
        lines = []
        while (line := self._line()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        relay.behind_the_dot.append(self._buffer.count(b"\r\n"))
        relay.script.before_dot_reply(self._recipient)
        reply = relay.script.dot(self._recipient) or f"250 2.0.0 Ok: queued as {relay.taken.total() + 1:06X}"
        if reply.startswith("250") or reply in (DROP, HANG):
            with relay.lock:
                relay.taken[self._recipient] += 1
                relay.messages.append(b"".join(lines))
        self._say(reply)
        self._messages += 1
        if self._messages == relay.script.per_connection:
            raise _Hangup

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            received = self.request.recv(65536)
            if not received:
                raise _Hangup
            self._buffer += received
        line, end, self._buffer = self._buffer.partition(b"\n")
        return line + end

    def _protect(self, context: ssl.SSLContext) -> None:
        if self._buffer:
            raise _Hangup
        self.request = context.wrap_socket(self.request, server_side=True)

    def _say(self, reply: str) -> None:
        if reply == HANG:
            while self.request.recv(65536):
                pass
        if reply in (DROP, HANG):
            raise _Hangup
        self.request.sendall(f"{reply}\r\n".encode())
