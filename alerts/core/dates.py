"""Moments and figures as readers of a language expect them, on pages and in mail alike."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from persiantools.jdatetime import MONTH_NAMES_FA, JalaliDate

from alerts.core.languages import direction

_LOCALES = {"en": "en_GB"}
_PERSIAN = str.maketrans("0123456789%", "۰۱۲۳۴۵۶۷۸۹٪")
_NUMERALS = {"fa": "arabext"}
_COMMA = {"ar": "، ", "fa": "، "}
_UTC = ZoneInfo("UTC")
_TOGETHER = "\u00a0"
_SIGN_LEFT = "\u200f٪"


def moment(at: datetime, language: str, zone: str | None = None) -> str:
    """Day, hour and zone: `5 January 2027, 23:59 UTC+1`; in UTC where no zone is known; hour and zone never parted."""
    here = at.astimezone(_zone(zone))
    clock = f"{here:%H:%M}{_TOGETHER}{_offset(here, language)}"
    return f"{day(here, language)}{comma(language)}{_digits(clock, language)}"


def comma(language: str) -> str:
    """What stands between two parts of a line: a comma of the language's script, with its space."""
    return _COMMA.get(language, ", ")


def day(at: date, language: str) -> str:
    """A day with the month's name: `5 January 2027`; in Persian solar Hijri first, `۴ دی ۱۴۰۵ (۲۵ دسامبر ۲۰۲۶)`."""
    said = format_date(at, "long", locale=_locale(language))
    return _digits(f"{_solar_hijri(at)} ({said})" if language == "fa" else said, language)


def figure(number: int, language: str) -> str:
    """A whole number, grouped; in Persian with Persian digits."""
    said = format_decimal(number, locale=_locale(language), numbering_system=_NUMERALS.get(language, "latn"))
    return _digits(said, language)


def year(number: int, language: str) -> str:
    """A year, which is never grouped; in Persian with Persian digits."""
    return _digits(str(number), language)


def percent(number: int, language: str) -> str:
    """A whole share of a hundred, with its sign where the language has it.

    In Persian with Persian digits, and the sign always left of them. Left to itself it goes left after Persian letters
    and right where the number stands alone.
    """
    said = _digits(format_percent(number / 100, locale=_locale(language)), language)
    return said.replace("٪", _SIGN_LEFT) if language == "fa" else said


def _solar_hijri(at: date) -> str:
    here = JalaliDate(at)
    return f"{here.day} {MONTH_NAMES_FA[here.month]} {here.year}"


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
