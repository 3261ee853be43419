"""Every script that people write their names in today has its letters, shaped and joined by a face of its own."""

from __future__ import annotations

import pytest

from alerts.papers.typeset import typeset
from tests.papers.reading import boxes, faces_of
from tests.papers.scripts import LIMITED, RECOMMENDED, TOO_NEW, WITHOUT, letters
from tests.papers.test_typeset import a_letter

LINE = 60
MOST = 600
"""Of scripts with more letters than this (Han, Hangul, Yi, Ethiopic) every so-manieth is set, the last with them."""


def lines(blocks: str) -> list[str]:
    found = [letter for letter in letters(blocks) if letter not in letters(TOO_NEW)]
    some = [*found[:: 1 + len(found) // MOST], found[-1]]
    return [" ".join(some[at : at + LINE]) for at in range(0, len(some), LINE)]


@pytest.mark.parametrize("script", [*RECOMMENDED, *LIMITED])
def test_no_letter_of_a_living_script_is_a_box(script: str) -> None:
    assert boxes(typeset("letter", a_letter(letter=lines((RECOMMENDED | LIMITED)[script])))) == 0


@pytest.mark.parametrize("script", WITHOUT)
def test_what_has_no_face_is_a_box_each_and_the_paper_is_made(script: str) -> None:
    unknown = letters(WITHOUT[script])
    assert boxes(typeset("letter", a_letter(letter=["Ana " + " ".join(unknown)]))) == len(unknown)


@pytest.mark.parametrize(
    ("name", "face"),
    [
        ("प्रियंका श्रीवास्तव", "Devanagari"),
        ("শ্রীমতী ঋতুপর্ণা চক্রবর্ত্তী", "Bengali"),
        ("ශ්‍රීමතී ක්‍රිෂාන්ති", "Sinhala"),
        ("ស្រីពៅ ព្រំវិចិត្រ", "Khmer"),
        ("မြတ်နိုးသူ ကျော်စွာအောင်", "Myanmar"),
        ("བསྟན་འཛིན་སྒྲོལ་མ", "Tibetan"),
        ("שָׁלוֹם בֶּן־דָּוִד", "Hebrew"),
        ("ᠪᠠᠲᠤᠬᠠᠨ", "Mongolian"),
        ("ڀٽائي ڄام ڳاڙهو", "NotoSansArabic"),
        ("نرگس محمدی", "Vazirmatn"),
        ("Ẹ̀gbọ́n", "NotoSans"),
        ("王小明 張麗華 𠮷野家 㛃", "CJKsc"),
        ("김민수 박지은", "CJKkr"),
    ],
)
def test_a_name_is_shaped_by_one_face_whole(name: str, face: str) -> None:
    made = typeset("letter", a_letter(address=[name], letter=[]))
    assert [one for one in sorted(faces_of(made)) if face not in one] in ([], ["CommissionerThin-Regular"]), (
        "spaces apart, all of it is of one face: letters of two do not join"
    )
    assert boxes(made) == 0


@pytest.mark.parametrize(
    "name", ["Zhang Wei 张伟 (Чжан)", "David דוד داود", "Ana 🌻 Núñez ❤️ 👩🏽‍⚖️ 🇺🇦", "★ Ọláńrewájú ♥", "A̷̡̛n̶͎̍a̸̧"]
)
def test_scripts_emoji_and_marks_stand_side_by_side(name: str) -> None:
    assert boxes(typeset("letter", a_letter(letter=[name]))) == 0
