"""The picture by which a campaign is passed on in networks: its headline, its strap line, and faces of its gallery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from alerts.core.sharing import (
    ACT,
    LEADING,
    MARGIN,
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
)

MOST_FACES = 4
_DRAWING = 1
"""Counts changes of the drawing, so that pictures of an earlier one are not taken for today's."""
_GAP, _STROKE = 6, 8
_HEADLINES, _STRAP_LINES = range(82, 35, -2), range(32, 23, -2)


@dataclass(frozen=True)
class CampaignCard:
    """What stands on it, in one language. `portraits` name the pictures that are drawn: others make another card."""

    language: str
    direction: str
    organisation: str
    headline: str
    strap_line: str
    portraits: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The same for the same picture, and for no other."""
        words = (self.language, self.direction, self.organisation, self.headline, self.strap_line)
        return digest_of(("campaign", str(_DRAWING), *words, *self.portraits))


def drawn(card: CampaignCard, portraits: Sequence[bytes]) -> bytes:
    """The card as JPEG; `portraits` (WebP) stand on it, and without any the words have all of it."""
    picture, draw, begin = ground(card.direction, card.organisation)
    rtl, wide = card.direction == "rtl", SIZE[0] - 2 * MARGIN
    if portraits:
        picture.paste(_panel(portraits), (0 if rtl else SIZE[0] - PANEL, 0))
        wide -= PANEL - 16
    leading, rest = LEADING[card.direction], 440
    small, strap = as_large_as_fits(
        card.strap_line, (wide, 140), _STRAP_LINES, weight=400, direction=card.direction, most=4
    )
    room = rest - 60 - len(strap) * small.size * leading
    large, headline = as_large_as_fits(
        card.headline, (wide, room), _HEADLINES, weight=800, direction=card.direction, most=6
    )
    top = 136 + (room - len(headline) * large.size * leading) / 2
    end = put(draw, (begin, top), headline, large, PAPER)
    left = begin - 96 if rtl else begin
    draw.rectangle((left, end + 26, left + 96, end + 26 + _STROKE), fill=ACT)
    put(draw, (begin, end + 60), strap, small, QUIET)
    return jpeg(picture)


def _panel(portraits: Sequence[bytes]) -> Image.Image:
    """One to four faces: one whole, two above each other, three with the first above two, four in a square."""
    panel = Image.new("RGB", (PANEL, SIZE[1]), PAPER)
    rows = {1: (1,), 2: (1, 1), 3: (1, 2), 4: (2, 2)}[len(portraits)]
    high, left = (SIZE[1] - _GAP * (len(rows) - 1)) // len(rows), iter(portraits)
    for row, faces in enumerate(rows):
        wide = (PANEL - _GAP * (faces - 1)) // faces
        for place in range(faces):
            panel.paste(fitted(next(left), (wide, high)), (place * (wide + _GAP), row * (high + _GAP)))
    return panel
