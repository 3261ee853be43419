"""Letters say exactly the points that were chosen, are the same for the same person, and differ between people."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.languages import LANGUAGES
from alerts.participation.letters import Letter, cleaned, compose, phrases

ASKS = tuple(f"Point {letter} is to be done." for letter in "ABCDEFGH")
chosen = st.sets(st.sampled_from(ASKS)).map(lambda found: tuple(sorted(found)))
languages = st.sampled_from(sorted(LANGUAGES))


def letter(asks: tuple[str, ...], language: str = "en", own: str = "") -> Letter:
    return Letter(language, "Your Excellency,", "Amal Sabri", asks, own)


def order_of(text: str) -> tuple[str, ...]:
    return tuple(sorted((ask for ask in ASKS if ask in text), key=text.index))


@given(chosen, languages, st.binary(max_size=20))
def test_a_letter_holds_each_chosen_point_once_and_no_other(asks: tuple[str, ...], language: str, seed: bytes) -> None:
    text = compose(letter(asks, language), seed)
    assert {ask: text.count(ask) for ask in ASKS} == {ask: int(ask in asks) for ask in ASKS}
    assert text.startswith("Your Excellency,\n\n")
    assert "Amal Sabri" in text
    assert "{" not in text


@given(chosen, languages, st.binary(max_size=20))
def test_the_same_person_gets_the_same_letter(asks: tuple[str, ...], language: str, seed: bytes) -> None:
    assert compose(letter(asks, language), seed) == compose(letter(asks, language), seed)


@given(languages, st.binary(max_size=20), st.text(min_size=1, max_size=200).map(cleaned).filter(bool))
def test_own_words_stand_in_the_letter_as_they_were_written(language: str, seed: bytes, own: str) -> None:
    assert own in compose(letter(ASKS[:2], language, own), seed)


def test_every_order_of_the_later_points_is_somebodys_and_the_first_stays_first() -> None:
    orders = {order_of(compose(letter(ASKS[:4]), str(person).encode())) for person in range(400)}
    assert orders == {(ASKS[0], *rest) for rest in permutations(ASKS[1:4])}


def test_a_thousand_people_hardly_ever_write_the_same_letter() -> None:
    letters = [compose(letter(ASKS[:4]), str(person).encode()) for person in range(1000)]
    assert len(set(letters)) > 800


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_phrases_of_its_own_for_every_part(language: str) -> None:
    said = phrases(language)
    assert len(said.openings) >= 5
    assert min(map(len, (said.requests, said.closings, said.farewells))) >= 3
    assert all("{name}" in opening for opening in said.openings)
    assert language == "en" or said != phrases("en")


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_leaves_nothing_unseen(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once
    assert not any(letter in once for letter in "\x00\r\u202e\u2066")


def test_cleaning_keeps_what_persian_needs() -> None:
    assert cleaned("می\u200cنویسم\r\n\r\n\r\n\r\nسلام ") == "می\u200cنویسم\n\nسلام"


def test_the_same_person_reads_the_same_letter_in_two_languages() -> None:
    parts = ("openings", "requests", "closings", "farewells")
    lengths = {tuple(len(getattr(phrases(language), part)) for part in parts) for language in LANGUAGES}
    assert len(lengths) == 1, "or a letter and what it says beside would differ in shape"


def test_persian_numbers_are_written_as_its_readers_write_them() -> None:
    letters = [compose(letter(ASKS[:3], "fa"), str(person).encode()) for person in range(50)]
    assert any("۲. " in text for text in letters)
    assert not any("2. " in text for text in letters)
