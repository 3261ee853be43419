"""A supporter's own page, reached by a link in a mail: what they signed, to take back, take away or have deleted."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.core.addresses import HASH_BYTES, BadAddress, normalise
from alerts.core.languages import DEFAULT, LANGUAGES
from alerts.core.tokens import BadToken, Purpose, mint, read
from alerts.extensions import db
from alerts.limits import limiter
from alerts.participation.asking import ask_for_page
from alerts.participation.letters import one_line
from alerts.participation.mine import all_of, as_csv, as_json, forget, take_back
from alerts.participation.models import ParticipationState
from alerts.web.access import public
from alerts.web.act import acting, one_bad_link
from alerts.web.acting_form import LONGEST_ADDRESS, same_origin
from alerts.web.formats import masked
from alerts.web.languages import PREFIX, as_read, language, speak
from alerts.web.public import site
from alerts.web.robots import STAMP, is_robot, traps


@site.get("/my")
@site.get(f"{PREFIX}/my")
@public
def ask_mine(lang: str | None = None) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it from the path
    """A form that asks for the address the link goes to."""
    return _ask_page("", "", 200)


@site.post("/my")
@site.post(f"{PREFIX}/my")
@public
@limiter.limit("10 per minute; 60 per hour")
def asked_mine(lang: str | None = None) -> ResponseReturnValue:  # noqa: ARG001
    """The same answer to everybody who wrote an address, known or not."""
    if not same_origin():
        return render_template("errors/400.html"), 400
    email = request.form.get("email", "").strip()
    try:
        address = normalise(email[: LONGEST_ADDRESS + 1])
    except BadAddress:
        return _ask_page(one_line(email), _("Write your whole email address, such as name@mail.example."), 422)
    if not is_robot(request.form):
        ask_for_page(db.session(), email=address, language=language())
        db.session.commit()
    return redirect(url_for("public.mine_asked", lang=language()), 303)


@site.get(f"{PREFIX}/my/check-mail")
@public
def mine_asked(lang: str) -> ResponseReturnValue:  # noqa: ARG001
    """What to do next; the same for everyone."""
    return render_template("public/mine_asked.html", back_url=url_for("public.ask_mine", lang=language()))


@acting.get("/m/<token>")
@public
@one_bad_link
def mine(token: str) -> ResponseReturnValue:
    """Everything this person signed, and in what state it is."""
    person_hash = _person(token)
    found = all_of(db.session(), person_hash, language())
    return render_template(
        "public/mine.html",
        mine=found,
        receipts={act.id: f"/r/{mint(Purpose.RECEIPT, act.id)}" for act in found.acts},
        preferences_url=f"/p/{mint(Purpose.PREFERENCES, 0, extra=person_hash)}",
        leave_url=f"/u/{mint(Purpose.LEAVE, 0, extra=person_hash)}",
        persons={act.id: masked(act.name, act.email, act.country, language()) for act in found.acts},
        waiting=ParticipationState.PENDING,
        base=request.path,
    )


@acting.post("/m/<token>/withdraw/<int(max=9223372036854775807):act_id>")
@public
@one_bad_link
def mine_withdrawn(token: str, act_id: int) -> ResponseReturnValue:
    """Take one act back."""
    take_back(db.session(), _person(token), act_id)
    db.session.commit()
    return redirect(url_for("acting.mine", token=token), 303)


@acting.post("/m/<token>/delete")
@public
@one_bad_link
def mine_deleted(token: str) -> ResponseReturnValue:
    """Delete everything, at once."""
    forget(db.session(), _person(token))
    db.session.commit()
    return render_template("public/mine_deleted.html")


@acting.get("/m/<token>/delete")
@public
@one_bad_link
def mine_delete_again(token: str) -> ResponseReturnValue:
    """The page with the button, where a press on it is opened as a page: what is left there says so."""
    _person(token)
    return redirect(as_read(url_for("acting.mine", token=token)), 303)


@acting.get("/m/<token>/export.<any(json, csv):kind>")
@public
@one_bad_link
def mine_export(token: str, kind: str) -> ResponseReturnValue:
    """Everything that is kept, to take away."""
    found = all_of(db.session(), _person(token), language())
    text, mimetype = (as_json(found), "application/json") if kind == "json" else (as_csv(found), "text/csv")
    headers = {"Content-Disposition": f'attachment; filename="what-i-signed.{kind}"'}
    return Response(text, mimetype=mimetype, headers=headers)


def _person(token: str) -> bytes:
    """Whose page it is, and in what language they asked for it: the link itself says so, for some days."""
    said = read(token, Purpose.MINE)
    if len(said.extra) != HASH_BYTES:
        raise BadToken("This link names nobody.")
    speak([*LANGUAGES, DEFAULT][min(said.id, len(LANGUAGES))])
    return said.extra


def _ask_page(email: str, error: str, status: int) -> ResponseReturnValue:
    stamp = traps(request.form.get(STAMP, ""))[STAMP]
    page = render_template(
        "public/ask_mine.html",
        email=email,
        error=error,
        form={STAMP: stamp},
        action_url=url_for("public.ask_mine", lang=language()),
    )
    return page, status
