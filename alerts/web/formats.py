"""Figures, moments and texts as readers of a page's language expect them: the filters of the public pages."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask, g
from flask_babel import get_locale
from markupsafe import Markup

from alerts.core import dates
from alerts.core.countries import country_name
from alerts.core.languages import DEFAULT, LANGUAGES, direction
from alerts.core.text import html_from_markdown, masked_email, masked_name


def install(app: Flask) -> None:
    """Give the filters to templates."""
    app.add_template_filter(figure, "figure")
    app.add_template_filter(percent, "percent")
    app.add_template_filter(lambda number: dates.year(number, _language()), "year")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(day, "day")
    app.add_template_filter(direction, "direction")
    app.add_template_filter(markdown, "markdown")
    app.add_template_filter(lambda code: LANGUAGES[code].native_name, "native_name")


def figure(number: int) -> str:
    """A whole number in the page's language."""
    return dates.figure(number, _language())


def percent(number: int) -> str:
    """A whole share of a hundred in the page's language."""
    return dates.percent(number, _language())


def moment(at: datetime, zone: str | None = None) -> str:
    """A moment in the page's language; the zone is the reader's where known."""
    return dates.moment(at, _language(), zone or g.get("time_zone"))


def day(at: date) -> str:
    """A day in the page's language."""
    return dates.day(at, _language())


def markdown(text: str) -> Markup:
    """Clean HTML, made from Markdown."""
    return Markup(html_from_markdown(text))  # noqa: S704 - cleaned there


def masked(name: str | None, email: str | None, country: str | None, code: str) -> str:
    """A person as they know themselves and others do not: `E•••• M., Germany (b•••@m•••.example)`."""
    address = f"\u2068{masked_email(email)}\u2069" if email else ""
    country_here = country_name(country, code) if country else ""
    known_by = masked_name(name) if name else address
    if name and direction(code) == "rtl":
        known_by = f"\u2068{known_by}\u2069"
    who = dates.comma(code).join(part for part in (known_by, country_here) if part)
    return f"{who} ({address})" if name and address else who


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else DEFAULT
