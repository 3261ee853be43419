"""Addresses that something was glued to, or that were broken, on the way through mail: whoever opens one is led on.

Mail programs and scanners take the full stop, bracket or quote behind a link for a part of it, put a slash at its end
or two in it, and leave in it what broke the line in quoted-printable (RFC 2045, 6.7). No address here has any of these.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import quote

from flask import Flask, Response, current_app, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

_LINE_BREAK = re.compile(r"[=\s]+")
_SLASHES = re.compile(r"/{2,}")
_OURS = re.compile(r"[A-Za-z0-9_./-]*")


def install(app: Flask) -> None:
    """Look only where the answer would be that there is nothing, and only when somebody reads."""
    app.after_request(_led_on)


def _led_on(answer: Response) -> Response:
    if answer.status_code != HTTPStatus.NOT_FOUND or request.method not in ("GET", "HEAD"):
        return answer
    path = whole(request.path)
    if path == request.path or not _leads_somewhere(path):
        return answer
    query = request.query_string.decode("latin-1")
    led = current_app.make_response(redirect(quote(path) + (f"?{query}" if query else ""), HTTPStatus.SEE_OTHER))
    led.headers["Cache-Control"] = "no-store"
    led.headers["Referrer-Policy"] = "no-referrer"
    return led


def whole(path: str) -> str:
    """The path, without what is none of it: joined where its line was broken, and up to what was glued to its end."""
    ours = _OURS.match(_SLASHES.sub("/", _LINE_BREAK.sub("", path)))
    return "/" + (ours.group() if ours else "").strip("/.")


def _leads_somewhere(path: str) -> bool:
    """Whether there is a page of that form; not whether there is anything on it."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        adapter.match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
