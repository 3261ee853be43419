"""A sink in SendGrid's shape: takes Mail Send requests over real HTTP, counts recipients, and writes down when.

A process of its own (`python -m bench.sink`), cheap on purpose: it checks nothing, which `bench.validity` does
beforehand with the tests' stand-in. What it counts are personalizations, by the one word that each of ours holds.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field

LARGEST = 20_000_000
"""Bytes of one request, as SendGrid takes them."""
HEAD = 65_536
KEPT = 60
"""Requests whose bytes are kept, for the bare loop to post again."""
MARK = b'"delivery"'
"""The key of each person's custom argument. Inside a string of JSON its quotes would be escaped."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_CODED = re.compile(rb"\r\n(?:transfer|content)-encoding: *(?!identity)", re.IGNORECASE)


@dataclass
class Books:
    """What arrived: for each request when it was complete (Unix seconds), its recipients, its bytes."""

    arrivals: list[tuple[float, int, int]] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    buffers: deque[bytearray] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, buffer: bytearray, start: int, end: int) -> bytes:
        """Write one request down; the answer to it."""
        people = buffer.count(MARK, start, end)
        with self.lock:
            self.arrivals.append((time.time(), people, end - start))
            number = len(self.arrivals)
            if len(self.kept) < KEPT:
                self.kept.append(bytes(memoryview(buffer)[start:end]))
        return _answer(202, b"X-Message-Id: bench%017d\r\n" % number)

    def show(self, path: bytes) -> bytes:
        """What the benchmark asks for: all arrivals, or one of the requests that were kept."""
        if path.startswith(b"/kept/"):
            number = int(path.removeprefix(b"/kept/"))
            return _answer(200, body=self.kept[number]) if number < len(self.kept) else _answer(404)
        if path == b"/cpu":
            return _answer(200, body=json.dumps(time.process_time()).encode())
        if path == b"/people":
            return _answer(200, body=b"%d" % sum(people for _, people, _ in self.arrivals))
        if path == b"/arrivals":
            return _answer(200, body=json.dumps(self.arrivals).encode())
        return _answer(404)


def _answer(status: int, headers: bytes = b"", body: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d Said\r\n%sContent-Length: %d\r\n\r\n%s" % (status, headers, len(body), body)


def main() -> None:
    """Listen at a free port of this machine, say which, and serve until killed."""
    books = Books()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(books, connection), daemon=True).start()


def _serve(books: Books, connection: socket.socket) -> None:
    """Answer one connection for as long as it is kept open."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        buffer = books.buffers.pop()
    except IndexError:
        buffer = bytearray(LARGEST + HEAD)
    try:
        with connection:
            while _exchange(books, connection, buffer):
                pass
    except OSError:
        pass  # the other side went away; what it had sent whole is counted
    finally:
        books.buffers.append(buffer)


def _exchange(books: Books, connection: socket.socket, buffer: bytearray) -> bool:
    """Read one request into the buffer, answer it; False where the connection ends."""
    view, got, start = memoryview(buffer), 0, -1
    while start < 0:
        read = connection.recv_into(view[got:], HEAD)
        got += read
        if not read or got > LARGEST:
            return False
        start = buffer.find(b"\r\n\r\n", 0, got)
    head, start = bytes(view[:start]), start + 4
    length = _LENGTH.search(head)
    end = start + int(length[1] if length else 0)
    if end > len(buffer) or _CODED.search(head):
        connection.sendall(_answer(413 if end > len(buffer) else 415))
        return False
    while got < end:
        read = connection.recv_into(view[got:end], end - got, socket.MSG_WAITALL)
        if not read:
            return False
        got += read
    connection.sendall(_reply(books, head, buffer, start, end))
    return not _CLOSE.search(head)


def _reply(books: Books, head: bytes, buffer: bytearray, start: int, end: int) -> bytes:
    verb, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
    match verb, path:
        case b"POST", b"/v3/mail/send":
            return books.take(buffer, start, end) if b"Bearer " in head else _answer(401)
        case b"GET", _:
            return books.show(path)
    return _answer(404)


if __name__ == "__main__":
    main()
