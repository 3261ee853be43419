"""A visitor of the site as `alerts web` serves it: the ASGI application, asked without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import Headers

from alerts.web.bridge import Asgi

T = TypeVar("T")


def on_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run this to its end on an event loop of its own: the thread of the tests may have the browser's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status_code: int
    headers: Headers
    data: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode()

    @property
    def location(self) -> str:
        """Where it leads."""
        return self.headers["Location"]


@dataclass
class Visitor:
    """Asks an ASGI application, one question after the other or many at once."""

    app: Asgi
    http_version: str = "1.1"

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Look at a page."""
        return on_a_loop(self.ask("GET", path, headers or {}, b""))

    def post(self, path: str, data: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Send a form, or press a button."""
        return on_a_loop(self.ask("POST", path, headers or {}, _form(data)))

    def post_all(self, paths: list[str]) -> list[Answer]:
        """Press many buttons at the same moment."""

        async def all_of_them() -> list[Answer]:
            return await asyncio.gather(*(self.ask("POST", path) for path in paths))

        return on_a_loop(all_of_them())

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """Ask once, on the loop that this runs on."""
        path, _, query = path.partition("?")
        sent = {"host": "localhost:8000", **(headers or {})}
        if body:
            sent |= {"content-type": "application/x-www-form-urlencoded"}
        if body and self.http_version == "1.1":  # later ones need none
            sent |= {"content-length": str(len(body))}
        scope = {
            "type": "http",
            "http_version": self.http_version,
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "server": ("localhost", 8000),
            "client": ("127.0.0.1", 50_000),
        }
        said: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        start, *pieces = said
        known = Headers([(name.decode(), value.decode("latin-1")) for name, value in start["headers"]])
        return Answer(start["status"], known, b"".join(piece.get("body", b"") for piece in pieces))


def _form(data: dict[str, Any] | None) -> bytes:
    return urlencode(data or {}, doseq=True).encode()
