"""What people outside read is there in all six languages."""

from __future__ import annotations

import pytest

from alerts.core.i18n import translations
from alerts.core.languages import DEFAULT, LANGUAGES
from tools.messages import collected, faults, languages


def test_every_language_but_the_one_texts_are_written_in_has_a_catalogue() -> None:
    assert set(languages()) == set(LANGUAGES) - {DEFAULT}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != DEFAULT])
def test_every_text_is_translated_with_its_placeholders(code: str) -> None:
    assert list(faults(code, collected())) == []


@pytest.mark.parametrize(
    ("code", "people", "says"),
    [
        ("ru", 1, "1 человек подписал"),
        ("ru", 3, "3 человека подписали"),
        ("ru", 5, "5 человек подписали"),
        ("ru", 21, "21 человек подписал"),
        ("ar", 2, "وقّع شخصان"),
        ("ar", 7, "وقّع 7 أشخاص"),
        ("ar", 11, "وقّع 11 شخصاً"),
        ("fr", 2, "2 personnes ont signé"),
    ],
)
def test_numbers_are_spoken_as_each_language_does(code: str, people: int, says: str) -> None:
    text = translations(code).ngettext("%(people)s person has signed", "%(people)s people have signed", people)
    assert text % {"people": people} == says
