"""A generator of load: HTTP/1.1 over connections kept open, in a process of its own, and cheap.

Either each connection asks as soon as it was answered, or requests leave at a rate, and the time of each counts from
when it should have left: who is slow cannot slow down the asking.
"""

from __future__ import annotations

import math
import multiprocessing
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

TOO_LONG = 60.0
"""Seconds after which an answer counts as missing."""


@dataclass
class Taken:
    """What came back: seconds each answer took, how many of each status, seconds from the first to the last."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lasted: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.lasted

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    due: float = 0.0
    heard: bytearray = field(default_factory=bytearray)


def asked(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    seconds: float,
    rate: float | None = None,
    once: bool = False,
) -> Taken:
    """Send the requests in turn, again from the first where they do not last, or each `once`; with `rate`, so many a
    second.
    """
    most = int(rate * seconds) if rate else len(requests) if once else math.inf
    with multiprocessing.get_context("spawn").Pool(1) as process:
        bounds = {"seconds": seconds, "rate": rate, "most": most}
        return process.apply(_drive, (port, requests, connections), bounds)


def request(path: str, *, method: str = "GET", body: bytes = b"") -> bytes:
    """A request as a browser sends it, as far as it matters here."""
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: text/html",
        "Accept-Language: en",
        "Accept-Encoding: gzip",
    ]
    if method == "POST":
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def _drive(
    port: int, requests: Sequence[bytes], connections: int, *, seconds: float, rate: float | None, most: float
) -> Taken:
    taken, selector = Taken(), selectors.DefaultSelector()
    idle = deque(_opened(port, selector) for _ in range(connections))
    sent, began = 0, time.perf_counter()
    enough = math.inf if rate else seconds  # with a rate all are sent, however late
    while time.perf_counter() - began < seconds + TOO_LONG:
        over = sent >= most or time.perf_counter() - began >= enough
        if over and len(idle) == connections:
            break
        until_next = 0.05
        while idle and not over:
            now = time.perf_counter()
            due = began + sent / rate if rate else now
            if due > now:
                until_next = due - now
                break
            _send(idle.popleft(), requests[sent % len(requests)], due)
            sent += 1
            over = sent >= most or now - began >= enough
        idle.extend(key.data for key, _ in selector.select(until_next) if _heard(key.data, taken))
    taken.lasted = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return taken


def _opened(port: int, selector: selectors.BaseSelector) -> _Connection:
    made = _Connection(socket.create_connection(("127.0.0.1", port)))
    made.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    selector.register(made.socket, selectors.EVENT_READ, made)
    return made


def _send(connection: _Connection, request: bytes, due: float) -> None:
    connection.due = due
    connection.socket.sendall(request)


def _heard(connection: _Connection, taken: Taken) -> bool:
    """Take what came; whether the answer is whole now."""
    piece = connection.socket.recv(262_144)
    if not piece:
        raise ConnectionError("The server hung up.")
    heard = connection.heard
    heard += piece
    end = heard.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(heard[:end]).lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    if len(heard) < end + 4 + length:
        return False
    taken.seconds.append(time.perf_counter() - connection.due)
    taken.statuses[int(head[9:12])] += 1
    heard.clear()
    return True
