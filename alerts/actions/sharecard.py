"""The picture by which a case is passed on in networks: drawn by us, from what its page shows and nothing else."""

from __future__ import annotations

import hashlib
import io
from dataclasses import astuple, dataclass

from PIL import Image, ImageDraw, ImageOps

from alerts.core.lettering import Style, lines, width, write

SIZE = (1200, 630)
"""Pixels, as the networks show it (Open Graph, 1.91 to 1)."""
_DRAWING = 1
"""Counts changes of the drawing, so that pictures of an earlier one are not taken for today's."""
_INK, _PAPER, _QUIET, _ACT, _ON_ACT, _WASH, _EDGE = (
    "#14171a", "#ffffff", "#b2b8bc", "#ff5c1a", "#160a04", "#2a3035", "#6b737a"
)  # fmt: skip
_PANEL = 462
_MARGIN = 64
_LARGEST, _SMALLEST, _MOST_LINES = 84, 38, 5
_LEADING = {"ltr": 1.08, "rtl": 1.4}


@dataclass(frozen=True)
class ShareCard:
    """What stands on it, in one language. `button`: what one can do, or `over`: why not any more.

    `portrait` names the picture that is drawn, so that another one makes another card.
    """

    language: str
    direction: str
    organisation: str
    number: str
    call: str
    button: str
    over: str
    portrait: str

    @property
    def digest(self) -> str:
        """The same for the same picture, and for no other."""
        said = "\x1f".join((str(_DRAWING), *astuple(self)))
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def drawn(card: ShareCard, portrait: bytes | None) -> bytes:
    """The card as JPEG; `portrait` (WebP) stands on it, or a silhouette where there is none to show."""
    picture = Image.new("RGB", SIZE, _INK)
    draw = ImageDraw.Draw(picture)
    rtl = card.direction == "rtl"
    picture.paste(_panel(portrait), (0 if rtl else SIZE[0] - _PANEL, 0))
    begin = SIZE[0] - _MARGIN if rtl else _MARGIN
    _head(picture, draw, card, begin)
    _call(draw, card, begin)
    _foot(draw, card, begin)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86, optimize=True, progressive=True)
    return out.getvalue()


def _panel(portrait: bytes | None) -> Image.Image:
    size = (_PANEL, SIZE[1])
    if portrait is not None:
        with Image.open(io.BytesIO(portrait), formats=("WEBP",)) as opened:
            flat = Image.new("RGB", opened.size, _WASH)
            flat.paste(opened, mask=opened if opened.has_transparency_data else None)
        return ImageOps.fit(flat, size, Image.Resampling.LANCZOS, centering=(0.5, 0.2))
    large = Image.new("RGB", (size[0] * 2, size[1] * 2), _WASH)
    draw, middle, bottom = ImageDraw.Draw(large), size[0], size[1] * 2
    draw.ellipse((middle - 210, 300, middle + 210, 720), fill=_EDGE)
    draw.pieslice((middle - 410, bottom - 440, middle + 410, bottom + 440), 180, 360, fill=_EDGE)
    return large.resize(size, Image.Resampling.LANCZOS)


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


def _head(picture: Image.Image, draw: ImageDraw.ImageDraw, card: ShareCard, begin: int) -> None:
    mark, rtl = _mark(44), card.direction == "rtl"
    picture.paste(Image.new("RGB", mark.size, _PAPER), (begin - (44 if rtl else 0), 56), mark)
    write(draw, (begin + (-58 if rtl else 58), 88), card.organisation, Style(28, 700, card.direction), _PAPER)


def _call(draw: ImageDraw.ImageDraw, card: ShareCard, begin: int) -> None:
    """As large as it fits, in the middle between head and foot."""
    room = (SIZE[0] - _PANEL - 2 * _MARGIN + 16, 330)
    leading, top = _LEADING[card.direction], 128
    for size in range(_LARGEST, _SMALLEST - 1, -2):
        style = Style(size, 800, card.direction)
        set_ = lines(card.call, style, room[0])
        if len(set_) <= _MOST_LINES and len(set_) * size * leading <= room[1] and _fits(set_, style, room[0]):
            break
    set_ = _cut(set_, int(room[1] / (style.size * leading)))
    y = top + (room[1] - len(set_) * style.size * leading) / 2 + style.size * (leading + 0.62) / 2
    for line in set_:
        write(draw, (begin, y), line, style, _PAPER)
        y += style.size * leading


def _fits(set_: list[str], style: Style, widest: float) -> bool:
    return all(width(line, style) <= widest for line in set_)


def _cut(set_: list[str], most: int) -> list[str]:
    return set_ if len(set_) <= most else [*set_[: most - 1], f"{set_[most - 1]} …"]


def _foot(draw: ImageDraw.ImageDraw, card: ShareCard, begin: int) -> None:
    rtl, style, base = card.direction == "rtl", Style(30, 700, card.direction), 552
    at: float = begin
    if card.button:
        wide = width(card.button, style) + 56
        left = begin - wide if rtl else begin
        draw.rounded_rectangle((left, base - 48, left + wide, base + 24), radius=6, fill=_ACT)
        write(draw, (begin + (-28 if rtl else 28), base), card.button, style, _ON_ACT)
        at += -(wide + 28) if rtl else wide + 28
    said = card.number if not card.over else f"{card.number} · {card.over}"
    write(draw, (at, base), said, Style(26, 400, card.direction), _QUIET)
