"""Receipts: what was done, what comes next, how the name is shown, more that can be done, and the way back."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.queries import PublicCase, open_cases
from alerts.actions.states import ActKind
from alerts.appeals.queries import brought
from alerts.core import clock
from alerts.core.tokens import Purpose, read
from alerts.extensions import db
from alerts.participation.models import ParticipationState, ShownAs
from alerts.participation.queries import Receipt, acted_on, counts, receipt
from alerts.participation.service import Doing, NameChoice, add_to, choose_name, withdraw
from alerts.subscribers.joining import Newcomer, join
from alerts.subscribers.preferences import is_subscriber
from alerts.web.access import public
from alerts.web.act import acting, as_known, one_bad_link, shown, typed_name, withdrawn_page
from alerts.web.acting_form import LONGEST_NAME
from alerts.web.joining import preferences_path, statement
from alerts.web.languages import language, speak
from alerts.web.letter_form import EDIT, SEND, LetterForm, for_the_office, seed_of
from alerts.web.public import absolute, case_url, gone_page, how_letters_go, over


@acting.get("/r/<token>")
@public
@one_bad_link
def kept(token: str) -> ResponseReturnValue:
    """The receipt: what was done, what comes next, and the way back."""
    mine = _mine(token)
    if mine.state is ParticipationState.WITHDRAWN:
        return withdrawn_page(mine)
    found = shown(mine, withdraw_url=request.path)
    if not isinstance(found, PublicCase):
        return found
    acted = acted_on(db.session(), mine.person_hash)
    others = tuple(card for card in open_cases(db.session(), language()) if card.id not in acted)[:1]
    people = counts(db.session(), [found.id, *(card.id for card in others)])
    letters = how_letters_go(found)
    return render_template(
        "public/receipt.html",
        case=found,
        receipt=mine,
        waiting=mine.state is ParticipationState.PENDING,
        number=f"{found.number} – {mine.id}",
        person=as_known(mine),
        count=people.get(found.id, 0),
        counts=people,
        counted_at=clock.now(),
        others=others,
        letters=letters,
        gone=brought(db.session(), mine.id) if letters else None,
        more=[kind for kind in found.kinds if kind not in mine.kinds] if found.takes_acts else [],
        canonical=absolute(case_url(found)),
        withdraw_url=request.path,
        may_join=_may_join(mine),
        statement=statement().text,
    )


@acting.post("/r/<token>/subscribe")
@public
@one_bad_link
def joined(token: str) -> ResponseReturnValue:
    """Become a subscriber by one press: the address was proved by the mail that led to the act."""
    mine = _mine(token)
    speak(mine.language)
    if not _may_join(mine) or mine.email is None:
        return redirect(url_for("acting.kept", token=token), 303)
    person = Newcomer(mine.person_hash, mine.email, mine.name, language(), mine.country)
    join(db.session(), person, statement())
    db.session.commit()
    return redirect(f"{preferences_path(mine.person_hash)}#welcome", 303)


@acting.post("/r/<token>")
@public
@one_bad_link
def taken_back(token: str) -> ResponseReturnValue:
    """Withdraw the act, in whatever state the case is."""
    mine = _mine(token)
    withdraw(db.session(), mine.id)
    db.session.commit()
    return redirect(request.path, 303)


@acting.post("/r/<token>/name")
@public
@one_bad_link
def named(token: str) -> ResponseReturnValue:
    """Keep how the name is to be shown."""
    mine = _mine(token)
    wanted = request.form.get("shown_as", "")
    if wanted in set(ShownAs):
        answered = request.form.get("may_answer") == "1"
        choice = NameChoice(ShownAs(wanted), request.form.get("town"), typed_name()[:LONGEST_NAME], answered)
        choose_name(db.session(), mine.id, choice)
        db.session.commit()
    return redirect(f"{url_for('acting.kept', token=token)}#kept", 303)


@acting.post("/r/<token>/did")
@public
@one_bad_link
def did(token: str) -> ResponseReturnValue:
    """Somebody says that they posted the letter, or shared the case: added to their act, it counts nobody twice."""
    mine = _mine(token)
    found = shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    kind = request.form.get("kind", "")
    if kind in (ActKind.PRINT, ActKind.SHARE) and ActKind(kind) in found.kinds:
        add_to(db.session(), mine.id, Doing(ActKind(kind)))
        db.session.commit()
    return redirect(url_for("acting.kept", token=token), 303)


@acting.route("/r/<token>/write", methods=["GET", "POST"])
@public
@one_bad_link
def own_letter(token: str) -> ResponseReturnValue:
    """Write a letter of one's own to the target, or change it, as long as the case takes acts."""
    mine = _mine(token)
    is_shown = mine.name and mine.shown_as is not ShownAs.COUNTED  # or a letter of theirs would not be sent
    if mine.state is not ParticipationState.CONFIRMED or not is_shown:
        return redirect(f"{url_for('acting.kept', token=token)}#name", 303)
    found = shown(mine, acting=True)
    if not isinstance(found, PublicCase):
        return found
    if not found.takes_acts:
        return gone_page(found.number, over(found), acting=True, read=found)
    seed = seed_of(found, mine.person_hash)
    if request.method == "GET":
        return _editor(LetterForm.opened(found, seed), mine)
    form = LetterForm.sent(found, seed)
    if form.step == EDIT:
        form.compose()
    elif form.step == SEND and form.check():
        add_to(db.session(), mine.id, Doing(ActKind.WRITE, form.letter))
        db.session.commit()
        return redirect(url_for("acting.kept", token=token), 303)
    return _editor(form, mine)


@acting.get("/r/<token>/print")
@public
@one_bad_link
def on_paper(token: str) -> ResponseReturnValue:
    """The letter with the target's address, to print, sign and post: the person's own where they wrote one."""
    mine = _mine(token)
    if mine.state is ParticipationState.WITHDRAWN:
        return withdrawn_page(mine)
    found = shown(mine)
    if not isinstance(found, PublicCase):
        return found
    return render_template(
        "public/print.html",
        case=found,
        office=for_the_office(found),
        own=mine.letter,
        did_url=url_for("acting.did", token=token),
        done=ActKind.PRINT in mine.kinds or ActKind.PRINT not in found.kinds,
        back_url=url_for("acting.kept", token=token),
    )


def _mine(token: str) -> Receipt:
    return receipt(db.session(), read(token, Purpose.RECEIPT).id)


def _may_join(mine: Receipt) -> bool:
    """Whether this person counts, has an address that was proved, and is not told already."""
    proved = mine.state is ParticipationState.CONFIRMED and mine.email is not None
    return proved and not is_subscriber(db.session(), mine.person_hash)


def _editor(form: LetterForm, mine: Receipt) -> ResponseReturnValue:
    page = render_template(
        "public/write.html",
        case=form.case,
        form=form,
        who=None,
        person=as_known(mine),
        action_url=request.path,
        title=_("Write to %(target)s", target=form.case.target),
    )
    return page, 422 if form.errors else 200
