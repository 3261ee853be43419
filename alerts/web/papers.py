"""Papers of a case, for anybody: the bulletin to pin up, the letter to sign and post. Made of what its page shows."""

from __future__ import annotations

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.errors import CaseGone
from alerts.actions.queries import PublicCase, case_id_of, public_case
from alerts.actions.states import ActKind
from alerts.core.i18n import translations
from alerts.core.languages import direction
from alerts.core.text import text_from_markdown
from alerts.extensions import current_site, db
from alerts.limits import limiter
from alerts.papers.typeset import paper_of, typeset
from alerts.web.access import public
from alerts.web.formats import figure, moment
from alerts.web.languages import PREFIX, language
from alerts.web.letter_form import for_the_office
from alerts.web.public import absolute, case_url, gone_page, over, path_number, site


@site.get(f"{PREFIX}/ua/<number>/bulletin.pdf")
@public
@limiter.limit("30 per minute; 300 per hour")
def bulletin_pdf(number: str, lang: str) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it from the path
    """The bulletin on paper, as offices pin it up."""
    try:
        found = public_case(db.session(), case_id_of(db.session(), number), language())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value)
    return _pdf(typeset("bulletin", _bulletin(found)), f"ua-{path_number(found)}-{found.language}.pdf")


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
        [_("Who is at risk"), f"{case.name}, {case.role}" if case.role else case.name],
        [_("Who is asked"), case.target],
        [_("Until when it helps"), moment(case.deadline)],
    ]
    act = _("Add your name") if case.takes_acts else _("This case is closed")
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
        "story": _paragraphs(case.story),
        "act": act,
        "url": absolute(case_url(case)),
        "foot": current_site().postal_line,
    }


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
