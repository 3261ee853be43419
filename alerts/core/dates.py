"""Moments and figures as readers of a language expect them, on pages and in mail alike."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

_LOCALES = {"en": "en_GB"}
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_COMMA = {"ar": "، ", "fa": "، "}
_UTC = ZoneInfo("UTC")


def moment(at: datetime, language: str, zone: str | None = None) -> str:
    """Day with the month's name, hour and zone: `5 January 2027, 23:59 CET`; in UTC where no zone is known."""
    here = at.astimezone(_zone(zone))
    day = format_date(here, "long", locale=_locale(language))
    hour = format_datetime(here, "HH:mm z", tzinfo=here.tzinfo, locale=_locale(language))
    if here.tzinfo is _UTC:
        hour = f"{here:%H:%M} UTC"  # as pages write it; French has an abbreviation that few know
    return _digits(f"{day}{_COMMA.get(language, ', ')}{hour}", language)


def day(at: date, language: str) -> str:
    """A day with the month's name: `5 January 2027`."""
    return _digits(format_date(at, "long", locale=_locale(language)), language)


def figure(number: int, language: str) -> str:
    """A whole number, grouped; in Persian with Persian digits."""
    return _digits(format_decimal(number, locale=_locale(language)), language)


def year(number: int, language: str) -> str:
    """A year, which is never grouped; in Persian with Persian digits."""
    return _digits(str(number), language)


def percent(number: int, language: str) -> str:
    """A whole share of a hundred, with its sign where the language has it; in Persian with Persian digits."""
    return _digits(format_percent(number / 100, locale=_locale(language)), language)


def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else _UTC
    except (ZoneInfoNotFoundError, ValueError):
        return _UTC


def _digits(text: str, language: str) -> str:
    return text.translate(_PERSIAN) if language == "fa" else text
