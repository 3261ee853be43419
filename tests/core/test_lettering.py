"""Letters on pictures take a face that has them, and stand in the order in which they are read."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from alerts.core.lettering import ARABIC, CYRILLIC, EXTENDED, LATIN, Style, lines, runs, width, write


def seen(text: str, direction: str) -> list[str]:
    return [run.text for run in runs(text, direction)]


def test_each_script_takes_its_face() -> None:
    assert [run.face for run in runs("Erdoğan Мила", "ltr")] == [LATIN, EXTENDED, LATIN, CYRILLIC]
    assert {run.face for run in runs("از برتا", "rtl")} == {ARABIC, LATIN}


@pytest.mark.parametrize(
    ("text", "direction", "expected"),
    [
        ("Defend UA 3/26!", "ltr", ["Defend UA 3/26!"]),
        ("اقدام UA 3/26", "rtl", ["UA 3/26", " ", "اقدام"]),
        ("سازمان COPINH Now!", "rtl", ["!", "COPINH Now", " ", "سازمان"]),
        ("Read اقدام now", "ltr", ["Read ", "اقدام", " now"]),
        ("تا ۲۴ آذر", "rtl", ["آذر", " ", "۲۴", " ", "تا"]),
    ],
)
def test_a_line_of_two_directions_stands_as_it_is_read(text: str, direction: str, expected: list[str]) -> None:
    assert seen(text, direction) == expected


def test_letters_that_join_are_shaped() -> None:
    style = Style(60, 700, "rtl")
    assert width("ببب", style) < 3 * width("ب", style)


def test_lines_are_no_wider_than_asked_and_lose_no_word() -> None:
    style, text = Style(40, 800, "ltr"), "Protect the people who protect the river from those who would sell it"
    found = lines(text, style, 420)
    assert " ".join(found) == text
    assert len(found) > 2
    assert all(width(line, style) <= 420 for line in found)


@pytest.mark.parametrize(("direction", "text", "x"), [("ltr", "Defend", 20), ("rtl", "دفاع", 380)])
def test_text_stands_between_its_beginning_and_its_width(direction: str, text: str, x: int) -> None:
    picture, style = Image.new("L", (400, 100)), Style(40, 800, direction)
    write(ImageDraw.Draw(picture), (x, 60), text, style, "white")  # type: ignore[arg-type]
    left, _, right, _ = picture.getbbox() or (0, 0, 0, 0)
    expected = (x, x + width(text, style)) if direction == "ltr" else (x - width(text, style), x)
    assert expected[0] - 3 <= left < right <= expected[1] + 3
