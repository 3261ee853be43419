"""In front of the app: answers at once what is ready, looks after links to act for many people together.

An event loop waits for thousands at the cost of one; the app, which answers all else, has a few threads behind it. The
same rules and the same rows decide in both, and whatever is out of the ordinary here is left to the app.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask

from alerts.core.looks import Looks
from alerts.core.tokens import BadToken, Purpose, mint, read
from alerts.mailings.invitations import Invitation, Press, invitations, sign_all
from alerts.web.bridge import CONSOLE, STATIC, Asgi, Bridge, Receive, Scope, Send, answer
from alerts.web.corrected import read_by
from alerts.web.crowd import Crowd
from alerts.web.kept import GAP_OF_LINK, PRESSED, Asked, Page, Pages, plain_key
from alerts.web.making import Making
from alerts.web.packing import is_accepted
from alerts.web.quick import is_plain, page_of
from alerts.web.requests import answered_again
from config import Settings

LINK = "/a/"
NEVER_KEPT = (CONSOLE, STATIC)
_WISH = b"accept-language"
_LENGTHS = (b"content-length", b"transfer-encoding")


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer that is ready: the kept page it is like, what fills its gaps, and the headers it has beside."""

    page: Page
    own: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()


def in_front_of(app: Flask) -> Asgi:
    """The app for an ASGI server."""
    behind = Bridge(app.wsgi_app, app.config["MAX_CONTENT_LENGTH"])
    pages: Pages | None = app.extensions.get("pages")
    if pages is None:
        return behind
    settings: Settings = app.extensions["settings"]
    asking, signing = Looks(settings.database_url), Looks(settings.database_url)
    return Front(
        behind,
        pages,
        asked=Crowd(lambda ids: invitations(asking, ids)),
        signed=Crowd(lambda presses: sign_all(signing, presses)),
    )


class Front:
    """An ASGI application: pages that are kept, links to act and the press on them; all else is for who is `behind`."""

    def __init__(self, behind: Asgi, pages: Pages, *, asked: Crowd[int, Invitation], signed: Crowd[Press, int]) -> None:
        self._behind, self._pages, self._asked, self._signed = behind, pages, asked, signed
        self._making = Making(behind, pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began, method, path = time.perf_counter(), scope["method"], scope["path"]
        may_be_kept = not scope["query_string"] and not path.startswith(NEVER_KEPT)
        if may_be_kept and method == "GET" and (wanted := await self._wanted(scope)):
            await self._given(wanted, scope, receive, send, began)
        elif may_be_kept and method == "POST" and _has_no_body(scope) and (ready := await self._pressed(path)):
            await _say(scope, send, ready, began)
        else:
            await self._behind(scope, receive, send)

    async def _wanted(self, scope: Scope) -> Asked | None:
        """The page that is asked for, and what is filled in for its reader; None where it is nobody else's too."""
        path = scope["path"]
        if not path.startswith(LINK):
            key = plain_key(path, _said(scope, _WISH))
            return None if key is None else Asked(key, {})
        asked = await self._asked.answer(number) if (number := _delivery(path)) is not None else None
        if asked is None or not is_plain(asked):
            return None
        wanted = page_of(asked, asked.language)
        return Asked(wanted.page, wanted.own | {GAP_OF_LINK: path.removeprefix(LINK)})

    async def _given(self, wanted: Asked, scope: Scope, receive: Receive, send: Send, began: float) -> None:
        """Of those who come before there is such a page, the first has it made and the others wait for it."""
        page = self._making.shown(wanted.page, scope) or await self._making.wait(wanted.page, scope)
        if page is None:
            await self._making.make(wanted.page, scope, receive, send)
        else:
            await _say(scope, send, Ready(page, wanted.own), began)

    async def _pressed(self, path: str) -> Ready | None:
        """The press of the button where nothing is typed: the way to the receipt.

        A second press, and one on a case that was just stopped or corrected, is left to the app.
        """
        if not path.startswith(LINK):
            return None
        page, press = self._pages.good(PRESSED), _press(path)
        if page is None or press is None or page.wants_making():
            return None
        act = await self._signed.answer(press)
        if act is None:
            return None
        return Ready(page, headers=((b"location", f"/r/{mint(Purpose.RECEIPT, act)}".encode()),))


async def _say(scope: Scope, send: Send, ready: Ready, began: float) -> None:
    page = ready.page
    if page.worth_packing and is_accepted(_said(scope, b"accept-encoding")):
        body, headers = page.filled_and_packed(ready.own), page.packed_headers
    else:
        body, headers = page.filled(ready.own), page.headers
    id = answered_again(page.endpoint, page.status, began, method=scope["method"]).encode()
    own = ((b"content-length", b"%d" % len(body)), (b"x-request-id", id), *ready.headers)
    await answer(send, page.status, [*headers, *own], body)


def _said(scope: Scope, header: bytes) -> str:
    return b",".join(value for name, value in scope["headers"] if name == header).decode("latin-1")


def _delivery(path: str) -> int | None:
    """The delivery that a link names, where it is genuine, its time is not over, and it has one case only."""
    try:
        said = read(path.removeprefix(LINK), Purpose.ACT)
    except BadToken:
        return None
    return None if said.extra else said.id


def _press(path: str) -> Press | None:
    """The press that a form's address stands for: the link, and after it when its words were last corrected."""
    link, _, mark = path.removeprefix(LINK).partition("/")
    try:
        number, read = _delivery(link), read_by(mark)
    except BadToken:
        return None
    return None if number is None else Press(number, read)


def _has_no_body(scope: Scope) -> bool:
    """Whether nothing is sent along. HTTP/2 and later need no length for what they send (RFC 9113, 8.1.1)."""
    lengths = [value for name, value in scope["headers"] if name in _LENGTHS]
    return all(value == b"0" for value in lengths) and (bool(lengths) or scope["http_version"].startswith("1"))
