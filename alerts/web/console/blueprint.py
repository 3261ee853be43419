"""The console's blueprint: what every page of it is given, and how it answers when something is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.exceptions import HTTPException

from alerts.core import clock
from alerts.core.countries import country_name
from alerts.core.errors import AlertsError, Busy, NotAllowed, Unknown
from alerts.core.languages import LANGUAGES
from alerts.extensions import db
from alerts.organisers import Permission, require
from alerts.web.access import current_organiser, requirement
from alerts.web.console import words

console = Blueprint("console", __name__, url_prefix="/console")

LARGEST_UPLOAD = 11 * 1024 * 1024
_UPLOADS = {"console.new_defender", "console.portrait"}


def page(template: str, status: int = 200, **context: Any) -> tuple[str, int]:
    """A page of the console."""
    return render_template(f"console/{template}", **context), status


def see(endpoint: str, **values: Any) -> ResponseReturnValue:
    """Send the browser on, with a GET, to where the result of its POST is seen."""
    return redirect(url_for(f"console.{endpoint}", **values), 303)


def status_of(error: AlertsError) -> int:
    """The HTTP status that says what went wrong."""
    match error:
        case NotAllowed():
            return 403
        case Unknown():
            return 404
        case Busy():
            return 409
        case _:
            return 422


@console.errorhandler(AlertsError)
def refused(error: AlertsError) -> ResponseReturnValue:
    """Whatever a page did not show beside its form."""
    db.session.rollback()
    return page("refused.html", status_of(error), error=error, code=status_of(error))


@console.errorhandler(403)
def not_allowed(_error: HTTPException) -> ResponseReturnValue:
    """A page that this organiser's roles do not open: what it needs, and who has it."""
    needed = requirement(current_app, request.endpoint or "")
    try:
        require(current_organiser(), needed or Permission.SEE)
    except NotAllowed as error:
        return refused(error)
    return refused(NotAllowed(_("This is not open to you.")))


@console.errorhandler(404)
def not_there(_error: HTTPException) -> ResponseReturnValue:
    """An address under which there is nothing."""
    return refused(Unknown(_("The address may be mistyped, or what was here is past.")))


@console.url_value_preprocessor
def _room_for_pictures(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let forms with a picture be larger than others; before anything reads the form."""
    if endpoint in _UPLOADS:
        request.max_content_length = LARGEST_UPLOAD


@console.context_processor
def _for_every_page() -> dict[str, Any]:
    actor = current_user.actor if current_user.is_authenticated else None
    return {
        "me": actor,
        "may": lambda name: actor is not None and actor.may(Permission[name]),
        "words": words,
        "now_utc": clock.now,
        "moment": words.moment,
        "day": words.day,
        "LANGUAGES": LANGUAGES,
        "country": lambda code: country_name(code, "en"),
    }


def as_id(text: str) -> UUID | None:
    """The id a form field names, or None for an empty one."""
    return UUID(text) if text else None
