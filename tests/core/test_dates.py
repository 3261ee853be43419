"""Moments and figures read as people of each language write them, with zones that everybody understands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.core import dates

AT = datetime(2027, 1, 7, 20, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", None, "7 January 2027, 20:29 UTC"),
        ("en", "Europe/Paris", "7 January 2027, 21:29 UTC+1"),
        ("fr", "Africa/Abidjan", "7 janvier 2027, 20:29 UTC"),
        ("es", "America/Tegucigalpa", "7 de enero de 2027, 14:29 UTC−6"),
        ("en", "Asia/Tehran", "7 January 2027, 23:59 UTC+3:30"),
        ("fa", "Asia/Tehran", "۷ ژانویهٔ ۲۰۲۷، ۲۳:۵۹ \u2066UTC+۳:۳۰\u2069"),
        ("ar", "Africa/Cairo", "7 يناير 2027، 22:29 \u2066UTC+2\u2069"),
        ("en", "Nowhere/At all", "7 January 2027, 20:29 UTC"),
    ],
)
def test_a_moment_has_its_zone_as_a_distance_from_utc(language: str, zone: str | None, said: str) -> None:
    assert dates.moment(AT, language, zone) == said


def test_persian_has_its_own_signs_for_digits_groups_and_percent() -> None:
    assert dates.figure(12_431, "fa") == "۱۲٬۴۳۱"
    assert dates.percent(75, "fa") == "۷۵٪"
    assert dates.figure(12_431, "en") == "12,431"
    assert dates.percent(75, "fr") == "75\u00a0%"
