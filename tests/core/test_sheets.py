"""Text in files that a spreadsheet may open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.sheets import harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "|x", "%x"])
def test_what_a_spreadsheet_would_calculate_is_marked_as_text(text: str) -> None:
    assert harmless(text).startswith("'")


def test_ordinary_text_stays_as_it_is() -> None:
    assert harmless("Ana Ruiz, علی\u200cرضا") == "Ana Ruiz, علی\u200cرضا"


@given(st.text(max_size=400))
def test_any_text_becomes_one_short_line(text: str) -> None:
    found = harmless(text, 100)
    assert len(found) <= 101
    assert len(found.splitlines()) <= 1
    found.encode()
