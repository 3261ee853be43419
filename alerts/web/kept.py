"""Pages that are the same for many readers, made once a second: who comes within it gets what was made for the first.

PAGE_SECONDS says how long; what is taken down is gone that much later at most, and whether a case takes names is asked
each time. Nothing personal is ever kept: a page for one person is kept with gaps, and filled in for each.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import escape

from alerts.core.languages import LANGUAGES
from alerts.web.bridge import encoded
from alerts.web.packing import PACKED, VARY, Packed, is_worth_it
from config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST = 2_000
"""Pages kept at once; all are forgotten when there would be more."""
LONGEST_WISH = 200
"""Characters of Accept-Language: browsers send some fifty."""
SWEPT_EVERY = 10.0
"""Seconds after which pages that nobody asks for any more are forgotten."""
WHILE_MADE = 0.4
"""Seconds for which a page that is out of date is still shown: it is made anew meanwhile."""
GONE_WITHIN = 2.0
"""Seconds after which nothing is shown any more that was read before: counted from when a page began to be made."""
_OPEN, _CLOSE = "\ue000", "\ue001"  # letters of nobody's language: they stand in no text
_GAPS = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
GAP_OF_LINK = "link"
_MAY_KEEP, _PIECES = "alerts.may_keep", "alerts.pieces"
_OWN_HEADERS = {"content-length", "x-request-id", "location"}
PRESSED = "pressed"
"""What the way to a receipt is kept under, which is the same for everybody but for where it leads."""
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


class Given(NamedTuple):
    """An answer as the app gave it; `pieces` are its body, with the names of gaps at every second place."""

    endpoint: str
    status: int
    headers: list[tuple[bytes, bytes]]
    pieces: tuple[str, ...]


class Page:
    """An answer that is kept, which `began` to be made at a moment of the monotonic clock.

    It is good `until` another; what it is packed into is made when it is first wanted so.
    """

    def __init__(self, began: float, until: float, given: Given) -> None:
        self.began, self.until = began, until
        self.endpoint, self.status, headers, pieces = given
        self.headers, self.packed_headers = [*headers, VARY], [*headers, VARY, PACKED]
        self.worth_packing = is_worth_it(headers, sum(map(len, pieces[::2])))
        self._pieces, self._gaps = pieces, pieces[1::2]
        self._packed: Packed | None = None
        self._is_being_made = False
        self.readers = 0

    def wants_making(self) -> bool:
        """Whether it is out of date; said once, to who has it made anew for all."""
        if self._is_being_made or time.monotonic() < self.until:
            return False
        self._is_being_made = True
        return True

    def was_not_made(self) -> None:
        """Say that nothing came of making it anew: the next who asks may try."""
        self._is_being_made = False

    def filled(self, own: Mapping[str, str]) -> bytes:
        """The body, with one reader's own words in the gaps, escaped."""
        return _filled(self._pieces, own).encode()

    def filled_and_packed(self, own: Mapping[str, str]) -> bytes:
        """The same in a gzip frame."""
        if self._packed is None:
            self._packed = Packed(self._pieces)
        words = _escaped(own)
        return self._packed.filled([words[name].encode() for name in self._gaps])


class Pages:
    """Answers that were given within the last `seconds`, by what they were asked for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pages: dict[Hashable, Page] = {}
        self._swept = time.monotonic()

    def good(self, key: Hashable) -> Page | None:
        """The page that may be shown for this, though it may want making."""
        page = self._pages.get(key)
        return page if page is not None and time.monotonic() < page.until + WHILE_MADE else None

    def keep(self, key: Hashable, began: float, given: Given) -> None:
        """Keep an answer that began to be made at `began` (monotonic), unless there is one that began later.

        What took long to make is kept for less long; for as long as WHILE_MADE in any case, or who waits for it would
        have it made again.
        """
        before = self._pages.get(key)
        if before is not None and before.began > began:
            return
        now = time.monotonic()
        if now > self._swept + SWEPT_EVERY:
            self._swept = now
            self._pages = {kept: page for kept, page in self._pages.items() if now < page.until + WHILE_MADE}
        if len(self._pages) >= MOST:
            self._pages.clear()
        until = max(now, min(now + self._seconds, began + GONE_WITHIN - WHILE_MADE))
        self._pages[key] = Page(began, until, given)


class Keeping:
    """Around the app: keeps those of its answers that say they may be kept, and that set no cookie."""

    def __init__(self, app: WSGIApplication, pages: Pages) -> None:
        self._app, self._pages = app, pages

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request as the app does."""
        began = time.monotonic()
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def started(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Callable[[bytes], object]:
            said.append((status, headers))
            return start(status, headers, fault)

        answer = self._app(environ, started)
        if (endpoint := environ.get(_MAY_KEEP)) is None or not _is_asked_plainly(environ):
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        status, headers = said[-1]
        key, pieces = environ.get(_PIECES) or (plain_key(environ["PATH_INFO"], _wish(environ)), ())
        if key is None:
            return (body,)
        if status[:3] in _may_be_kept(key) and "set-cookie" not in {name.lower() for name, _ in headers}:
            same = encoded((name, value) for name, value in headers if name.lower() not in _OWN_HEADERS)
            self._pages.keep(key, began, Given(endpoint, int(status[:3]), same, pieces or (body.decode(),)))
        return (body,)


def plain_key(path: str, wish: str) -> tuple[str, str] | None:
    """What a page that is the same for everybody is kept under: its path, and the languages that were wished for.

    Only the path where it names the language itself. None where nothing is kept: no browser wishes at such length,
    and whoever made up wishes could fill the memory with them.
    """
    if path[1:3] in LANGUAGES and path[3:4] == "/":
        return path, ""
    return None if len(wish) > LONGEST_WISH else (path, wish)


def _is_asked_plainly(environ: WSGIEnvironment) -> bool:
    """Whether the answer is the one that others would get: a `HEAD` has no body, a query asks for something of its own.

    Presses are kept as well, but for where they lead.
    """
    return environ["REQUEST_METHOD"] in ("GET", "POST") and not environ.get("QUERY_STRING")


def _wish(environ: WSGIEnvironment) -> str:
    return str(environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def _may_be_kept(key: Hashable) -> tuple[str, ...]:
    return ("303",) if key == PRESSED else ("200", "410")


def install(app: Flask) -> None:
    """Keep pages, where they are kept at all, for who answers in front of the app."""
    settings: Settings = app.extensions["settings"]
    if settings.page_seconds:
        pages = app.extensions["pages"] = Pages(settings.page_seconds)
        app.wsgi_app = Keeping(app.wsgi_app, pages)  # type: ignore[method-assign,assignment]


def pressed() -> None:
    """Say that the answer, but for where it leads, is the one to everybody who presses the same kind of link."""
    request.environ[_MAY_KEEP], request.environ[_PIECES] = request.endpoint, (PRESSED, ("",))


def personal(template: str, page: tuple[Hashable, ...], *, own: dict[str, str], **same: Any) -> str:
    """A page behind somebody's link: rendered once for each `page` from what is the `same` for all, `own` filled in.

    `page` must tell apart whatever `same` does, language and time zone included. Only `own` may be personal: the
    template writes its values as they are, once or often, and asks nothing of them. The link's token is filled in too.
    """
    token = (request.view_args or {})["token"]
    html = render_template(template, **same, **{name: f"{_OPEN}{name}{_CLOSE}" for name in own})
    pieces = tuple(_GAPS.split(html.replace(token, f"{_OPEN}{GAP_OF_LINK}{_CLOSE}")))
    request.environ[_MAY_KEEP], request.environ[_PIECES] = request.endpoint, (page, pieces)
    return _filled(pieces, {**own, GAP_OF_LINK: token})


def _filled(pieces: tuple[str, ...], own: Mapping[str, str]) -> str:
    if len(pieces) == 1:
        return pieces[0]
    words, filled = _escaped(own), list(pieces)
    filled[1::2] = [words[name] for name in pieces[1::2]]
    return "".join(filled)


def _escaped(own: Mapping[str, str]) -> dict[str, str]:
    return {name: str(escape(value)) for name, value in own.items()}
