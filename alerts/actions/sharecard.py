"""The picture by which a case is passed on in networks: drawn by us, from what its page shows and nothing else."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from PIL import ImageDraw

from alerts.core.lettering import Style, width, write
from alerts.core.sharing import (
    ACT,
    LEADING,
    MARGIN,
    ON_ACT,
    PANEL,
    PAPER,
    QUIET,
    SIZE,
    as_large_as_fits,
    digest_of,
    fitted,
    ground,
    jpeg,
    put,
    silhouette,
)

_DRAWING = 1
"""Counts changes of the drawing, so that pictures of an earlier one are not taken for today's."""
_SIZES, _MOST_LINES = range(84, 37, -2), 5


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
        return digest_of((str(_DRAWING), *astuple(self)))


def drawn(card: ShareCard, portrait: bytes | None) -> bytes:
    """The card as JPEG; `portrait` (WebP) stands on it, or a silhouette where there is none to show."""
    picture, draw, begin = ground(card.direction, card.organisation)
    size = (PANEL, SIZE[1])
    panel = silhouette(size) if portrait is None else fitted(portrait, size)
    picture.paste(panel, (0 if card.direction == "rtl" else SIZE[0] - PANEL, 0))
    _call(draw, card, begin)
    _foot(draw, card, begin)
    return jpeg(picture)


def _call(draw: ImageDraw.ImageDraw, card: ShareCard, begin: int) -> None:
    """As large as it fits, in the middle between head and foot."""
    room, top = (SIZE[0] - PANEL - 2 * MARGIN + 16, 330), 128
    style, set_ = as_large_as_fits(card.call, room, _SIZES, weight=800, direction=card.direction, most=_MOST_LINES)
    high = len(set_) * style.size * LEADING[card.direction]
    put(draw, (begin, top + (room[1] - high) / 2), set_, style, PAPER)


def _foot(draw: ImageDraw.ImageDraw, card: ShareCard, begin: int) -> None:
    rtl, style, base = card.direction == "rtl", Style(30, 700, card.direction), 552
    at: float = begin
    if card.button:
        wide = width(card.button, style) + 56
        left = begin - wide if rtl else begin
        draw.rounded_rectangle((left, base - 48, left + wide, base + 24), radius=6, fill=ACT)
        write(draw, (begin + (-28 if rtl else 28), base), card.button, style, ON_ACT)
        at += -(wide + 28) if rtl else wide + 28
    said = card.number if not card.over else f"{card.number} · {card.over}"
    write(draw, (at, base), said, Style(26, 400, card.direction), QUIET)
