"""Countries stand where readers of a language look for them, and nobody's is missing."""

from __future__ import annotations

import pytest

from alerts.core.countries import CODES, code_for, country_name, in_order
from alerts.core.languages import LANGUAGES


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "Åland Islands", "Albania"),
        ("en", "Côte d’Ivoire", "Croatia"),
        ("fr", "Îles Cook", "Inde"),
        ("fr", "Hongrie", "Îles Cook"),
        ("fa", "آلمان", "اتریش"),
        ("fa", "برزیل", "پاکستان"),
        ("fa", "چین", "دانمارک"),
        ("fa", "گواتمالا", "لبنان"),
        ("fa", "واتیکان", "هند"),
        ("fa", "سودان", "سوئد"),
        ("ru", "Австралия", "Албания"),
    ],
)
def test_a_country_stands_where_its_language_has_its_letter(language: str, before: str, after: str) -> None:
    names = [name for _, name in in_order(language)]
    assert names.index(before) < names.index(after)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_is_on_the_list_once(language: str) -> None:
    assert sorted(code for code, _ in in_order(language)) == sorted(CODES)


def test_people_in_kosovo_can_say_where_they_live() -> None:
    assert country_name("XK", "en") == "Kosovo"
    assert code_for("Kosovo") == "XK"
