"""What pages tell machines: schema.org, as JSON-LD. A data block is never run, so the content policy lets it stand."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from alerts.actions.people import Person
from alerts.web.languages import language
from alerts.web.public import absolute, site
from config import Settings

Data = dict[str, Any]
_SCHEMA = "https://schema.org"


def person_data(person: Person) -> Data:
    """The defender, as their page shows them."""
    data: Data = {
        "@context": _SCHEMA,
        "@type": "ProfilePage",
        "inLanguage": person.language,
        "mainEntity": {
            "@type": "Person",
            "name": person.name,
            "description": person.role,
            "url": absolute(url_for("public.defender", lang=language(), slug=person.slug)),
        },
    }
    if person.portrait_id:
        data["mainEntity"]["image"] = absolute(url_for("public.portrait", portrait_id=person.portrait_id))
    return data


def breadcrumb(steps: list[tuple[str, str]]) -> Data:
    """The way from the list of cases to this page; `steps` are names and paths after it."""
    way = [(_("All cases"), url_for("public.cases", lang=language())), *steps]
    return {
        "@context": _SCHEMA,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(path)}
            for place, (name, path) in enumerate(way, 1)
        ],
    }


@site.app_template_global()
def organisation_data() -> Data:
    """Who publishes all this."""
    settings: Settings = current_app.extensions["settings"]
    home = absolute(f"/{language()}/")
    return {
        "@context": _SCHEMA,
        "@type": "WebSite",
        "name": settings.organisation,
        "url": home,
        "inLanguage": language(),
        "publisher": {"@type": "Organization", "name": settings.organisation, "url": absolute("/")},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": absolute(url_for("public.find", lang=language())) + "?q={search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }


@site.app_template_global()
def case_data(case: Any) -> list[Data]:
    """A case (a PublicCase), and the way to it; a name that is withheld is not in it."""
    path = url_for("public.case", lang=language(), number=f"{case.sequence}-{case.year % 100:02d}")
    settings: Settings = current_app.extensions["settings"]
    article: Data = {
        "@context": _SCHEMA,
        "@type": "Article",
        "headline": case.call,
        "alternativeHeadline": case.title,
        "description": case.summary,
        "identifier": case.number,
        "inLanguage": case.language,
        "datePublished": case.published_at.isoformat(),
        "dateModified": max(case.ended_at or case.published_at, case.corrected_at or case.published_at).isoformat(),
        "url": absolute(path),
        "publisher": {"@type": "Organization", "name": settings.organisation, "url": absolute("/")},
    }
    return [article, breadcrumb([(case.number, path)])]
