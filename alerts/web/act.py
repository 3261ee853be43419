"""Pages behind the links to act in mails, and to confirm it. Opening one changes nothing. Receipts are in `receipts`.

The token in the path is the proof and stands for a form's CSRF token: it cannot be guessed, and no cookie is involved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.errors import CaseGone
from alerts.actions.queries import PublicCase, public_case
from alerts.actions.signed import Corrected, corrected_since
from alerts.actions.states import ActKind
from alerts.appeals.queries import brought
from alerts.core.errors import Unknown
from alerts.core.tokens import BadToken, Expired, Purpose, Token, mint, read
from alerts.extensions import db
from alerts.mailings.invitations import Invitation, invitation
from alerts.participation.errors import NoMoreNames
from alerts.participation.letters import cleaned, one_line
from alerts.participation.models import ParticipationState
from alerts.participation.queries import Receipt, acted_on, counts, receipt
from alerts.participation.service import Person, act, confirm
from alerts.web.access import public
from alerts.web.acting_form import LONGEST_NAME
from alerts.web.corrected import mark_of, read_by
from alerts.web.formats import masked
from alerts.web.kept import personal, pressed
from alerts.web.languages import as_read, language, speak
from alerts.web.letter_form import Offer, doing_of, is_own, is_too_long, offered, offered_in, too_long
from alerts.web.public import case_url, gone_page, over
from alerts.web.quick import page_of

CASE_BYTES = 16
"""In the link of a digest's case: the case, beside the delivery."""

acting = Blueprint("acting", __name__)
P = ParamSpec("P")


def one_bad_link(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Forged, cut short, out of time, or pointing at nothing: one page, which says nothing of anybody."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except (BadToken, Unknown):
            db.session.rollback()
            return render_template("public/bad_link.html"), 404

    return answer


@acting.get("/a/<token>")
@public
@one_bad_link
def form(token: str) -> ResponseReturnValue:
    """The one-click form: complete, naming (masked) whom it signs as."""
    return _form(_invitation(token))


@acting.get("/a/<token>/<mark>")
@public
@one_bad_link
def form_again(token: str, mark: str) -> ResponseReturnValue:
    """The same, where a press is opened as a page: a browser that comes back to one asks for it so."""
    read_by(mark)
    return redirect(as_read(url_for("acting.form", token=token)), 303)


@acting.get("/a/<token>/letter")
@public
@one_bad_link
def letter(token: str) -> ResponseReturnValue:
    """The same form with the letter in an editor, for who would make it theirs."""
    return _form(_invitation(token), editing=True)


def _form(asked: Invitation, *, editing: bool = False) -> ResponseReturnValue:
    if not asked.takes_acts:
        return _why_not(asked)
    found = public_case(db.session(), asked.case_id, language())
    if asked.email is None:
        return redirect(f"{case_url(found)}#sign", 303)
    page, said = page_of(asked, language()), _said(asked, found)
    if asked.signs and not editing:
        return personal("public/act.html", page.page, own=page.own, **said)
    return render_template("public/act.html", **said, **page.own, offered=offered(found, asked.person_hash))


def _form_again(asked: Invitation, found: PublicCase, since: Corrected) -> ResponseReturnValue:
    """The form with the words as they read now, for who pressed under others; what they wrote themselves is in it."""
    said, written = _said(asked, found), request.form.get("letter", "")
    if not asked.signs or written:
        own = is_own(found, since.before, asked.person_hash, written)
        offer = offered(found, asked.person_hash)
        said["offered"] = Offer(cleaned(written), offer.language) if own else offer
    page = page_of(asked, language())
    return render_template("public/act.html", **said, **page.own, since=since, typed_name=typed_name()), 409


def _to_correct(asked: Invitation, found: PublicCase, errors: dict[str, str]) -> ResponseReturnValue:
    """The form with what was typed, and what is wrong with it."""
    said, written = _said(asked, found), request.form.get("letter")
    if written is not None:
        said["offered"] = Offer(cleaned(written), offered_in(found).language)
    own = page_of(asked, language()).own
    return render_template("public/act_again.html", **said, **own, errors=errors, typed_name=typed_name()), 422


def _faults(asked: Invitation) -> dict[str, str]:
    """What of this request's form cannot be taken, by its field."""
    found = {}
    if not asked.name and len(typed_name()) > LONGEST_NAME:
        found["name"] = _("Write your name, as it should stand on the letter.")
    if is_too_long(cleaned(request.form.get("letter", ""))):
        found["own-letter"] = too_long()
    return found


def typed_name() -> str:
    """The name that was typed where we know none, on one line; empty where there is none."""
    return one_line(request.form.get("name", ""))


def _said(asked: Invitation, found: PublicCase) -> dict[str, Any]:
    """What the form says to everybody who has the same page."""
    token = (request.view_args or {})["token"]
    return {
        "case": found,
        "count": counts(db.session(), [found.id]).get(found.id, 0),
        "nameless": not asked.name,
        "acted": asked.acted,
        "kind": asked.kind,
        "action_url": url_for("acting.press", token=token, mark=mark_of(found)),
        "letter_url": url_for("acting.letter", token=token),
        "not_you_url": f"{case_url(found)}#sign",
    }


@acting.post("/a/<token>")
@acting.post("/a/<token>/<mark>")
@public
@one_bad_link
def press(token: str, mark: str = "") -> ResponseReturnValue:
    """Add the name; pressed again, the same receipt. Words that were corrected since their `mark` are shown first."""
    asked, read_at = _invitation(token), read_by(mark)
    if not asked.takes_acts:
        return _why_not(asked, acting=True)
    found = public_case(db.session(), asked.case_id, language())
    if asked.email is None:
        return redirect(f"{case_url(found)}#sign", 303)
    is_old, sends = mark != (mark_of(found) or ""), asked.kind != ActKind.PRINT and not asked.acted
    if is_old and sends and (since := corrected_since(db.session(), offered_in(found), read_at)):
        return _form_again(asked, found, since)
    if not asked.acted and (errors := _faults(asked)):
        return _to_correct(asked, found, errors)
    name = asked.name or typed_name() or None
    person = Person(asked.person_hash, asked.email, name, asked.country, language())
    try:
        doing = doing_of(found, asked.person_hash, request.form.get("letter"))
        made = act(db.session(), asked.case_id, person, delivery_id=asked.delivery_id, doing=doing)
    except NoMoreNames:
        return _why_not(asked, acting=True)
    db.session.commit()
    if asked.signs:
        pressed()
    return redirect(url_for("acting.kept", token=mint(Purpose.RECEIPT, made)), 303)


@acting.get("/k/<token>")
@public
@one_bad_link
def confirmation(token: str) -> ResponseReturnValue:
    """A page with one button, which confirms an act."""
    mine = receipt(db.session(), read(token, Purpose.CONFIRM).id)
    if mine.state is ParticipationState.WITHDRAWN:
        return withdrawn_page(mine)
    found = shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    if not found.takes_acts and mine.state is ParticipationState.PENDING:
        return gone_page(found.number, over(found), acting=True, read=found)
    return _to_confirm(token, mine, found)


def _to_confirm(token: str, mine: Receipt, found: PublicCase, since: Corrected | None = None) -> str:
    return render_template(
        "public/confirm.html",
        case=found,
        person=as_known(mine),
        letter=mine.letter,
        action_url=url_for("acting.confirmed", token=token, mark=mark_of(found)),
        since=since,
    )


def _signs(mine: Receipt, found: PublicCase) -> bool:
    """Whether to confirm this puts a name under the case's own letter."""
    waits = mine.state is ParticipationState.PENDING and found.takes_acts
    return waits and not mine.letter and ActKind.SIGN in mine.kinds


@acting.get("/k/<token>/<mark>")
@public
@one_bad_link
def confirmation_again(token: str, mark: str) -> ResponseReturnValue:
    """The page with the button, where a press on it is opened as a page."""
    read_by(mark)
    return redirect(as_read(url_for("acting.confirmation", token=token)), 303)


@acting.post("/k/<token>")
@acting.post("/k/<token>/<mark>")
@public
@one_bad_link
def confirmed(token: str, mark: str = "") -> ResponseReturnValue:
    """Count the act. Words that were corrected since their `mark` are shown first, but not to who wrote their own."""
    read_at = read_by(mark)
    mine = receipt(db.session(), read(token, Purpose.CONFIRM).id)
    found = shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    if _signs(mine, found) and (since := corrected_since(db.session(), found, read_at)):
        return _to_confirm(token, mine, found, since), 409
    try:
        confirm(db.session(), mine.id)
    except NoMoreNames:
        return gone_page(found.number, over(found), acting=True, read=found)
    db.session.commit()
    return redirect(url_for("acting.kept", token=mint(Purpose.RECEIPT, mine.id)), 303)


def as_known(mine: Receipt) -> str:
    """Whom an act names, masked."""
    return masked(mine.name, mine.email, mine.country, language())


def _invitation(token: str) -> Invitation:
    """Whom the link asks to act; also where its time is over, for then the case can say why."""
    try:
        said: Token = read(token, Purpose.ACT)
    except Expired as expired:
        said = expired.token
    asked = invitation(db.session(), said.id, UUID(bytes=said.extra) if len(said.extra) == CASE_BYTES else None)
    speak(asked.language)
    g.time_zone = asked.time_zone
    return asked


def _why_not(asked: Invitation, **gone: Any) -> ResponseReturnValue:
    """The page of a case that takes no names, which says why, with what this person has acted on marked."""
    acted = acted_on(db.session(), asked.person_hash)
    try:
        found = public_case(db.session(), asked.case_id, language())
    except CaseGone as error:
        return gone_page(error.number, error.state.value, acted=acted, **gone)
    return gone_page(found.number, over(found), read=found, acted=acted, **gone)


def withdrawn_page(mine: Receipt) -> ResponseReturnValue:
    """What there is to say of an act that was taken back, in the language it was made in."""
    speak(mine.language)
    try:
        found = public_case(db.session(), mine.case_id, language())
    except CaseGone:
        found = None
    gone = brought(db.session(), mine.id)
    return render_template("public/withdrawn.html", case=found, gone=gone if gone and gone.may_have_left else None)


def shown(mine: Receipt, **gone: Any) -> PublicCase | ResponseReturnValue:
    """The case of an act, if it is shown; else the page that says why not."""
    speak(mine.language)
    try:
        return public_case(db.session(), mine.case_id, language())
    except CaseGone as error:
        return gone_page(error.number, error.state.value, acted=acted_on(db.session(), mine.person_hash), **gone)
