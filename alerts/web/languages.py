"""Which language a page speaks: its address's, its own, or what the reader's browser asks for; the console English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request, url_for
from flask_babel import Babel, refresh

from alerts.core.i18n import CATALOGUES
from alerts.core.languages import DEFAULT, LANGUAGES, direction
from config import Settings

PREFIX = f"/<any({', '.join(LANGUAGES)}):lang>"
"""What stands before the path of a page in a language of its own."""
_KEPT = ("q", "country", "risk", "topic", "campaign", "state")
"""What was searched for or chosen stays when the language changes; the number of a page does not."""


@dataclass(frozen=True)
class Switch:
    """One entry of the language switch."""

    code: str
    name: str
    direction: str
    url: str


def install(app: Flask) -> None:
    """Bind Flask-Babel to the product's catalogues, and tell templates which language they speak."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(CATALOGUES))
    Babel(app, locale_selector=language)
    app.context_processor(_for_every_page)
    app.add_template_filter(as_read)
    app.after_request(_vary)
    app.after_request(_still_switched)


def language() -> str:
    """The language of the page that answers this request."""
    if not has_request_context():
        return DEFAULT
    if request.path.startswith("/console"):  # in English, but for what previews a page as its readers will see it
        previewed: str | None = g.get("previewed")
        return previewed or DEFAULT
    first = request.path.split("/", 2)[1]
    if first in LANGUAGES:
        return first
    chosen: str | None = g.get("language") or _switched_to()
    return chosen or negotiated(tuple(LANGUAGES), DEFAULT)


def _switched_to() -> str | None:
    """The language that a reader switched to on a page whose address names none."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else None


def as_read(path: str) -> str:
    """The address of a page of ours in the language that its reader switched to, where the path itself names none."""
    code = _switched_to()
    names_one = "?" in path or path.split("/", 2)[1] in LANGUAGES
    return path if code is None or names_one else f"{path}?lang={code}"


def negotiated(available: tuple[str, ...], main: str) -> str:
    """What the reader's browser asks for among `available`, else `main`. The answer varies by Accept-Language."""
    g.varies = True
    return request.accept_languages.best_match(available) or main


def speak(wanted: str) -> str:
    """Make the page speak `wanted`, or the language its reader switched to (`?lang=`). Gives the one it speaks."""
    g.language = _switched_to() or wanted
    refresh()
    return language()


def preview(wanted: str) -> None:
    """Make a page of the console that shows a public one speak that page's language."""
    g.previewed = wanted
    refresh()


def _for_every_page() -> dict[str, Any]:
    settings: Settings = current_app.extensions["settings"]
    code = language()
    return {
        "language": code,
        "direction": direction(code),
        "native_name": LANGUAGES[code].native_name,
        "organisation": settings.organisation,
        "postal_line": settings.postal_line,
        "home_url": f"/{code}/",
        "languages": _switches(),
    }


def _switches() -> tuple[Switch, ...]:
    endpoint, values = request.endpoint, request.view_args or {}
    if endpoint is None or not endpoint.startswith(("public.", "acting.")):
        return ()
    if endpoint.startswith("acting."):
        urls = {code: f"?lang={code}" for code in LANGUAGES}
    else:
        kept = {name: value for name in _KEPT if (value := request.args.get(name))}
        urls = {code: url_for(endpoint, **{**kept, **values, "lang": code}) for code in LANGUAGES}
    return tuple(Switch(one.code, one.native_name, one.direction, urls[one.code]) for one in LANGUAGES.values())


def _vary(response: Response) -> Response:
    if g.get("varies"):
        response.vary.add("Accept-Language")
    return response


def _still_switched(response: Response) -> Response:
    """Where a press on a page of no language leads, it is read on in the language that was switched to."""
    there = response.headers.get("Location", "")
    if _switched_to() and there.startswith("/") and (request.endpoint or "").startswith("acting."):
        path, mark, part = there.partition("#")
        response.headers["Location"] = f"{as_read(path)}{mark}{part}"
    return response
