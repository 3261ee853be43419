"""Letters to a target: how many went, what waits and why, and the two ways to stop them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.appeals import desk
from alerts.extensions import db
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.forms import ConsoleForm, MoveForm, ReasonForm


@console.get("/cases/<uuid:case_id>/letters")
@permission(Permission.SEE)
def letters(case_id: UUID) -> ResponseReturnValue:
    """How the letters of a case go to its target."""
    return _page(case_id)


@console.post("/cases/<uuid:case_id>/letters/pause")
@permission(Permission.LAUNCH)
def pause_letters(case_id: UUID) -> ResponseReturnValue:
    """Let the letters wait."""
    return _stop(case_id, desk.pause, _("The letters wait until you let them go on."))


@console.post("/cases/<uuid:case_id>/letters/refused")
@permission(Permission.LAUNCH)
def letters_refused(case_id: UUID) -> ResponseReturnValue:
    """Note that the target takes no letters by mail."""
    return _stop(case_id, desk.refused, _("Nothing more goes to this target, and the case's page says why."))


@console.post("/cases/<uuid:case_id>/letters/resume")
@permission(Permission.LAUNCH)
def resume_letters(case_id: UUID) -> ResponseReturnValue:
    """Let the letters go on."""
    return _press(
        case_id, MoveForm(), lambda: desk.resume(db.session(), current_organiser(), case_id), _("The letters go on.")
    )


def _stop(case_id: UUID, verb: Callable[..., None], said: str) -> ResponseReturnValue:
    form = ReasonForm()
    return _press(
        case_id, form, lambda: verb(db.session(), current_organiser(), case_id, reason=form.reason.data), said
    )


def _press(case_id: UUID, form: ConsoleForm, verb: Callable[[], None], said: str) -> ResponseReturnValue:
    if form.carry_out(verb) is None:
        return _page(case_id, form)
    flash(said)
    return see("letters", case_id=case_id)


def _page(case_id: UUID, sent: ConsoleForm | None = None) -> ResponseReturnValue:
    found = desk.letters(db.session(), current_organiser(), case_id)
    form = sent if isinstance(sent, ReasonForm) else ReasonForm()
    status = sent.status if sent else 200
    refusal = sent.refusal if sent else None
    button = MoveForm(formdata=None)
    return page("letters.html", status, letters=found, form=form, refusal=refusal, button=button)
