"""Every request has an id: in each log line while it is answered, and in the answer, for whoever reports a fault."""

from __future__ import annotations

import time
from typing import Any

import structlog
from flask import Flask, Response, g, request

from alerts.core import logs
from alerts.core.ids import new_id
from alerts.web.bridge import RENEWAL

METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
UNLOGGED = {"static", "health.alive", "health.ready"}
"""Endpoints that are asked all the time and tell nothing."""


def install(app: Flask) -> None:
    """Name each request, and log one line for each answer: which endpoint, never the path, which may hold a token."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=str(new_id()))


def _end(response: Response) -> Response:
    known: dict[str, Any] = structlog.contextvars.get_contextvars()
    response.headers["X-Request-ID"] = known.get("request", "")
    if request.endpoint not in UNLOGGED and not request.environ.get(RENEWAL):
        milliseconds = round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1)
        logs.answered(
            method=request.method if request.method in METHODS else "other",
            endpoint=request.endpoint or "",
            status=response.status_code,
            milliseconds=milliseconds,
            request=known.get("request", ""),
        )
    return response


def answered_again(endpoint: str, status: int, began: float, *, method: str = "GET") -> str:
    """Log the answer of a page that was ready; gives the request's id."""
    id = str(new_id())
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    logs.answered(method=method, endpoint=endpoint, status=status, milliseconds=milliseconds, request=id)
    return id


def _forget(_: BaseException | None) -> None:
    structlog.contextvars.clear_contextvars()
