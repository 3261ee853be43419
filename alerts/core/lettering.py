"""Letters on pictures: our own faces, one for each script, shaped and set in lines in either direction.

What browsers do by `unicode-range` is done here: each run of text takes the face that has its letters. Text of two
directions in one line is laid out as Unicode's bidirectional algorithm (UAX 9) does it for two levels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import bidirectional

from PIL import ImageDraw, ImageFont

FACES = Path(__file__).parent.parent.parent / "static" / "fonts"
LATIN, EXTENDED, CYRILLIC, ARABIC = (
    f"{name}.woff2"
    for name in ("commissioner-latin", "commissioner-latin-ext", "commissioner-cyrillic", "vazirmatn-arabic")
)
_RIGHT = {"R", "AL", "AN"}
_LEFT = {"L"}
_SHAPERS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    (ARABIC, ((0x600, 0x6FF), (0x200C, 0x200F), (0xFB50, 0xFBFF), (0xFE70, 0xFEFC))),
    (CYRILLIC, ((0x401, 0x45F), (0x490, 0x491), (0x2116, 0x2116))),
    (EXTENDED, ((0x100, 0x130), (0x132, 0x151), (0x154, 0x17F), (0x218, 0x21B), (0x1E80, 0x1E85), (0x1E9E, 0x1E9E))),
)


@dataclass(frozen=True)
class Style:
    """Size in pixels, weight (400 to 800), and the direction of the whole text, `ltr` or `rtl`."""

    size: int
    weight: int
    direction: str


@dataclass(frozen=True)
class Run:
    """Letters of one face and one direction."""

    text: str
    face: str
    direction: str


def runs(text: str, direction: str) -> tuple[Run, ...]:
    """The runs of one line, from left to right as they are seen."""
    levels = _directions(text, direction)
    stretches = [
        (way, "".join(letter for _, letter in group))
        for way, group in groupby(zip(levels, text, strict=True), lambda pair: pair[0])
    ]
    if direction == "rtl":
        stretches.reverse()
    seen: list[Run] = []
    for way, stretch in stretches:
        faced = [Run("".join(group), face, way) for face, group in groupby(stretch, _face)]
        seen += reversed(faced) if way == "rtl" else faced
    return tuple(seen)


def width(text: str, style: Style) -> float:
    """How wide the line is."""
    return sum(
        _font(run.face, style).getlength(run.text, direction=run.direction) for run in runs(text, style.direction)
    )


def lines(text: str, style: Style, widest: float) -> list[str]:
    """The text in lines that are no wider than this, as even as they can be; a longer word stands alone."""
    fewest = _filled(text.split(), style, widest)
    narrow, wide = widest * 0.5, widest
    for _ in range(6):
        middle = (narrow + wide) / 2
        if len(_filled(text.split(), style, middle)) <= len(fewest):
            wide = middle
        else:
            narrow = middle
    return _filled(text.split(), style, wide)


def write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, style: Style, fill: str) -> None:
    """Write one line; `at` is where it begins on its baseline: its left end, or its right one in `rtl`."""
    x, y = at
    if style.direction == "rtl":
        x -= width(text, style)
    for run in runs(text, style.direction):
        font = _font(run.face, style)
        draw.text((x, y), run.text, font=font, fill=fill, anchor="ls", direction=run.direction)
        x += font.getlength(run.text, direction=run.direction)


def _filled(words: Iterable[str], style: Style, widest: float) -> list[str]:
    found: list[str] = []
    for word in words:
        longer = f"{found[-1]} {word}" if found else word
        if found and width(longer, style) <= widest:
            found[-1] = longer
        else:
            found.append(word)
    return found


def _directions(text: str, direction: str) -> list[str]:
    """The direction of each letter; what has none goes with both its neighbours, or with the whole text."""
    ways = [_direction(letter) for letter in text]
    settled, before = [], direction
    for at, way in enumerate(ways):
        if way:
            before = way
            settled.append(way)
        else:
            after = next((later for later in ways[at:] if later), direction)
            settled.append(before if before == after else direction)
    return settled


def _direction(letter: str) -> str:
    kind = bidirectional(letter)
    if kind in _RIGHT or (kind == "EN" and _face(letter) == ARABIC):
        return "rtl"  # Persian digits: shaped with the words around them, which keeps their own order
    return "ltr" if kind in _LEFT or kind == "EN" else ""


def _face(letter: str) -> str:
    code = ord(letter)
    return next((face for face, spans in _SHAPERS if any(first <= code <= last for first, last in spans)), LATIN)


@lru_cache(maxsize=256)
def _font(face: str, style: Style) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(FACES / face), style.size, layout_engine=ImageFont.Layout.RAQM)
    font.set_variation_by_axes([style.weight])
    return font
