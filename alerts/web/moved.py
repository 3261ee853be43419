"""Addresses of cases that were merged or renamed: whoever would find nothing there is led on, whichever page it was."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, redirect, request, url_for

from alerts.actions.moving import leads_to
from alerts.extensions import db

NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def install(app: Flask) -> None:
    """Look up a number only where the answer would be that there is nothing: what can be read is not slowed down."""
    app.after_request(_led_on)


def _led_on(answer: Response) -> Response:
    number = (request.view_args or {}).get("number")
    if answer.status_code not in NOT_THERE or request.method not in ("GET", "HEAD") or not isinstance(number, str):
        return answer
    if (there := leads_to(db.session(), number)) is None:
        return answer
    values = {**(request.view_args or {}), "number": there}
    return current_app.make_response(redirect(url_for(str(request.endpoint), **values), HTTPStatus.MOVED_PERMANENTLY))
