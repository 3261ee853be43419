"""Pages behind the links in mails: act, confirmation, leaving. Opening one changes nothing. Receipts are in `receipts`.

The token in the path is the proof and stands for a form's CSRF token: it cannot be guessed, and no cookie is involved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.actions.errors import CaseGone
from alerts.actions.queries import PublicCase, public_case
from alerts.core.addresses import HASH_BYTES
from alerts.core.errors import Unknown
from alerts.core.tokens import BadToken, Expired, Purpose, Token, mint, read
from alerts.extensions import db
from alerts.limits import limiter
from alerts.mailings.invitations import Invitation, invitation
from alerts.participation.errors import NoMoreNames
from alerts.participation.letters import one_line
from alerts.participation.models import ParticipationState
from alerts.participation.queries import Receipt, acted_on, counts, receipt
from alerts.participation.service import Person, act, confirm
from alerts.subscribers.joining import join
from alerts.subscribers.preferences import choose
from alerts.subscribers.service import leave
from alerts.web.access import public
from alerts.web.acting_form import LONGEST_NAME
from alerts.web.formats import masked
from alerts.web.joining import offer_to_return, preferences_path, returning, statement
from alerts.web.kept import personal, pressed
from alerts.web.languages import language, speak
from alerts.web.letter_form import doing_of, offered
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
    page, token = page_of(asked, language()), (request.view_args or {})["token"]
    said = {
        "case": found,
        "count": counts(db.session(), [found.id]).get(found.id, 0),
        "nameless": not asked.name,
        "acted": asked.acted,
        "kind": asked.kind,
        "action_url": url_for("acting.form", token=token),
        "letter_url": url_for("acting.letter", token=token),
        "not_you_url": f"{case_url(found)}#sign",
    }
    if asked.signs and not editing:
        return personal("public/act.html", page.page, own=page.own, **said)
    return render_template("public/act.html", **said, **page.own, offered=offered(found, asked.person_hash))


@acting.post("/a/<token>")
@public
@one_bad_link
def press(token: str) -> ResponseReturnValue:
    """Add the name; pressed again, the same receipt."""
    asked = _invitation(token)
    if not asked.takes_acts:
        return _why_not(asked, acting=True)
    found = public_case(db.session(), asked.case_id, language())
    if asked.email is None:
        return redirect(f"{case_url(found)}#sign", 303)
    name = asked.name or one_line(request.form.get("name", ""))[:LONGEST_NAME] or None
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
        raise Unknown("There is no such act to confirm.")
    found = shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    if not found.takes_acts and mine.state is ParticipationState.PENDING:
        return gone_page(found.number, over(found), acting=True, read=found)
    return render_template(
        "public/confirm.html", case=found, person=as_known(mine), letter=mine.letter, action_url=request.path
    )


@acting.post("/k/<token>")
@public
@one_bad_link
def confirmed(token: str) -> ResponseReturnValue:
    """Count the act."""
    mine = receipt(db.session(), read(token, Purpose.CONFIRM).id)
    found = shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    try:
        confirm(db.session(), mine.id)
    except NoMoreNames:
        return gone_page(found.number, over(found), acting=True, read=found)
    db.session.commit()
    return redirect(url_for("acting.kept", token=mint(Purpose.RECEIPT, mine.id)), 303)


@acting.get("/u/<token>")
@public
@limiter.exempt
@one_bad_link
def leaving(token: str) -> ResponseReturnValue:
    """A page with one button, which stops all mail."""
    preferences_url = f"/p/{mint(Purpose.PREFERENCES, 0, extra=_address(token))}"
    return render_template("public/leave.html", action_url=request.path, preferences_url=preferences_url)


@acting.post("/u/<token>/weekly")
@public
@limiter.exempt
@one_bad_link
def weekly_instead(token: str) -> ResponseReturnValue:
    """Come back for one mail a week, right after leaving: the address is proved by the page that was left by."""
    hash_ = _address(token)
    if (comes := returning(request.form.get("again", ""), hash_)) is None:
        return redirect(url_for("public.subscribe", lang=language()), 303)
    person, chosen = comes
    join(db.session(), person, statement())
    choose(db.session(), hash_, chosen)
    db.session.commit()
    return redirect(f"{preferences_path(hash_)}#kept", 303)


@acting.post("/u/<token>")
@public
@limiter.exempt
@one_bad_link
def left(token: str) -> ResponseReturnValue:
    """Stop all mail, at once and for ever. RFC 8058: no cookie, no redirect, whatever the body says."""
    hash_ = _address(token)
    again = offer_to_return(db.session(), hash_)
    leave(db.session(), hash_)
    db.session.commit()
    return render_template(
        "public/left.html",
        sign_up_url=url_for("public.subscribe", lang=language()),
        weekly_url=url_for("acting.weekly_instead", token=token),
        again=again,
        statement=statement().text,
    )


def as_known(mine: Receipt) -> str:
    """Whom an act names, masked."""
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


def shown(mine: Receipt, **gone: Any) -> PublicCase | ResponseReturnValue:
    """The case of an act, if it is shown; else the page that says why not."""
    speak(mine.language)
    try:
        return public_case(db.session(), mine.case_id, language())
    except CaseGone as error:
        return gone_page(error.number, error.state.value, acted=acted_on(db.session(), mine.person_hash), **gone)
