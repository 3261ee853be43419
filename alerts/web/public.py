"""The public pages: the cases, their portraits, and the form for people who came without a mail."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.actions.errors import CaseGone
from alerts.actions.news import published_news
from alerts.actions.queries import (
    Card,
    PublicCase,
    case_id_of,
    open_cases,
    public_case,
    public_portrait,
    public_portrait_size,
)
from alerts.actions.states import ActKind, AppealsBy
from alerts.actions.versions import replaced_versions
from alerts.appeals.queries import Standing, standing
from alerts.core import clock
from alerts.core.countries import in_order
from alerts.core.languages import LANGUAGES, choose
from alerts.extensions import db
from alerts.limits import limiter
from alerts.participation.errors import NoMoreNames
from alerts.participation.queries import by_day, counts
from alerts.participation.service import Doing, ask_to_confirm
from alerts.web.access import public
from alerts.web.acting_form import ActForm, same_origin
from alerts.web.kept import kept_page
from alerts.web.languages import PREFIX, language, negotiated, speak
from alerts.web.over_time import over_time
from alerts.web.robots import is_robot
from config import Settings

site = Blueprint("public", __name__)

OWN_BROWSER = {"Cache-Control": "private, max-age=31536000, immutable"}
STILL_OPEN = 3


@site.app_template_global()
def case_url(case: Card | PublicCase) -> str:
    """The path of a case's page, in the language it is shown in."""
    return url_for("public.case", lang=language(), number=path_number(case))


@site.app_template_global()
def path_number(case: Card | PublicCase) -> str:
    """A case's number as it stands in an address: `12-26`."""
    return f"{case.sequence}-{case.year % 100:02d}"


@site.app_template_global()
def absolute(path: str) -> str:
    """The whole public address of a path."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + path


@site.after_request
def _fresh(response: Response) -> Response:
    """What is taken down must be gone at the next look: nothing between us and the reader keeps it."""
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


@site.get("/ua/<number>")
@site.get(f"{PREFIX}/ua/<number>")
@public
@kept_page
def case(number: str, lang: str | None = None) -> ResponseReturnValue:
    """A case, and the form to put one's name to its letter."""
    case_id = case_id_of(db.session(), number)
    try:
        found = _read(case_id, lang)
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value)
    return _case_page(found, ActForm(), 200)


@site.post("/ua/<number>")
@site.post(f"{PREFIX}/ua/<number>")
@public
@limiter.limit("20 per minute; 200 per hour")
def sign(number: str, lang: str | None = None) -> ResponseReturnValue:
    """Take a name from someone we do not know; it counts once they confirm it by mail."""
    if not same_origin():
        return render_template("errors/400.html"), 400
    case_id = case_id_of(db.session(), number)
    try:
        found = _read(case_id, lang)
        return _take_name(found, ActForm.sent())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value, acting=True)
    except NoMoreNames:
        return gone_page(found.number, over(found), acting=True, read=found)


def _take_name(found: PublicCase, form: ActForm) -> ResponseReturnValue:
    """What the form of a case's page leads to. Raises NoMoreNames."""
    if not form.fits(found.kinds):
        return _case_page(found, form, 422) if form.errors else redirect(case_url(found), 303)
    return redirect(_look_at_mail(found), 303) if is_taken(found, form) else _case_page(found, form, 422)


def is_taken(found: PublicCase, form: ActForm) -> bool:
    """Keep the act this request's form stands for; False where its `errors` say what to correct. Raises NoMoreNames.

    What a program sent looks taken, and is kept nowhere.
    """
    if is_robot(request.form):
        return True
    person = form.person(language())
    if person is None:
        return False
    ask_to_confirm(db.session(), found.id, person, Doing(ActKind(form.kind)))
    db.session.commit()
    return True


def _look_at_mail(found: PublicCase) -> str:
    return url_for("public.check_mail", lang=language(), number=path_number(found))


@site.get(f"{PREFIX}/ua/<number>/check-mail")
@public
def check_mail(number: str, lang: str) -> ResponseReturnValue:
    """What to do next; the same for everyone who sent the form."""
    try:
        public_case(db.session(), case_id_of(db.session(), number), language())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value)
    return render_template("public/check_mail.html", back_url=url_for("public.case", lang=lang, number=number))


@site.get("/portraits/<uuid:portrait_id>.webp")
@public
def portrait(portrait_id: UUID) -> ResponseReturnValue:
    """A portrait that may be shown. Only the reader's own browser keeps it: no cache outlives a withdrawal."""
    return Response(public_portrait(db.session(), portrait_id), mimetype="image/webp", headers=OWN_BROWSER)


@site.get("/portraits/<uuid:portrait_id>-<int:width>.<any(avif, webp):form>")
@public
def portrait_size(portrait_id: UUID, width: int, form: str) -> ResponseReturnValue:
    """The same in a size and form that a browser chose."""
    picture = public_portrait_size(db.session(), portrait_id, width, form)
    return Response(picture, mimetype=f"image/{form}", headers=OWN_BROWSER)


def gone_page(
    number: str,
    reason: str,
    *,
    acting: bool = False,
    read: PublicCase | None = None,
    withdraw_url: str | None = None,
    acted: Collection[UUID] = (),
) -> ResponseReturnValue:
    """410: what happened to a case (`withdrawn`, `held`, `closed` or `over`), and what is still open.

    `acted` are cases that whoever has the link has acted on; they are marked.
    """
    others = open_cases(db.session(), language())[:STILL_OPEN]
    return (
        render_template(
            "public/gone.html",
            number=number,
            reason=reason,
            acting=acting,
            withdraw_url=withdraw_url,
            read_url=case_url(read) if read else None,
            news=published_news(db.session(), read.id, language())[-1:] if read else (),
            others=others,
            counts=counts(db.session(), [card.id for card in others]),
            acted_cases=acted,
        ),
        410,
    )


def over(case: PublicCase) -> str:
    """Why a case that is shown takes no names."""
    return "closed" if case.ended_at else "over"


def _read(case_id: UUID, lang: str | None) -> PublicCase:
    """The case in the language of the address; on a bare address in the one the reader prefers of those it has."""
    found = public_case(db.session(), case_id, language())
    if lang is None:
        spoken = choose(negotiated(found.languages, found.main_language), found.languages, found.main_language)
        if speak(spoken) != found.language:
            found = public_case(db.session(), case_id, language())
    return found


def _case_page(found: PublicCase, form: ActForm, status: int) -> ResponseReturnValue:
    others = () if found.takes_acts else open_cases(db.session(), language())[:STILL_OPEN]
    people = counts(db.session(), [found.id, *(card.id for card in others)])
    values: dict[str, Any] = {"number": path_number(found)}
    return (
        render_template(
            "public/case.html",
            case=found,
            form=form,
            errors=form.errors,
            countries=countries(),
            count=people.get(found.id, 0),
            counts=people,
            counted_at=clock.now(),
            over_time=over_time(by_day(db.session(), found.id)),
            news=published_news(db.session(), found.id, language()),
            letters=how_letters_go(found),
            replaced=[one for one in replaced_versions(db.session(), found.id, found.language) if not one.down],
            others=others,
            action_url=url_for("public.case", lang=language(), **values),
            canonical=absolute(url_for("public.case", lang=found.language, **values)),
            alternates=alternates("public.case", found.languages, **values),
        ),
        status,
    )


def how_letters_go(found: PublicCase) -> Standing | None:
    """How letters of a case go to its target by mail; None where names are handed in."""
    return None if found.appeals_by is AppealsBy.HAND_IN else standing(db.session(), found.id)


def countries() -> list[tuple[str, str]]:
    """Every country by its name in the page's language, in that language's order."""
    return in_order(language())


def alternates(endpoint: str, codes: tuple[str, ...] | None = None, **values: Any) -> list[dict[str, str]]:
    """The page's addresses for search engines: one for each language it has, and one that asks the browser."""
    pages = [
        {"code": code, "url": absolute(url_for(endpoint, lang=code, **values))} for code in codes or tuple(LANGUAGES)
    ]
    return [*pages, {"code": "x-default", "url": absolute(url_for(endpoint, **values))}]
