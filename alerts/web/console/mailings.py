"""Mailings: watching one live, and stopping, resuming or cancelling it, always in reach."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.core.errors import AlertsError
from alerts.extensions import current_pace, current_transport_key, db
from alerts.mailings import desk
from alerts.mailings import launch as verbs
from alerts.mailings.progress import Progress, progress
from alerts.mailings.reports import reports_of
from alerts.mailings.transitions import OPEN
from alerts.mailings.waiting import why_mail_waits
from alerts.mailings.winners import standings
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page, see, status_of
from alerts.web.console.forms import MoveForm


@console.get("/mailings")
@permission(Permission.SEE)
def mailings() -> ResponseReturnValue:
    """The newest mailings."""
    return page("mailings.html", lines=desk.recent(db.session(), current_organiser()))


@console.get("/mailings/<uuid:mailing_id>")
@permission(Permission.SEE)
def mailing(mailing_id: UUID) -> ResponseReturnValue:
    """One mailing, live."""
    return _mailing_page(mailing_id)


def _mailing_page(mailing_id: UUID, refusal: AlertsError | None = None, status: int = 200) -> ResponseReturnValue:
    now = progress(db.session(), mailing_id)
    return page(
        "mailing.html",
        status_of(refusal) if refusal else status,
        now=now,
        reports=reports_of(db.session(), mailing_id),
        live=now.state in OPEN,
        slowed=_slowed(now),
        trial=standings(db.session(), mailing_id),
        refusal=refusal,
        button=MoveForm(formdata=None),
    )


def _slowed(now: Progress) -> list[str]:
    """Why its mail waits, while there is mail to come."""
    return why_mail_waits(db.session(), current_transport_key(), current_pace()) if now.state in OPEN else []


@console.get("/mailings/<uuid:mailing_id>/progress")
@permission(Permission.SEE)
def mailing_progress(mailing_id: UUID) -> ResponseReturnValue:
    """The figures of this moment, a fragment. Where the state has changed, the whole page is asked for again."""
    now = progress(db.session(), mailing_id)
    reports = reports_of(db.session(), mailing_id)
    answer = make_response(
        page("_progress.html", now=now, reports=reports, live=now.state in OPEN, slowed=_slowed(now))
    )
    if request.args.get("state", now.state) != now.state:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _press(mailing_id: UUID, verb: Callable[..., None], said: str) -> ResponseReturnValue:
    form = MoveForm()
    if form.carry_out(lambda: verb(db.session(), current_organiser(), mailing_id)):
        flash(said)
        return see("mailing", mailing_id=mailing_id)
    return _mailing_page(mailing_id, form.refusal, form.status)


@console.post("/mailings/<uuid:mailing_id>/pause")
@permission(Permission.LAUNCH)
def pause(mailing_id: UUID) -> ResponseReturnValue:
    """Hand nothing more over for now."""
    return _press(mailing_id, verbs.pause, _("Paused. Nothing more is handed over."))


@console.post("/mailings/<uuid:mailing_id>/resume")
@permission(Permission.LAUNCH)
def resume(mailing_id: UUID) -> ResponseReturnValue:
    """Go on."""
    return _press(mailing_id, verbs.resume, _("The mailing goes on."))


@console.route("/mailings/<uuid:mailing_id>/cancel", methods=["GET", "POST"])
@permission(Permission.LAUNCH)
def cancel(mailing_id: UUID) -> ResponseReturnValue:
    """Ask once more, then hand nothing more over, for good."""
    if request.method == "POST":
        return _press(mailing_id, verbs.cancel, _("Cancelled. Nothing more is handed over."))
    now = progress(db.session(), mailing_id)
    if now.state not in OPEN:
        return see("mailing", mailing_id=mailing_id)
    return page("mailing_cancel.html", now=now, button=MoveForm(formdata=None))
