"""Moves of a case: submit, approve, send back, take back, publish, hold, close, withdraw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from alerts.actions import publishing, review
from alerts.actions.desk import case_detail
from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.actions.versions import take_down
from alerts.campaigns.mentions import places_naming
from alerts.extensions import db
from alerts.mailings import desk
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.cases import case_page
from alerts.web.console.forms import MoveForm, NoteForm, ReasonForm

Verb = Callable[..., UrgentAction]


def _press(case_id: UUID, verb: Verb, said: str) -> ResponseReturnValue:
    form = MoveForm()
    done = form.carry_out(lambda: verb(db.session(), current_organiser(), case_id))
    if done is None:
        return case_page(case_id, refusal=form.refusal, status=form.status)
    flash(said % {"number": done.value.number})
    return see("case", case_id=case_id)


@console.post("/cases/<uuid:case_id>/submit")
@permission(Permission.WRITE)
def submit(case_id: UUID) -> ResponseReturnValue:
    """Ask for review."""
    return _press(case_id, review.submit, _("%(number)s waits for a reviewer now."))


@console.post("/cases/<uuid:case_id>/approve")
@permission(Permission.REVIEW)
def approve(case_id: UUID) -> ResponseReturnValue:
    """Approve what someone else wrote."""
    return _press(case_id, review.approve, _("%(number)s is approved. A sender can launch it now."))


@console.post("/cases/<uuid:case_id>/take-back")
@permission(Permission.WRITE)
def take_back(case_id: UUID) -> ResponseReturnValue:
    """Work on it again."""
    return _press(case_id, review.take_back, _("%(number)s is a draft again."))


@console.post("/cases/<uuid:case_id>/publish")
@permission(Permission.PUBLISH)
def publish(case_id: UUID) -> ResponseReturnValue:
    """Show it to the world without mailing anybody."""
    return _press(case_id, publishing.publish, _("%(number)s is public now. Nobody has been mailed."))


@console.post("/cases/<uuid:case_id>/send-back")
@permission(Permission.REVIEW)
def send_back(case_id: UUID) -> ResponseReturnValue:
    """Return it to the author with a note."""
    form = NoteForm()
    if form.carry_out(lambda: review.send_back(db.session(), current_organiser(), case_id, note=form.note.data)):
        flash(_("The case is back with its author, with your note."))
        return see("case", case_id=case_id)
    return case_page(case_id, refusal=form.refusal, note=form, status=form.status)


@console.post("/cases/<uuid:case_id>/versions/<language>/<int:version>/take-down")
@permission(Permission.WITHDRAW)
def take_version_down(case_id: UUID, language: str, version: int) -> ResponseReturnValue:
    """Delete the words of a version that was replaced, for good."""
    form = MoveForm()
    if form.carry_out(lambda: _took_down(case_id, language, version)) is None:
        return case_page(case_id, refusal=form.refusal, status=form.status)
    flash(_("The version is taken down, and its words are deleted."))
    return see("case", case_id=case_id)


def _took_down(case_id: UUID, language: str, version: int) -> None:
    take_down(db.session(), current_organiser(), case_id, language, version)


@dataclass(frozen=True)
class Ending:
    """A move that takes a case from its readers: its words on the page that asks for confirmation."""

    verb: Callable[..., UrgentAction]
    state: CaseState
    title: Any
    means: tuple[Any, ...]
    press: Any
    said: Any


ENDINGS: Mapping[str, Ending] = {
    "hold": Ending(
        publishing.hold,
        CaseState.HELD,
        later("Hold %(number)s"),
        (
            later("The case leaves every public page, and links in mail say that it is not shown at the moment."),
            later("A mailing that is under way hands nothing more over. What already left cannot be called back."),
            later("It can be published again, or taken back to draft to be changed."),
        ),
        later("Hold this case"),
        later("The case is held."),
    ),
    "close": Ending(
        publishing.close,
        CaseState.CLOSED,
        later("Close %(number)s"),
        (
            later("Nobody can act on it any more. Its page stays and says that the appeals are over."),
            later("A mailing that is under way hands nothing more over."),
            later("It cannot be opened again."),
        ),
        later("Close this case"),
        later("The case is closed."),
    ),
    "withdraw": Ending(
        publishing.withdraw,
        CaseState.WITHDRAWN,
        later("Withdraw %(number)s"),
        (
            later("Everything about this case stops at once, for good."),
            later("It leaves every public page. Nobody can act on it. Links in mail say that it was withdrawn."),
            later("Mailings hand nothing more over. What already left cannot be called back."),
            later("There is no way back."),
        ),
        later("Withdraw this case for good"),
        later("The case is withdrawn. Everything about it has stopped."),
    ),
}


def _end(case_id: UUID, name: str) -> ResponseReturnValue:
    ending = ENDINGS[name]
    form = ReasonForm()
    detail = case_detail(db.session(), current_organiser(), case_id)
    if form.carry_out(lambda: ending.verb(db.session(), current_organiser(), case_id, reason=form.reason.data)):
        flash(str(ending.said))
        return see("case", case_id=case_id)
    if not form.is_submitted() and not any(step.to is ending.state for step in detail.steps):
        abort(404)
    mailings = desk.mailings_of(db.session(), current_organiser(), case_id)
    named_in = places_naming(db.session(), current_organiser(), detail.defender.id)
    return page(
        "case_end.html",
        form.status,
        form=form,
        ending=ending,
        name=name,
        detail=detail,
        handed_over=sum(mailing.handed_over for mailing in mailings),
        handing_over=sum(mailing.handing_over for mailing in mailings),
        named_in=named_in if ending.state is CaseState.WITHDRAWN else (),
        waiting=sum(mailing.waiting + mailing.deferred for mailing in mailings if mailing.ended_at is None),
    )


@console.route("/cases/<uuid:case_id>/hold", methods=["GET", "POST"])
@permission(Permission.PUBLISH)
def hold(case_id: UUID) -> ResponseReturnValue:
    """Take it off every page for now."""
    return _end(case_id, "hold")


@console.route("/cases/<uuid:case_id>/close", methods=["GET", "POST"])
@permission(Permission.PUBLISH)
def close(case_id: UUID) -> ResponseReturnValue:
    """End the appeals."""
    return _end(case_id, "close")


@console.route("/cases/<uuid:case_id>/withdraw", methods=["GET", "POST"])
@permission(Permission.WITHDRAW)
def withdraw(case_id: UUID) -> ResponseReturnValue:
    """Stop everything about it."""
    return _end(case_id, "withdraw")
