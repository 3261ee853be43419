"""Differences give both texts back whole, whatever they are, and quickly."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from alerts.core.differences import Change, Piece, differences

TEXTS = st.lists(st.sampled_from(["she", "was", "threatened", "در", "خرداد", "\n\n", " ", "a", "."]), max_size=30).map(
    " ".join
)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_it_whole(old: str, new: str) -> None:
    pieces = differences(old, new)
    assert "".join(piece.text for piece in pieces if piece.change is not Change.IN) == old
    assert "".join(piece.text for piece in pieces if piece.change is not Change.OUT) == new


def test_only_the_words_that_changed_are_marked() -> None:
    assert differences("She was seen in May.", "She was seen in June.") == (
        Piece(Change.SAME, "She was seen in"),
        Piece(Change.SAME, " "),
        Piece(Change.OUT, "May."),
        Piece(Change.IN, "June."),
    )


def test_a_text_that_says_one_word_over_and_over_keeps_nobody_waiting() -> None:
    began = time.monotonic()
    assert len(differences("a " * 9_999, "a " * 9_998 + "b")) == 2
    assert time.monotonic() - began < 1
