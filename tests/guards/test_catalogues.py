"""Every text that people outside read is there in every language we speak, and counts as that language counts."""

from __future__ import annotations

import unicodedata
from gettext import GNUTranslations
from io import BytesIO

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from messages import TEMPLATE, TRANSLATED, catalogue, catalogue_file, collected, faults, template, texts, updated

CALL = "Run `make messages`, then translate what it names in alerts/translations/*/LC_MESSAGES/messages.po"
PEOPLE = ("%(people)s person has signed", "%(people)s people have signed")


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    """Every text of pages and mails."""
    return collected()


@pytest.fixture(scope="module", params=TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    """Every language but the one texts are written in."""
    return str(request.param)


def compiled(language: str) -> GNUTranslations:
    file = BytesIO()
    write_mo(file, catalogue(language))
    file.seek(0)
    return GNUTranslations(file)


def test_texts_are_found_in_pages_in_mails_and_in_code(wanted: Catalog) -> None:
    files = {file for message in wanted for file, _ in message.locations}
    for place in ("templates/public/", "templates/errors/", "templates/email/", "alerts/"):
        assert any(file.startswith(place) for file in files), place
    assert {file.rpartition(".")[2] for file in files} == {"html", "txt", "mjml", "j2", "py"}
    assert not [file for file in files if "console" in file or "catcher" in file]


def test_what_was_collected_is_up_to_date(wanted: Catalog) -> None:
    assert TEMPLATE.read_bytes() == template(wanted), CALL


def test_a_catalogue_holds_the_texts_of_today_and_no_others(language: str, wanted: Catalog) -> None:
    assert catalogue_file(language).read_bytes() == updated(language, wanted), CALL


def test_every_text_is_translated_with_its_placeholders(language: str, wanted: Catalog) -> None:
    missing = list(faults(language, wanted))
    assert not missing, "\n".join([CALL, *missing])


def test_a_language_has_a_form_for_each_way_it_counts(language: str) -> None:
    """Two numbers share a form exactly where the language's grammar, as CLDR has it, counts them alike."""
    grammar, spoken = Locale(language).plural_form, compiled(language)
    forms: dict[str, str] = {}
    for number in range(1000):
        said = spoken.ngettext(*PEOPLE, number)
        assert forms.setdefault(grammar(number), said) == said, f"{number} is counted as other numbers are not"
    assert len(set(forms.values())) == len(forms), f"some read the same: {forms}"


@pytest.mark.parametrize(
    ("code", "people", "says"),
    [
        ("es", 1, "1 persona ha firmado"),
        ("fr", 0, "0 personne a signé"),
        ("fr", 2, "2 personnes ont signé"),
        ("ar", 2, "وقّع شخصان"),
        ("ar", 7, "وقّع 7 أشخاص"),
        ("ar", 11, "وقّع 11 شخصاً"),
        ("ar", 100, "وقّع 100 شخص"),
        ("fa", 1, "1 نفر امضا کرده است"),
        ("fa", 5, "5 نفر امضا کرده‌اند"),
        ("ru", 1, "1 человек подписал"),
        ("ru", 3, "3 человека подписали"),
        ("ru", 11, "11 человек подписали"),
        ("ru", 21, "21 человек подписал"),
    ],
)
def test_numbers_are_spoken_as_people_speak_them(code: str, people: int, says: str) -> None:
    assert compiled(code).ngettext(*PEOPLE, people) % {"people": people} == says


def test_every_text_is_written_in_the_letters_of_its_language(language: str) -> None:
    """What was left in another language, or pasted into the wrong catalogue, stands out by its script."""
    letters = {"ar": "ARABIC", "fa": "ARABIC", "ru": "CYRILLIC"}.get(language, "LATIN")
    for message in catalogue(language):
        for text in texts(message.string) if message.id else ():
            assert any(unicodedata.name(letter, "").startswith(letters) for letter in text), message.id
