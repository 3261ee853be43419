"""Addresses that nothing can have: answered as not there before anybody looks."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

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


def _no_nul() -> None:
    if "\x00" in request.path:
        abort(404)
