"""Moments and figures read as people of each language write them, with zones that everybody understands."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from alerts.core import dates

AT = datetime(2027, 1, 7, 20, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", None, "7 January 2027, 20:29\u00a0UTC"),
        ("en", "Europe/Paris", "7 January 2027, 21:29\u00a0UTC+1"),
        ("fr", "Africa/Abidjan", "7 janvier 2027, 20:29\u00a0UTC"),
        ("es", "America/Tegucigalpa", "7 de enero de 2027, 14:29\u00a0UTC−6"),
        ("en", "Asia/Tehran", "7 January 2027, 23:59\u00a0UTC+3:30"),
        ("fa", "Asia/Tehran", "۱۷ دی ۱۴۰۵ (۷ ژانویهٔ ۲۰۲۷)، ۲۳:۵۹\u00a0\u2066UTC+۳:۳۰\u2069"),
        ("ar", "Africa/Cairo", "7 يناير 2027، 22:29\u00a0\u2066UTC+2\u2069"),
        ("en", "Nowhere/At all", "7 January 2027, 20:29\u00a0UTC"),
    ],
)
def test_a_moment_has_its_zone_as_a_distance_from_utc(language: str, zone: str | None, said: str) -> None:
    assert dates.moment(AT, language, zone) == said


def test_persian_has_its_own_signs_for_digits_groups_and_percent() -> None:
    assert dates.figure(12_431, "fa") == "۱۲٬۴۳۱"
    assert dates.percent(75, "fa") == "۷۵\u200f٪"
    assert dates.figure(12_431, "en") == "12,431"
    assert dates.percent(75, "fr") == "75\u00a0%"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (date(2026, 12, 25), "۴ دی ۱۴۰۵ (۲۵ دسامبر ۲۰۲۶)"),
        (date(2024, 3, 19), "۲۹ اسفند ۱۴۰۲ (۱۹ مارس ۲۰۲۴)"),
        (date(2024, 3, 20), "۱ فروردین ۱۴۰۳ (۲۰ مارس ۲۰۲۴)"),
        (date(2025, 3, 20), "۳۰ اسفند ۱۴۰۳ (۲۰ مارس ۲۰۲۵)"),
        (date(2025, 3, 21), "۱ فروردین ۱۴۰۴ (۲۱ مارس ۲۰۲۵)"),
        (date(2030, 3, 20), "۳۰ اسفند ۱۴۰۸ (۲۰ مارس ۲۰۳۰)"),
    ],
)
def test_persian_days_are_solar_hijri_first(at: date, said: str) -> None:
    assert dates.day(at, "fa") == said


def test_the_persian_day_is_that_of_the_readers_zone() -> None:
    late = datetime(2027, 3, 20, 21, 0, tzinfo=UTC)
    assert dates.moment(late, "fa").startswith("۲۹ اسفند ۱۴۰۵ (۲۰ مارس ۲۰۲۷)، ۲۱:۰۰")
    assert dates.moment(late, "fa", "Asia/Tehran").startswith("۱ فروردین ۱۴۰۶ (۲۱ مارس ۲۰۲۷)، ۰۰:۳۰")
