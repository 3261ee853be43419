"""The public pages that lead to cases: searching, lists, the page of a defender."""

from __future__ import annotations

import re
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.actions.errors import DefenderGone
from alerts.actions.listing import STATES, CaseList, Wanted, campaign_names, list_cases
from alerts.actions.people import public_defender
from alerts.actions.queries import number_shown, open_cases
from alerts.core import clock
from alerts.core.countries import CODES, country_name, in_order
from alerts.core.languages import LANGUAGES
from alerts.extensions import db
from alerts.limits import limiter
from alerts.participation.queries import counts
from alerts.search.folding import fold
from alerts.search.models import Kind
from alerts.search.queries import Found, Hit, close_to, search, typed
from alerts.web.access import public
from alerts.web.languages import PREFIX, language
from alerts.web.linked import breadcrumb, person_data
from alerts.web.public import STILL_OPEN, absolute, site
from alerts.web.risks import risk_names
from alerts.web.topics import topic_names

FILTERS = ("country", "risk", "topic", "campaign", "state")


@site.get(f"{PREFIX}/search")
@public
@limiter.limit("60 per minute")
def find(lang: str) -> ResponseReturnValue:
    """What the words in `q` lead to; the number of a case leads straight to it."""
    words = typed(request.args.get("q", ""))
    if number := number_shown(db.session(), words):
        return redirect(url_for("public.case", lang=lang, number=number))
    found = search(db.session(), lang, words, _page())
    others = () if found.hits else open_cases(db.session(), lang)[:STILL_OPEN]
    return render_template(
        "public/search.html",
        found=found,
        offered=close_to(db.session(), lang, words) if words and not found.total else None,
        country=_country_meant(words),
        results=[(hit, _address(hit), _standing(hit)) for hit in found.hits],
        others=others,
        counts=counts(db.session(), [card.id for card in others]) if others else {},
        pager=_pager("public.find", found, lang=lang, q=words),
    )


@site.get(f"{PREFIX}/cases")
@public
def cases(lang: str) -> ResponseReturnValue:
    """All cases, narrowed down by country, risk, topic, campaign and state."""
    wanted = Wanted(**{name: request.args.get(name, "")[:80] for name in FILTERS})
    return _case_list(lang, wanted, "public.cases")


@site.get(f"{PREFIX}/outcomes")
@public
def outcomes(lang: str) -> ResponseReturnValue:
    """The cases that have ended."""
    return _case_list(lang, Wanted(state="closed"), "public.outcomes")


@site.get(f"{PREFIX}/defenders/<slug>")
@public
def defender(slug: str, lang: str) -> ResponseReturnValue:
    """A defender: who they are, and all their cases."""
    try:
        person = public_defender(db.session(), slug, lang)
    except DefenderGone:
        others = open_cases(db.session(), lang)[:STILL_OPEN]
        people = counts(db.session(), [card.id for card in others])
        return render_template("public/defender_gone.html", others=others, counts=people), 410
    return render_template(
        "public/defender.html",
        person=person,
        risks=risk_names(),
        counts=counts(db.session(), [one.card.id for one in person.cases]),
        country=country_name(person.country, lang),
        canonical=absolute(url_for("public.defender", lang=lang, slug=slug)),
        alternates=_alternates("public.defender", slug=slug),
        data=[person_data(person), breadcrumb([(person.name, url_for("public.defender", lang=lang, slug=slug))])],
    )


def _case_list(lang: str, wanted: Wanted, endpoint: str) -> ResponseReturnValue:
    found = list_cases(db.session(), lang, wanted, _page())
    chosen = {name: value for name in FILTERS if (value := getattr(wanted, name))} if endpoint == "public.cases" else {}
    return render_template(
        "public/cases.html",
        found=found,
        wanted=wanted,
        only_ended=endpoint == "public.outcomes",
        filters=_filters(found, wanted, lang),
        risks=risk_names(),
        country_name=lambda code: country_name(code, lang),
        counts=counts(db.session(), [one.card.id for one in found.cases]),
        pager=_pager(endpoint, found, lang=lang, **chosen),
        feed=_feed(lang, wanted),
        plain=not chosen,
        canonical=absolute(url_for(endpoint, lang=lang, **chosen)),
        alternates=_alternates(endpoint, **chosen),
    )


def _filters(found: CaseList, wanted: Wanted, lang: str) -> dict[str, list[tuple[str, str, int]]]:
    """For each filter its choices: code, words, how many cases; what is chosen stays even where it has none."""
    countries = {*found.countries, wanted.country}
    campaigns = campaign_names(db.session(), lang)
    return {
        "country": [(code, name, found.countries.get(code, 0)) for code, name in in_order(lang) if code in countries],
        "risk": [
            (code, name, found.risks.get(code, 0))
            for code, name in risk_names().items()
            if code in found.risks or code == wanted.risk
        ],
        "topic": [
            (code, name, found.topics.get(code, 0))
            for code, name in topic_names().items()
            if code in found.topics or code == wanted.topic
        ],
        "campaign": [
            (slug, name, found.campaigns.get(slug, 0))
            for slug, name in campaigns.items()
            if slug in found.campaigns or slug == wanted.campaign
        ],
        "state": [(state, state, found.states.get(state, 0)) for state in STATES],
    }


def _feed(lang: str, wanted: Wanted) -> str:
    """The feed that is nearest to what is listed."""
    if wanted.country in CODES:
        return url_for("public.country_feed", lang=lang, country=wanted.country)
    if wanted.risk in risk_names():
        return url_for("public.risk_feed", lang=lang, risk=wanted.risk)
    return url_for("public.feed", lang=lang)


def _address(hit: Hit) -> str:
    lang = language()
    match hit.kind:
        case Kind.DEFENDER:
            return url_for("public.defender", lang=lang, slug=hit.slug)
        case Kind.CAMPAIGN:
            return f"/{lang}/" if hit.is_home else url_for("public.campaign", lang=lang, slug=hit.slug)
        case _:
            return url_for("public.case", lang=lang, number=f"{hit.sequence}-{(hit.year or 0) % 100:02d}")


def _standing(hit: Hit) -> str:
    """One of STATES for a case, else empty."""
    if hit.state is None:
        return ""
    if hit.state == "closed":
        return "closed"
    return "open" if hit.deadline and hit.deadline > clock.now() else "over"


def _country_meant(words: str) -> tuple[str, str] | None:
    """The country that the words are the name of, in the page's language."""
    folded = fold(words)
    if not folded:
        return None
    named = ((code, country_name(code, language())) for code in CODES)
    return next(((code, name) for code, name in named if fold(name) == folded), None)


def _page() -> int:
    asked = request.args.get("page", "1")
    return int(asked) if re.fullmatch("[0-9]{1,5}", asked) else 1


def _pager(endpoint: str, found: Found | CaseList, **values: Any) -> dict[str, Any]:
    """Where the pages before and after are; empty addresses where there are none."""

    def address(page: int) -> str:
        if not 1 <= page <= found.pages:
            return ""
        return url_for(endpoint, **(values | ({"page": page} if page > 1 else {})))

    return {
        "page": found.page, "pages": found.pages,
        "before": address(found.page - 1), "after": address(found.page + 1),
    }  # fmt: skip


def _alternates(endpoint: str, **values: Any) -> list[dict[str, str]]:
    return [{"code": code, "url": absolute(url_for(endpoint, lang=code, **values))} for code in LANGUAGES]
