"""Pages that are the same for many readers, made once a second: who comes within it gets what was made for the first.

PAGE_SECONDS says how long; what is taken down is gone that much later at most, and whether a case takes names is asked
each time. Nothing personal is ever kept: a page for one person is kept with gaps, and filled in for each.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import escape

from alerts.web.requests import answered_again
from config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST = 2_000
"""Pages kept at once; all are forgotten when there would be more."""
WHILE_MADE = 0.4
"""Seconds for which a page that is out of date is shown while it is made anew."""
_OPEN, _CLOSE = "\ue000", "\ue001"  # letters of nobody's language: they stand in no text
_GAPS = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
_GAP_OF_LINK = "link"
_MAY_KEEP, _PIECES = "alerts.may_keep", "alerts.pieces"
_OWN_HEADERS = {"content-length", "x-request-id", "location"}
_PRESSED = "pressed"
P = ParamSpec("P")


def kept_page(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Mark a view as one whose pages are kept: the same for everyone who asks for the path in the same languages."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        request.environ[_MAY_KEEP] = request.endpoint
        return view(*args, **kwargs)

    return answer


@dataclass(frozen=True)
class Asked:
    """What a link asks for: which kept page, and what is filled into its gaps for this one reader."""

    page: tuple[Hashable, ...]
    own: dict[str, str]


Asking = Callable[[str], Asked | None]
"""From a link's token to what it asks for now; None where the app should answer."""


Pressing = Callable[[str], str | None]
"""From a link's token to the address of the receipt, once its button did what it does; None: the app should do it."""


@dataclass(frozen=True)
class Link:
    """What a kind of link does in front of the app: asked for, and pressed."""

    asking: Asking
    pressing: Pressing


@dataclass(frozen=True, slots=True)
class _Page:
    """An answer as the app gave it; `pieces` are its body, with the names of gaps at every second place."""

    until: float
    endpoint: str
    status: str
    headers: list[tuple[str, str]]
    pieces: tuple[str, ...]
    being_made: list[bool] = field(default_factory=list)


class KeptPages:
    """In front of the app: answers with a page that was made within PAGE_SECONDS, and asks the app for any other.

    A page with a query in its address or a cookie in its answer is never kept. Each answer has its own request id.
    """

    def __init__(self, app: WSGIApplication, seconds: float, links: dict[str, Link]) -> None:
        self._app, self._seconds, self._links = app, seconds, links
        self._pages: dict[Hashable, _Page] = {}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        link = self._links.get(path[:3])
        if method == "POST" and link is not None and _has_no_body(environ):
            return self._pressed(link, path, environ, start)
        if method != "GET" or environ.get("QUERY_STRING"):
            return self._app(environ, start)
        began = time.perf_counter()
        if link is None:
            key: Hashable = (path, environ.get("HTTP_ACCEPT_LANGUAGE", ""))
            page, own = self._pages.get(key), dict[str, str]()
        else:
            asked = link.asking(path[3:])
            page, own = (self._pages.get(asked.page), asked.own) if asked else (None, {})
            own[_GAP_OF_LINK] = path[3:]
        if page is None or not self._is_good(page):
            return self._made(path, environ, start)
        body = _filled(page.pieces, own).encode()
        id = answered_again(page.endpoint, int(page.status[:3]), began)
        start(page.status, [*page.headers, ("Content-Length", str(len(body))), ("X-Request-ID", id)])
        return (body,)

    def _is_good(self, page: _Page) -> bool:
        """Whether the page may be shown. Of those who find it just out of date, one makes it anew for all."""
        late = time.monotonic() - page.until
        if late < 0 or (late < WHILE_MADE and page.being_made):
            return True
        page.being_made.append(True)
        return False

    def _pressed(self, link: Link, path: str, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """The way to the receipt, with the headers that the app gave to somebody else within PAGE_SECONDS."""
        began, like = time.perf_counter(), self._pages.get(_PRESSED)
        receipt = link.pressing(path[3:]) if like is not None and self._is_good(like) else None
        if like is None or receipt is None:
            return self._made(path, environ, start)
        id = answered_again(like.endpoint, int(like.status[:3]), began, method="POST")
        start(like.status, [*like.headers, ("Location", receipt), ("Content-Length", "0"), ("X-Request-ID", id)])
        return ()

    def _made(self, path: str, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """The app's answer, kept where it may be."""
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def started(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Callable[[bytes], object]:
            said.append((status, headers))
            return start(status, headers, fault)

        answer = self._app(environ, started)
        if (endpoint := environ.get(_MAY_KEEP)) is None:
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        status, headers = said[-1]
        key, pieces = environ.get(_PIECES) or ((path, environ.get("HTTP_ACCEPT_LANGUAGE", "")), ())
        if status[:3] in _may_be_kept(key) and "set-cookie" not in {name.lower() for name, _ in headers}:
            pieces = pieces or (body.decode(),)
            same = [(name, value) for name, value in headers if name.lower() not in _OWN_HEADERS]
            if len(self._pages) >= MOST:
                self._pages.clear()
            self._pages[key] = _Page(time.monotonic() + self._seconds, endpoint, status, same, pieces)
        return (body,)


def _may_be_kept(key: Hashable) -> tuple[str, ...]:
    return ("303",) if key == _PRESSED else ("200", "410")


def _has_no_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH") in (None, "", "0") and "HTTP_TRANSFER_ENCODING" not in environ


def install(app: Flask, links: dict[str, Link]) -> None:
    """Stand in front of the app, where pages are kept at all; `links` by what their paths begin with, as `/a/`."""
    settings: Settings = app.extensions["settings"]
    if settings.page_seconds:
        app.wsgi_app = KeptPages(app.wsgi_app, settings.page_seconds, links)  # type: ignore[method-assign,assignment]


def pressed() -> None:
    """Say that the answer, but for where it leads, is the one to everybody who presses the same kind of link."""
    request.environ[_MAY_KEEP], request.environ[_PIECES] = request.endpoint, (_PRESSED, ("",))


def personal(template: str, page: tuple[Hashable, ...], *, own: dict[str, str], **same: Any) -> str:
    """A page behind somebody's link: rendered once for each `page` from what is the `same` for all, `own` filled in.

    `page` must tell apart whatever `same` does, language and time zone included. Only `own` may be personal: the
    template writes its values as they are, once or often, and asks nothing of them. The link's token is filled in too.
    """
    token = (request.view_args or {})["token"]
    html = render_template(template, **same, **{name: f"{_OPEN}{name}{_CLOSE}" for name in own})
    pieces = tuple(_GAPS.split(html.replace(token, f"{_OPEN}{_GAP_OF_LINK}{_CLOSE}")))
    request.environ[_MAY_KEEP], request.environ[_PIECES] = request.endpoint, (page, pieces)
    return _filled(pieces, {**own, _GAP_OF_LINK: token})


def _filled(pieces: tuple[str, ...], own: dict[str, str]) -> str:
    if len(pieces) == 1:
        return pieces[0]
    escaped = {name: str(escape(value)) for name, value in own.items()}
    filled = list(pieces)
    filled[1::2] = [escaped[name] for name in pieces[1::2]]
    return "".join(filled)
