"""Words are compared by what people mean, the same way in the database and on the page."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.search.folding import fold
from alerts.search.marking import extract, mark

ALPHABET = "aZéÉñçßøœİıŁёЁйЙщъґ" + "ابپتثجچحخكکگيیىئأإآءؤۀةهەۀٱـ\u064b\u0651\u0670\u200c\u200d" + "09۰۹٠٩ -’'،؟.…«»ﬁ½²"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zúñiga Cáceres", "zuniga caceres"),
        ("ПЁТР Йод", "петр йод"),
        ("کمیتهٔ", "كميته"),
        ("مُدافِعة", "مدافعه"),
        ("الإنسان", "الانسان"),
        ("حقوق‌بشر", "حقوق بشر"),
        ("محمـــدی", "محمدي"),
        ("۱۲٣", "123"),
        ("Straße", "STRASSE"),
    ],
)
def test_two_ways_of_writing_are_one(session: Session, one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert session.scalar(text("SELECT search_fold(:a) = search_fold(:b)"), {"a": one, "b": other})


@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(ALPHABET, max_size=30))
def test_the_database_folds_as_the_page_does(session: Session, words: str) -> None:
    assert session.scalar(text("SELECT search_fold(:words)"), {"words": words}) == fold(words)


@given(st.text(ALPHABET + "<>&", max_size=80), st.text(ALPHABET, max_size=12))
def test_marking_loses_and_adds_nothing(words: str, searched: str) -> None:
    assert "".join(piece.text for piece in mark(words, searched)) == words


def test_words_are_marked_with_their_accents_and_endings() -> None:
    found = [
        piece.text
        for piece in mark("Berta Zúñiga was threatened; threats to Zuñigas", "zuniga threatens")
        if piece.found
    ]
    assert found == ["Zúñiga", "threatened", "threats", "Zuñigas"]


def test_an_extract_is_short_and_holds_the_word() -> None:
    long = "lorem ipsum " * 80 + "the dam " + "dolor sit " * 80
    piece = extract(long, "dam")
    assert "the dam" in piece
    assert len(piece) < 280
    assert piece.startswith("… ")
    assert piece.endswith(" …")
