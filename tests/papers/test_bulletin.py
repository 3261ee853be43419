"""The bulletin: one page as large as it takes, pages counted in the language's digits, stress kept, no markup."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.core.runs import Run, runs_from_markdown
from alerts.papers.code import code
from alerts.papers.typeset import typeset
from tests.papers.reading import pages, set_like

LONG = [[("She went on, and did not give up. " * 12, "")]] * 14


def a_bulletin(**changed: Any) -> bytes:
    values: dict[str, Any] = {
        "title": "Bulletin", "language": "en", "direction": "ltr", "paper": "a4", "one": "1", "foot": "",
        "kicker": "Office", "call": "Free her!", "summary": "In two sentences.", "points": [["Who", "Berta"]],
        "asks_title": "What we ask", "asks": ["Free her."], "figures": ["1."], "story_title": "Her story",
        "story": [[("She went to court.", "")]], "portrait": "", "act": ["", "Read and sign:"], "url": "https://a.example/1",
    }  # fmt: skip
    return typeset("bulletin", values | changed, {"code.png": code("https://a.example/1")})


def said(made: bytes) -> str:
    return " ".join(" ".join(pages(made)).split())


@pytest.mark.parametrize("foot", ["", "Office, 1 Harbour Street"])
def test_one_page_is_not_counted(foot: str) -> None:
    made = a_bulletin(foot=foot)
    assert len(pages(made)) == 1
    assert "1 / 1" not in said(made)
    assert foot in said(made)


def test_two_pages_are_counted_in_the_digits_of_the_language() -> None:
    assert [page.split()[-3:] for page in pages(a_bulletin(story=LONG))] == [["1", "/", "2"], ["2", "/", "2"]]
    persian = pages(a_bulletin(story=LONG, language="fa", direction="rtl", one="۱"))
    assert [page.splitlines()[-1] for page in persian] == ["۱ / ۲", "۲ / ۲"]


def test_a_story_is_set_smaller_before_it_takes_a_second_page() -> None:
    assert len(pages(a_bulletin(story=LONG[:7]))) == 1
    assert len(pages(a_bulletin(story=LONG[:7], paper="us-letter"))) == 1


def test_what_is_strong_on_the_page_is_strong_on_paper() -> None:
    made = a_bulletin(story=runs_from_markdown("Sentenced to **16 years in\nprison**, and *very ill*."))
    strong = set_like(made, "Free her!")
    assert "16 years in prison" in strong
    assert not {"Sentenced", "very"} & set(strong.split())
    assert "Sentenced to 16 years in prison, and very ill." in said(made)


def test_letters_that_join_do_not_lean_but_are_strong() -> None:
    story: list[list[Run]] = [[("متن ساده ", ""), ("هشدار", "em")]]
    made = a_bulletin(story=story, call="آزادی", language="fa", direction="rtl")
    strong = set_like(made, "آزادی")
    assert "هشدار" in strong
    assert "ساده" not in strong


HOSTILE = ['#read("/etc/passwd")', "$ x^2 $", "`raw`", "]#[", "\\ #panic()", "= Heading", "@label", "//x"]


@pytest.mark.parametrize("stress", ["", "strong", "em", "strong em"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_looks_like_markup_is_printed_as_it_is_however_it_is_stressed(hostile: str, stress: str) -> None:
    assert hostile.replace(" ", "") in said(a_bulletin(story=[[(hostile, stress)]])).replace(" ", "")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.text(max_size=60), st.sampled_from(["", "em", "strong"])), min_size=1), min_size=1)
)
def test_whatever_a_story_says_makes_a_bulletin(story: list[list[Run]]) -> None:
    assert a_bulletin(story=story).startswith(b"%PDF-")
