"""Figures, moments and texts as readers of a page's language expect them: the filters of the public pages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, g
from flask_babel import get_locale
from markupsafe import Markup

from alerts.core.languages import DEFAULT, LANGUAGES, direction
from alerts.core.text import html_from_markdown

_LOCALES = {"en": "en_GB"}
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_COMMA = {"ar": "، ", "fa": "، "}
UTC = ZoneInfo("UTC")


def install(app: Flask) -> None:
    """Give the filters to templates."""
    app.add_template_filter(figure, "figure")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(direction, "direction")
    app.add_template_filter(markdown, "markdown")
    app.add_template_filter(lambda code: LANGUAGES[code].native_name, "native_name")


def figure(number: int) -> str:
    """A whole number, grouped; in Persian with Persian digits."""
    return _digits(format_decimal(number, locale=_locale()), _language())


def moment(at: datetime, zone: str | None = None) -> str:
    """Day with the month's name, hour and zone: `5 January 2027, 23:59 CET`. The zone is the reader's where known."""
    language, locale = _language(), _locale()
    here = at.astimezone(_zone(zone or g.get("time_zone")))
    day = format_date(here, "long", locale=locale)
    hour = format_datetime(here, "HH:mm z", tzinfo=here.tzinfo, locale=locale)
    return _digits(f"{day}{_COMMA.get(language, ', ')}{hour}", language)


def markdown(text: str) -> Markup:
    """Clean HTML, made from Markdown."""
    return Markup(html_from_markdown(text))  # noqa: S704 - cleaned there


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else DEFAULT


def _locale() -> Locale:
    return Locale.parse(_LOCALES.get(_language(), _language()))


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _digits(text: str, language: str) -> str:
    return text.translate(_PERSIAN) if language == "fa" else text
