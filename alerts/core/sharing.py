"""What every picture for sharing is drawn with: one size, one set of colours, the mark, and our letters."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw, ImageOps

from alerts.core.lettering import Style, lines, width, write

SIZE = (1200, 630)
"""Pixels, as the networks show it (Open Graph, 1.91 to 1)."""
INK, PAPER, QUIET, ACT, ON_ACT = "#14171a", "#ffffff", "#b2b8bc", "#ff5c1a", "#160a04"
_WASH, _EDGE = "#2a3035", "#6b737a"
PANEL = 462
"""How wide the part is that holds portraits; it is at the end of the lines."""
MARGIN = 64
LEADING = {"ltr": 1.08, "rtl": 1.4}


def ground(direction: str, organisation: str) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    """An empty picture with the organisation's mark and name at its head, and where its lines begin."""
    picture = Image.new("RGB", SIZE, INK)
    draw, rtl = ImageDraw.Draw(picture), direction == "rtl"
    begin, mark = SIZE[0] - MARGIN if rtl else MARGIN, _mark(44)
    picture.paste(Image.new("RGB", mark.size, PAPER), (begin - (44 if rtl else 0), 56), mark)
    write(draw, (begin + (-58 if rtl else 58), 88), organisation, Style(28, 700, direction), PAPER)
    return picture, draw, begin


def digest_of(said: Iterable[str]) -> str:
    """The same for a picture on which the same stands, and for no other."""
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32]


def jpeg(picture: Image.Image) -> bytes:
    """The picture as it is sent."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86, optimize=True, progressive=True)
    return out.getvalue()


def fitted(portrait: bytes, size: tuple[int, int]) -> Image.Image:
    """A portrait (WebP), cut to this size around where its face is."""
    with Image.open(io.BytesIO(portrait), formats=("WEBP",)) as opened:
        flat = Image.new("RGB", opened.size, _WASH)
        flat.paste(opened, mask=opened if opened.has_transparency_data else None)
    return ImageOps.fit(flat, size, Image.Resampling.LANCZOS, centering=(0.5, 0.2))


def silhouette(size: tuple[int, int]) -> Image.Image:
    """What stands for somebody who is not to be seen."""
    large = Image.new("RGB", (size[0] * 2, size[1] * 2), _WASH)
    draw, middle, bottom = ImageDraw.Draw(large), size[0], size[1] * 2
    draw.ellipse((middle - 210, 300, middle + 210, 720), fill=_EDGE)
    draw.pieslice((middle - 410, bottom - 440, middle + 410, bottom + 440), 180, 360, fill=_EDGE)
    return large.resize(size, Image.Resampling.LANCZOS)


def as_large_as_fits(
    words: str, room: tuple[float, float], sizes: range, *, weight: int, direction: str, most: int
) -> tuple[Style, list[str]]:
    """The first of `sizes` in which the words fit, in `most` lines; cut with an ellipsis where none is small enough."""
    leading = LEADING[direction]
    for size in sizes:
        style = Style(size, weight, direction)
        set_ = lines(words, style, room[0])
        wide = max((width(line, style) for line in set_), default=0)
        if len(set_) <= most and len(set_) * size * leading <= room[1] and wide <= room[0]:
            break
    return style, _cut(set_, min(most, int(room[1] / (style.size * leading))))


def put(draw: ImageDraw.ImageDraw, at: tuple[float, float], set_: Sequence[str], style: Style, fill: str) -> float:
    """Write the lines from `at` (where they begin, their top) on; gives where they end."""
    x, top = at
    leading = style.size * LEADING[style.direction]
    for number, line in enumerate(set_):
        write(draw, (x, top + number * leading + (leading + style.size * 0.62) / 2), line, style, fill)
    return top + len(set_) * leading


def _cut(set_: list[str], most: int) -> list[str]:
    return set_ if len(set_) <= most else [*set_[: most - 1], f"{set_[most - 1]} …"]


def _mark(height: int) -> Image.Image:
    """The organisation's mark, white on nothing; drawn large and made smaller, for smooth edges."""
    scale = 16
    large = Image.new("L", (32 * scale, 32 * scale), 0)
    draw = ImageDraw.Draw(large)
    draw.arc(tuple(scale * n for n in (2, 2, 30, 30)), 180, 360, fill=255, width=4 * scale)
    for left in (2, 26):
        draw.rectangle((left * scale, 16 * scale, (left + 4) * scale, 31 * scale), fill=255)
    draw.ellipse(tuple(scale * n for n in (11.5, 11, 20.5, 20)), fill=255)
    draw.pieslice(tuple(scale * n for n in (9, 23, 23, 39)), 180, 360, fill=255)
    return large.resize((height, height), Image.Resampling.LANCZOS)
