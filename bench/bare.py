"""The yardstick of pages: Flask with one page and nothing else; no database, no hooks, the same server."""

from __future__ import annotations

import sys

from flask import Flask

from alerts.cli.processes import serve

app = Flask(__name__)
PAGE = "<!doctype html>\n<title>Bare</title>\n" + "<p>Words.</p>\n" * 330
"""About as long as an action's page."""


@app.get("/")
def bare() -> str:
    """A page that was ready before anybody asked."""
    return PAGE


if __name__ == "__main__":
    serve("bench.bare:app", "127.0.0.1", int(sys.argv[1]), workers=1, wsgi=True)
