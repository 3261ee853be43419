"""Moments and figures as readers of a language expect them, on pages and in mail alike."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from alerts.core.languages import direction

_LOCALES = {"en": "en_GB"}
_PERSIAN = str.maketrans("0123456789%", "۰۱۲۳۴۵۶۷۸۹٪")
_NUMERALS = {"fa": "arabext"}
_COMMA = {"ar": "، ", "fa": "، "}
_UTC = ZoneInfo("UTC")


def moment(at: datetime, language: str, zone: str | None = None) -> str:
    """Day with the month's name, hour and zone: `5 January 2027, 23:59 UTC+1`; in UTC where no zone is known."""
    here = at.astimezone(_zone(zone))
    day = format_date(here, "long", locale=_locale(language))
    return _digits(f"{day}{comma(language)}{here:%H:%M} {_offset(here, language)}", language)


def comma(language: str) -> str:
    """What stands between two parts of a line: a comma of the language's script, with its space."""
    return _COMMA.get(language, ", ")


def day(at: date, language: str) -> str:
    """A day with the month's name: `5 January 2027`."""
    return _digits(format_date(at, "long", locale=_locale(language)), language)


def figure(number: int, language: str) -> str:
    """A whole number, grouped; in Persian with Persian digits."""
    said = format_decimal(number, locale=_locale(language), numbering_system=_NUMERALS.get(language, "latn"))
    return _digits(said, language)


def year(number: int, language: str) -> str:
    """A year, which is never grouped; in Persian with Persian digits."""
    return _digits(str(number), language)


def percent(number: int, language: str) -> str:
    """A whole share of a hundred, with its sign where the language has it; in Persian with Persian digits."""
    return _digits(format_percent(number / 100, locale=_locale(language)), language)


def _offset(here: datetime, language: str) -> str:
    """How far from UTC: understood by all, while the names of zones are known only where they are used."""
    minutes = (here.utcoffset() or timedelta()) // timedelta(minutes=1)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\u2212"
    said = f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}"
    return f"\u2066{said}\u2069" if direction(language) == "rtl" else said


def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else _UTC
    except (ZoneInfoNotFoundError, ValueError):
        return _UTC


def _digits(text: str, language: str) -> str:
    return text.translate(_PERSIAN) if language == "fa" else text
