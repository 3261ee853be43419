"""Pages behind the links in mails: act, receipt and withdrawal, confirmation, leaving. Opening one changes nothing.

The token in the path is the proof and stands for a form's CSRF token: it cannot be guessed, and no cookie is involved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.actions.errors import CaseGone
from alerts.actions.queries import PublicCase, open_cases, public_case
from alerts.core import clock
from alerts.core.addresses import HASH_BYTES
from alerts.core.errors import Unknown
from alerts.core.tokens import BadToken, Expired, Purpose, Token, mint, read
from alerts.extensions import db
from alerts.limits import limiter
from alerts.mailings.invitations import Invitation, invitation
from alerts.participation.errors import NoMoreNames
from alerts.participation.models import ParticipationState
from alerts.participation.queries import Receipt, acted_on, counts, receipt
from alerts.participation.service import confirm, withdraw
from alerts.subscribers.service import leave
from alerts.web.access import public
from alerts.web.acting_form import LONGEST_NAME
from alerts.web.formats import masked
from alerts.web.kept import personal, pressed
from alerts.web.languages import language, speak
from alerts.web.public import absolute, case_url, gone_page, over
from alerts.web.quick import add_name, page_of

acting = Blueprint("acting", __name__)
P = ParamSpec("P")


def _one_bad_link(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
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
@_one_bad_link
def form(token: str) -> ResponseReturnValue:
    """The one-click form: complete, naming (masked) whom it signs as."""
    asked = _invitation(token)
    if not asked.takes_acts:
        return _why_not(asked)
    found = public_case(db.session(), asked.case_id, language())
    if asked.email is None:
        return redirect(f"{case_url(found)}#sign", 303)
    page = page_of(asked, language())
    return personal(
        "public/act.html",
        page.page,
        own=page.own,
        case=found,
        count=counts(db.session(), [found.id]).get(found.id, 0),
        nameless=not asked.name,
        acted=asked.acted,
        action_url=request.path,
        not_you_url=f"{case_url(found)}#sign",
    )


@acting.post("/a/<token>")
@public
@_one_bad_link
def press(token: str) -> ResponseReturnValue:
    """Add the name; pressed again, the same receipt."""
    asked = _invitation(token)
    if not asked.takes_acts:
        return _why_not(asked, acting=True)
    if asked.email is None:
        return redirect(f"{case_url(public_case(db.session(), asked.case_id, language()))}#sign", 303)
    name = asked.name or " ".join(request.form.get("name", "").split())[:LONGEST_NAME] or None
    try:
        made = add_name(db.session(), asked, name, language())
    except NoMoreNames:
        return _why_not(asked, acting=True)
    db.session.commit()
    pressed()
    return redirect(url_for("acting.kept", token=mint(Purpose.RECEIPT, made)), 303)


@acting.get("/k/<token>")
@public
@_one_bad_link
def confirmation(token: str) -> ResponseReturnValue:
    """A page with one button, which confirms an act."""
    mine = receipt(db.session(), read(token, Purpose.CONFIRM).id)
    if mine.state is ParticipationState.WITHDRAWN:
        raise Unknown("There is no such act to confirm.")
    found = _shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    if not found.takes_acts and mine.state is ParticipationState.PENDING:
        return gone_page(found.number, over(found), acting=True, read=found)
    return render_template("public/confirm.html", case=found, person=_as(mine), action_url=request.path)


@acting.post("/k/<token>")
@public
@_one_bad_link
def confirmed(token: str) -> ResponseReturnValue:
    """Count the act."""
    mine = receipt(db.session(), read(token, Purpose.CONFIRM).id)
    found = _shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    try:
        confirm(db.session(), mine.id)
    except NoMoreNames:
        return gone_page(found.number, over(found), acting=True, read=found)
    db.session.commit()
    return redirect(url_for("acting.kept", token=mint(Purpose.RECEIPT, mine.id)), 303)


@acting.get("/r/<token>")
@public
@_one_bad_link
def kept(token: str) -> ResponseReturnValue:
    """The receipt: what was done, what comes next, and the way back."""
    mine = receipt(db.session(), read(token, Purpose.RECEIPT).id)
    if mine.state is ParticipationState.WITHDRAWN:
        speak(mine.language)
        return render_template("public/withdrawn.html")
    found = _shown(mine, withdraw_url=request.path)
    if not isinstance(found, PublicCase):
        return found
    acted = acted_on(db.session(), mine.person_hash)
    others = tuple(card for card in open_cases(db.session(), language()) if card.id not in acted)[:1]
    people = counts(db.session(), [found.id, *(card.id for card in others)])
    return render_template(
        "public/receipt.html",
        case=found,
        receipt=mine,
        number=f"{found.number} – {mine.id}",
        person=_as(mine),
        count=people.get(found.id, 0),
        counts=people,
        counted_at=clock.now(),
        others=others,
        canonical=absolute(case_url(found)),
        withdraw_url=request.path,
    )


@acting.post("/r/<token>")
@public
@_one_bad_link
def taken_back(token: str) -> ResponseReturnValue:
    """Withdraw the act, in whatever state the case is."""
    mine = receipt(db.session(), read(token, Purpose.RECEIPT).id)
    withdraw(db.session(), mine.id)
    db.session.commit()
    return redirect(request.path, 303)


@acting.get("/u/<token>")
@public
@limiter.exempt
@_one_bad_link
def leaving(token: str) -> ResponseReturnValue:
    """A page with one button, which stops all mail."""
    _address(token)
    return render_template("public/leave.html", action_url=request.path)


@acting.post("/u/<token>")
@public
@limiter.exempt
@_one_bad_link
def left(token: str) -> ResponseReturnValue:
    """Stop all mail, at once and for ever. RFC 8058: no cookie, no redirect, whatever the body says."""
    leave(db.session(), _address(token))
    db.session.commit()
    return render_template("public/left.html")


def _as(mine: Receipt) -> str:
    return masked(mine.name, mine.email, mine.country, language())


def _address(token: str) -> bytes:
    """The hash of the address a link to leave was made for; it stands in the link itself, so no row is needed."""
    said = read(token, Purpose.LEAVE)
    if len(said.extra) != HASH_BYTES:
        raise BadToken("This link names nobody.")
    return said.extra


def _invitation(token: str) -> Invitation:
    """Whom the link asks to act; also where its time is over, for then the case can say why."""
    try:
        said: Token = read(token, Purpose.ACT)
    except Expired as expired:
        said = expired.token
    asked = invitation(db.session(), said.id)
    speak(asked.language)
    g.time_zone = asked.time_zone
    return asked


def _why_not(asked: Invitation, **gone: Any) -> ResponseReturnValue:
    """The page of a case that takes no names, which says why."""
    try:
        found = public_case(db.session(), asked.case_id, language())
    except CaseGone as error:
        return gone_page(error.number, error.state.value, **gone)
    return gone_page(found.number, over(found), read=found, **gone)


def _shown(mine: Receipt, **gone: Any) -> PublicCase | ResponseReturnValue:
    """The case of an act, if it is shown; else the page that says why not."""
    speak(mine.language)
    try:
        return public_case(db.session(), mine.case_id, language())
    except CaseGone as error:
        return gone_page(error.number, error.state.value, **gone)
