"""Figures, moments and texts as readers of a page's language expect them: the filters of the public pages."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g
from flask_babel import get_locale
from markupsafe import Markup

from alerts.core import dates
from alerts.core.languages import DEFAULT, LANGUAGES, direction
from alerts.core.text import html_from_markdown


def install(app: Flask) -> None:
    """Give the filters to templates."""
    app.add_template_filter(figure, "figure")
    app.add_template_filter(percent, "percent")
    app.add_template_filter(lambda number: dates.year(number, _language()), "year")
    app.add_template_filter(moment, "moment")
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


def markdown(text: str) -> Markup:
    """Clean HTML, made from Markdown."""
    return Markup(html_from_markdown(text))  # noqa: S704 - cleaned there


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else DEFAULT
