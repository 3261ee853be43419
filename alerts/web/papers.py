"""Papers of a case, for anybody: the bulletin to pin up, the letter to sign and post. Made of what its page shows."""

from __future__ import annotations

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from alerts.actions.errors import CaseGone
from alerts.actions.portraits import WIDTHS
from alerts.actions.queries import PublicCase, case_id_of, public_case, public_portrait_size
from alerts.actions.states import ActKind
from alerts.core.dates import comma
from alerts.core.dates import figure as figure_in
from alerts.core.i18n import translations
from alerts.core.languages import direction
from alerts.core.runs import runs_from_markdown
from alerts.core.sharing import fitted, jpeg
from alerts.core.text import text_from_markdown
from alerts.extensions import current_site, db
from alerts.limits import limiter
from alerts.papers.code import code
from alerts.papers.typeset import paper_of, typeset
from alerts.web.access import public
from alerts.web.formats import figure, moment
from alerts.web.languages import PREFIX, language
from alerts.web.letter_form import for_the_office
from alerts.web.public import absolute, case_url, gone_page, over, path_number, site

PORTRAIT = (640, 800)
"""Pixels of a portrait on paper, in the shape that it has on the page."""


@site.get(f"{PREFIX}/ua/<number>/bulletin.pdf")
@public
@limiter.limit("30 per minute; 300 per hour")
def bulletin_pdf(number: str, lang: str) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it from the path
    """The bulletin on paper, as offices pin it up."""
    try:
        found = public_case(db.session(), case_id_of(db.session(), number), language())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value)
    with force_locale(found.language):  # all of it in one language, also where the page's is another
        made = typeset("bulletin", _bulletin(found), _pictures(found))
    return _pdf(made, f"ua-{path_number(found)}-{found.language}.pdf")


@site.get(f"{PREFIX}/ua/<number>/letter.pdf")
@public
@limiter.limit("30 per minute; 300 per hour")
def letter_pdf(number: str, lang: str) -> ResponseReturnValue:  # noqa: ARG001
    """The letter with the target's address, to sign and post."""
    try:
        found = public_case(db.session(), case_id_of(db.session(), number), language())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value, acting=True)
    if not found.takes_acts:
        return gone_page(found.number, over(found), acting=True, read=found)
    if ActKind.PRINT not in found.kinds:
        return redirect(case_url(found), 303)
    return _pdf(typeset("letter", _letter(for_the_office(found))), f"ua-{path_number(found)}-letter.pdf")


def _bulletin(case: PublicCase) -> dict[str, object]:
    points = [
        [_("Who is at risk"), comma(case.language).join(part for part in (case.name, case.role) if part)],
        [_("Who is asked"), case.target],
        [_("Until when it helps"), moment(case.deadline)],
    ]
    return {
        **_sheet(case),
        "kicker": f"{current_site().organisation} · {_('Urgent action %(number)s', number=case.number)}",
        "call": case.call,
        "summary": case.summary,
        "points": points,
        "asks_title": _("What we ask"),
        "asks": list(case.asks),
        "figures": [f"{figure(number)}." for number in range(1, len(case.asks) + 1)],
        "story_title": case.title,
        "story": runs_from_markdown(case.story),
        "portrait": _("Portrait of %(name)s", name=case.name) if case.portrait_id else "",
        "act": _act(case),
        "url": absolute(case_url(case)),
        "foot": current_site().postal_line,
    }


def _act(case: PublicCase) -> list[str]:
    """What the address is there for, in large letters; before it, where no names are taken any more, why not."""
    if case.takes_acts:
        return ["", _("Read and sign:") if ActKind.SIGN in case.kinds else _("Read and act:")]
    if case.ended_at:
        return [_("This case is closed"), _("Read what became of it:")]
    return [_("The deadline has passed"), _("Read the case:")]


def _pictures(case: PublicCase) -> dict[str, bytes]:
    """The address as a phone reads it, and the portrait where one may be shown."""
    pictures = {"code.png": code(absolute(case_url(case)))}
    if case.portrait_id:
        webp = public_portrait_size(db.session(), case.portrait_id, max(WIDTHS), "webp")
        pictures["portrait.jpg"] = jpeg(fitted(webp, PORTRAIT))
    return pictures


def _letter(office: PublicCase) -> dict[str, object]:
    said = translations(office.language).gettext("Copies go to: %(offices)s.")
    return {
        **_sheet(office),
        "address": (office.target_address or office.target).splitlines(),
        "letter": [part for part in (office.salutation, *_paragraphs(office.letter)) if part],
        "sign_here": "",
        "copies": said % {"offices": "; ".join(office.copies)} if office.copies else "",
        "foot": "",
    }


def _sheet(case: PublicCase) -> dict[str, object]:
    return {
        "title": case.title,
        "language": case.language,
        "direction": direction(case.language),
        "paper": paper_of(_country()),
        "one": figure_in(1, case.language),
    }


def _country() -> str | None:
    """The country that the reader's browser names with its language, as in `en-US`."""
    for wanted, _weight in request.accept_languages:
        _tongue, _dash, region = wanted.partition("-")
        if len(region) == len("US"):
            return region.upper()
    return None


def _paragraphs(markdown: str) -> list[str]:
    return [part.strip() for part in text_from_markdown(markdown).split("\n\n") if part.strip()]


def _pdf(made: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(made, mimetype="application/pdf", headers=headers)
