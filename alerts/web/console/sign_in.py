"""Signing in: Flask-Security's pages under our rules for answers and for how often someone may try."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, Response, request

from alerts.core import keys
from alerts.limits import limiter

TRIES = "10 per minute; 60 per hour"
TRIES_PER_ACCOUNT = "20 per hour"


def install(app: Flask) -> None:
    """Limit tries, by visitor and by account, and answer a refused sign-in with 422."""
    guarded: Any = limiter.limit(TRIES, methods=["POST"])(app.view_functions["security.login"])
    guarded = limiter.limit(TRIES_PER_ACCOUNT, methods=["POST"], key_func=_account, deduct_when=_refused)(guarded)
    app.view_functions["security.login"] = guarded
    app.after_request(_say_plainly)


def _account() -> str:
    """A keyed hash of the account that is tried; whether it exists makes no difference."""
    typed = request.form.get("email", "").strip().casefold().encode()
    return hashlib.blake2b(typed, digest_size=12, key=keys.current().address, person=b"sign-in").hexdigest()


def _refused(response: Response) -> bool:
    return response.status_code in (200, 422)


def _say_plainly(response: Response) -> Response:
    """A refused sign-in is 422, not 200; one that worked is 303, so that the browser asks with GET."""
    if request.endpoint in ("security.login", "security.logout") and request.method == "POST":
        response.status_code = {200: 422, 302: 303}.get(response.status_code, response.status_code)
    return response
