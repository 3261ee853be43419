"""Addresses that nothing can have, and those written otherwise than ours: answered before anybody looks."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, redirect, request
from werkzeug.routing import IntegerConverter, Map, RequestRedirect
from werkzeug.wrappers import Response

LARGEST = 2**31 - 1
"""What a number in an address can be at most: what a column holds."""


class Number(IntegerConverter):
    """A whole number that a column can hold."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **kwargs})


def install(app: Flask) -> None:
    """Bound numbers in addresses, and refuse a NUL, which no text in the database can have."""
    app.url_map.converters["int"] = Number
    app.before_request(_no_nul)
    app.before_request(_led_within)


def _no_nul() -> None:
    if "\x00" in request.path:
        abort(404)


def _led_within() -> Response | None:
    """To the same address as we write it, by its path alone: who asks decides what the host is called."""
    wrong = request.routing_exception
    if not isinstance(wrong, RequestRedirect):
        return None
    _host, _, path = wrong.new_url.partition("://")[2].partition("/")
    return redirect("/" + path.lstrip("/"), wrong.code)
