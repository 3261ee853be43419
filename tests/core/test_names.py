"""What can be somebody's name: all that people are called, and nothing that leads a reader of a mail elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.text import is_a_name

LETTERS = st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=1, max_size=12)
PARTS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=2, max_size=10)
DOTS = st.sampled_from(".．。｡․")


@pytest.mark.parametrize(
    "name",
    [
        "Win 1000 EUR at evil.com",
        "evil.com?x=1",
        "EVIL.COM#a",
        "evil.com:80 login",
        "Prize: bit.ly",
        "evil．com/x",
        "evil。com",
        "ｅｖｉｌ.ｃｏｍ",
        "evil\u200c.com",
        "evil.भारत",
        "win-1.com",
        "Call +1 900 555 0100 now",
        "Call 900 555 123",
        "Call ٩٠٠ ٥٥٥",
        "10.0.0.1 Ana",
        "ana＠mail",
        "t.co/a",
        "1234",
        "...",
    ],
)
def test_what_leads_elsewhere_is_no_name(name: str) -> None:
    assert not is_a_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "J. R. Smith",
        "St. John",
        "O'Neill",
        "María-José",
        "Dr. A. B.",
        "D.J. Trump",
        "J.R.R. Tolkien",
        "J.-P. Sartre",
        "J.R.R.Tolkien",
        "王小明",
        "علی رضا",
        "علی\u200cرضا",
        "N. Mohammadi 2nd",
        "Jean-Luc d’Arc",
        "Nguyễn Văn A",
        "आर.एस. शर्मा",
        "எம்.ஜி. ராமச்சந்திரன்",
        "ดร.สมชาย ใจดี",
        "ገ/ማርያም",
        "Ravi s/o Kumar",
        "Siti A/L Raman",
        "د. محمد",
        "Gabriel Garci\u0301a",
        "ⵎⴰⵙⵙⵉⵏ",
        "יעקב בן־דוד",
        "Сергій Їжак",
    ],
)
def test_what_people_are_called_is_a_name(name: str) -> None:
    assert is_a_name(name)


@given(st.lists(LETTERS, min_size=1, max_size=4))
def test_letters_of_any_script_with_spaces_between_are_a_name(parts: list[str]) -> None:
    assert is_a_name(" ".join(parts))


@given(LETTERS, PARTS, DOTS, PARTS, LETTERS)
def test_an_address_is_found_wherever_it_stands(before: str, site: str, dot: str, top: str, after: str) -> None:
    assert not is_a_name(f"{before} {site}{dot}{top} {after}")
