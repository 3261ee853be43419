"""Papers: values are data and never markup, pages are the same on every machine, sheets are those of the country."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.papers.typeset import FACES, paper_of, typeset
from tests.papers.reading import faces_of, pages, size_of


def a_letter(**changed: Any) -> dict[str, Any]:
    values = {"title": "Letter", "language": "en", "direction": "ltr", "paper": "a4", "foot": "", "sign_here": ""}
    values["copies"] = ""
    return (
        values | {"address": ["Attorney General", "1 Example Square"], "letter": ["Dear Attorney General,"]} | changed
    )


def test_the_same_values_make_the_same_pages() -> None:
    assert typeset("letter", a_letter()) == typeset("letter", a_letter())


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")',
        '#import "@preview/x:1.0.0"',
        "$ x^2 $",
        "= Heading",
        "*bold* _x_ `raw`",
        "\\ #panic()",
        "]#[",
        "<b>",
    ],
)
def test_what_looks_like_markup_is_printed_as_it_is(hostile: str) -> None:
    assert hostile.replace(" ", "") in pages(typeset("letter", a_letter(letter=[hostile])))[0].replace(" ", "")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_whatever_people_type_makes_a_paper(parts: list[str]) -> None:
    assert typeset("letter", a_letter(letter=parts)).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("country", "sheet", "points"),
    [("US", "us-letter", (612, 792)), ("GT", "us-letter", (612, 792)), ("DE", "a4", (595, 842))],
)
def test_each_country_has_its_sheet(country: str, sheet: str, points: tuple[int, int]) -> None:
    assert paper_of(country) == sheet
    assert size_of(typeset("letter", a_letter(paper=sheet))) == points
    assert paper_of(None) == "a4"


@pytest.mark.parametrize(
    "words", ["Sehr geehrte Frau Müller", "Çağla Şahin Őrsi", "Уважаемый господин", "نرگس محمدی", "محمد علي"]
)
def test_the_letters_of_our_languages_have_faces_of_our_own(words: str) -> None:
    made = typeset("letter", a_letter(letter=[words]))
    ours = {"Commissioner", "Vazirmatn", "Paper"}
    assert all(any(one in face for one in ours) for face in faces_of(made)), faces_of(made)
    assert {file.suffix for file in FACES.iterdir()} == {".ttf", ".otf", ".txt"}, (
        "the faces stand beside their licences"
    )
