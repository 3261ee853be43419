"""Closed by default: an address is public because it says so, or names the permission it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from alerts.organisers import Actor, Permission

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC_ENDPOINTS = {"static", "security.login", "security.logout"}


def public(view: View) -> View:
    """Mark a view as open to the world."""
    view.open_to = None  # type: ignore[attr-defined]
    return view


def permission(needed: Permission) -> Callable[[View], View]:
    """Mark a view as open to organisers who hold this permission."""

    def mark(view: View) -> View:
        view.open_to = needed  # type: ignore[attr-defined]
        return view

    return mark


def current_organiser() -> Actor:
    """The signed-in organiser, as services want them. Answers 403 where nobody is signed in."""
    if not current_user.is_authenticated:
        abort(403)
    actor: Actor = current_user.actor
    return actor


def guard() -> Response | None:
    """Before each request: let it through, ask to sign in, or refuse. Unmarked views are refused."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC_ENDPOINTS:
        return None
    needed = requirement(current_app, endpoint)
    if needed is None:
        return None
    if not current_user.is_authenticated:
        rule = request.url_rule
        can_be_read = rule is not None and "GET" in (rule.methods or ())
        back_to = request.full_path.rstrip("?") if can_be_read else url_for("console.home")
        return redirect(url_for("security.login", next=back_to), 303)
    if not current_organiser().may(needed):
        abort(403)
    return None


def requirement(app: Flask, endpoint: str) -> Permission | None:
    """What an endpoint asks for; None where it is public. Answers 403 for one that does not say."""
    view = app.view_functions[endpoint]
    if not hasattr(view, "open_to"):
        abort(403)
    needed: Permission | None = view.open_to
    return needed
