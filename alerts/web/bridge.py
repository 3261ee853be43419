"""The Flask app behind an ASGI server: each request handed to one of a few threads, its answer sent whole."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from alerts.core import logs
from alerts.web.packing import PACKED, VARY, gzipped, is_accepted, is_worth_it

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logs.logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

PATIENCE, SLOWEST = 20.0, 20_000
"""A body has this many seconds to come, and another for each so many bytes of it that came."""
THREADS = min(8, 2 * (os.cpu_count() or 1))
CONSOLE, STATIC = "/console", "/static/"
RENEWAL = "alerts.renewal"
"""In a request that nobody waits for: a page is made anew."""
_OWN_NAMES = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}
_BROKEN = b"Something went wrong here. Please try again in a minute.\n"
_TOO_SLOW = b"What you sent did not arrive in time. Please try again.\n"
_PLAIN = (b"content-type", b"text/plain; charset=utf-8")


class Bridge:
    """An ASGI application that asks a WSGI one. No more than `largest` bytes of a body, and one, are ever read.

    A header whose name has an underscore is dropped: in WSGI it could pose as another, such as a proxy's.
    """

    def __init__(self, app: WSGIApplication, largest: int) -> None:
        self._app, self._largest = app, largest
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self._body(scope, receive)
        except TimeoutError:
            await answer(send, 408, [_PLAIN, (b"connection", b"close")], _TOO_SLOW)
            return
        loop = asyncio.get_running_loop()
        status, headers, said = await loop.run_in_executor(self._threads, self._packed, environ(scope, body))
        await answer(send, status, headers, said)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """What was sent; of what is too large hardly more than allowed, so that the app sees it and says so.

        Raises TimeoutError where it comes too slowly, or no more of it comes.
        """
        if scope["method"] in ("GET", "HEAD"):
            return b""
        body = bytearray()
        more = True
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(PATIENCE) as limit:
            while more and len(body) <= self._largest:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False) and message["type"] == "http.request"
                limit.reschedule(began + PATIENCE + len(body) / SLOWEST)
        return bytes(body)

    def _packed(self, environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """The app's answer, packed where its reader can unpack it.

        Not the console: its pages hold the tokens of forms, whose length would tell them (BREACH, CVE-2013-3587).
        """
        status, headers, body = self._answer(environ)
        if environ["PATH_INFO"].startswith(CONSOLE) or not is_worth_it(headers, len(body)):
            return status, headers, body
        headers.append(VARY)
        if environ["REQUEST_METHOD"] == "HEAD" or not is_accepted(environ.get("HTTP_ACCEPT_ENCODING", "")):
            return status, headers, body
        body = _packed_file(body) if environ["PATH_INFO"].startswith(STATIC) else gzipped(body)
        tag = dict(headers).get(b"etag", b"")
        kept = [(name, value) for name, value in headers if name not in (b"content-length", b"etag")]
        # Another form of the same: what was sent as it is and what was packed are alike, not equal (RFC 9110, 8.8.3).
        weak = [(b"etag", tag if tag.startswith(b"W/") else b"W/" + tag)] if tag else []
        return status, [*kept, *weak, PACKED, (b"content-length", b"%d" % len(body))], body

    def _answer(self, environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        began: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], _fault: object = None, /) -> Callable[[bytes], object]:
            began.append((status, headers))
            return written.append

        try:
            pieces = self._app(environ, start)
            try:
                written.extend(pieces)
            finally:
                getattr(pieces, "close", lambda: None)()
        except Exception as error:  # noqa: BLE001 - the app answers its own faults; this is one in front of it
            log.error("page.broken", error=type(error).__name__)
            return 500, [_PLAIN], _BROKEN
        status, headers = began[-1]
        return int(status[:3]), encoded(headers), b"".join(written)


@lru_cache(maxsize=64)
def _packed_file(body: bytes) -> bytes:
    return gzipped(body, 9)


async def answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """Send an answer whole."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI wants them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """A request as WSGI (PEP 3333) has it."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    made: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        RENEWAL: scope.get(RENEWAL, False),
    }
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if "_" in name:
            continue
        key = _OWN_NAMES.get(name) or f"HTTP_{name.replace('-', '_').upper()}"
        text = value.decode("latin-1")
        joined = "; " if name == "cookie" else ","
        made[key] = f"{made[key]}{joined}{text}" if key in made else text
    if made.pop("HTTP_TRANSFER_ENCODING", None):
        made["CONTENT_LENGTH"] = str(len(body))
    return made
