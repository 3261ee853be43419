"""What machines read of the site: Atom feeds, the maps of the site, and where robots need not look."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, abort, render_template, url_for

from alerts.actions.listing import Listed, Mapped, Wanted, mapped_cases, mapped_defenders, newest_cases
from alerts.campaigns.queries import mapped_campaigns
from alerts.core import clock
from alerts.core.countries import CODES, country_name
from alerts.core.languages import LANGUAGES
from alerts.extensions import db
from alerts.web.access import public
from alerts.web.languages import PREFIX
from alerts.web.public import absolute, site
from alerts.web.risks import risk_names
from alerts.web.security import PRIVATE_PREFIXES

Entry = tuple[str, dict[str, Any], tuple[str, ...], datetime | None]
"""Endpoint, its values, the languages of the page, when it changed."""
MOST_IN_A_MAP = 50_000
"""The protocol's own limit of addresses in one file."""


@site.get(f"{PREFIX}/feed.atom")
@public
def feed(lang: str) -> Response:
    """The newest cases."""
    return _atom(lang, Wanted(), "", url_for("public.feed", lang=lang), url_for("public.cases", lang=lang))


@site.get(f"{PREFIX}/feed/country/<country>.atom")
@public
def country_feed(lang: str, country: str) -> Response:
    """The newest cases of a country, by its code."""
    if country not in CODES:
        abort(404)
    here = url_for("public.country_feed", lang=lang, country=country)
    page = url_for("public.cases", lang=lang, country=country)
    return _atom(lang, Wanted(country=country), country_name(country, lang), here, page)


@site.get(f"{PREFIX}/feed/risk/<risk>.atom")
@public
def risk_feed(lang: str, risk: str) -> Response:
    """The newest cases of a risk, by its code."""
    names = risk_names()
    if risk not in names:
        abort(404)
    here = url_for("public.risk_feed", lang=lang, risk=risk)
    return _atom(lang, Wanted(risk=risk), names[risk], here, url_for("public.cases", lang=lang, risk=risk))


ALWAYS_THERE = ("front", "cases", "outcomes", "subscribe")
"""Pages that are the same in number whatever is published."""


@site.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Where the map of each language is."""
    maps = [absolute(url_for("public.language_map", lang=code)) for code in LANGUAGES]
    return Response(render_template("public/sitemaps.xml", maps=maps), mimetype="application/xml")


@site.get(f"{PREFIX}/sitemap.xml")
@public
def language_map(lang: str) -> Response:
    """Every page that can be read in this language, and its like in the others; the newest where there are too many."""
    everywhere = tuple(LANGUAGES)
    fixed: list[Entry] = [(f"public.{page}", {}, everywhere, None) for page in ALWAYS_THERE]
    found = [
        *fixed,
        *(
            ("public.campaign", {"slug": one.slug}, one.languages, None)
            for one in mapped_campaigns(db.session())
            if lang in one.languages
        ),
        *(_entry("public.defender", "slug", page) for page in mapped_defenders(db.session()) if lang in page.languages),
        *(_entry("public.case", "number", page) for page in mapped_cases(db.session()) if lang in page.languages),
    ]
    pages = [
        {
            "url": absolute(url_for(endpoint, lang=lang, **values)),
            "changed_at": changed_at,
            "others": [(code, absolute(url_for(endpoint, lang=code, **values))) for code in languages],
        }
        for endpoint, values, languages, changed_at in found[-MOST_IN_A_MAP:]
    ]
    return Response(render_template("public/sitemap.xml", pages=pages), mimetype="application/xml")


@site.get("/robots.txt")
@public
def robots() -> Response:
    """No robot needs the links of mails, nor the console, nor endless pages of results."""
    closed = [*PRIVATE_PREFIXES, "/console", *(f"/{code}/search" for code in LANGUAGES)]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {absolute('/sitemap.xml')}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


def _entry(endpoint: str, key: str, page: Mapped) -> Entry:
    return endpoint, {key: page.key}, page.languages, page.changed_at


def _atom(lang: str, wanted: Wanted, about: str, path: str, page: str) -> Response:
    entries: tuple[Listed, ...] = newest_cases(db.session(), lang, wanted)
    changed = max((one.changed_at for one in entries), default=clock.now())
    xml = render_template(
        "public/feed.xml", about=about, entries=entries, changed_at=changed, here=absolute(path), page=absolute(page)
    )
    return Response(xml, mimetype="application/atom+xml")
