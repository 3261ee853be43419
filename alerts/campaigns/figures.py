"""Figures of the numbers block: what each says, how it changed, and the shapes it is drawn with. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import pi
from typing import Any
from urllib.parse import urlsplit

from alerts.campaigns.kinds import MOST_FIGURES

LARGEST = 10_000_000_000
EARLIEST, LATEST = 1900, 2200
_WHOLE = 100
BAR_HEIGHT = 160
"""Height of the taller bar of a pair, in the picture's own units."""
RADIUS = 60


@dataclass(frozen=True)
class Figure:
    """A figure of one year; `before` is that of the year before, where it is known.

    `share`: it is a share of a hundred, to be shown with a per-cent sign. `over`: it was counted as more than this.
    """

    value: int
    year: int
    before: int | None = None
    share: bool = False
    over: bool = False
    source: str = ""
    source_name: str = ""

    @property
    def change(self) -> int | None:
        """The change since the year before, in per cent, rounded; None where that year is unknown or had nothing."""
        if not self.before or self.share:
            return None
        return round((self.value - self.before) * 100 / self.before)


def to_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """The figures as they are kept."""
    return [asdict(figure) for figure in figures]


def from_json(kept: Sequence[Mapping[str, Any]]) -> tuple[Figure, ...]:
    """The figures that were kept."""
    return tuple(Figure(**one) for one in kept)


def figure_faults(figures: Sequence[Figure]) -> list[str]:
    """Everything wrong with the figures, in sentences that say which."""
    found = [f"There are {len(figures)} figures: keep to {MOST_FIGURES}."] if len(figures) > MOST_FIGURES else []
    for number, figure in enumerate(figures, 1):
        found += [f"Figure {number}: {fault}" for fault in _faults(figure)]
    return found


def _faults(figure: Figure) -> list[str]:
    found = []
    for value in (figure.value, figure.before or 0):
        if not 0 <= value <= LARGEST:
            found.append(f"{value} cannot be shown; write a whole number from 0 to {LARGEST:,}.")
        elif figure.share and value > _WHOLE:
            found.append(f"{value} is no share of a hundred; write 0 to 100.")
    if not EARLIEST <= figure.year <= LATEST:
        found.append(f"{figure.year} is no year; write it with four digits.")
    if not _is_link(figure.source):
        found.append("The source is no address of a page; write it whole, beginning with https://.")
    if not figure.source_name.strip() or len(figure.source_name) > 120:  # noqa: PLR2004 - as a name in wording.LIMITS
        found.append("The source has no name, or one of more than 120 characters; say who published it.")
    return found


def _is_link(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = not any(character.isspace() or character in '<>"' for character in address)
    return parts.scheme in ("https", "http") and "." in (parts.hostname or "") and plain and len(address) <= 500  # noqa: PLR2004


def bars(figure: Figure) -> tuple[int, int]:
    """The heights of the bars for the year before and the year; the taller one has BAR_HEIGHT."""
    before = figure.before or 0
    tallest = max(before, figure.value) or 1
    return round(before * BAR_HEIGHT / tallest), round(figure.value * BAR_HEIGHT / tallest)


def arc(figure: Figure) -> tuple[float, float]:
    """Dash and gap of a circle of RADIUS whose dash is the share."""
    around = 2 * pi * RADIUS
    dash = around * min(figure.value, _WHOLE) / _WHOLE
    return round(dash, 2), round(around - dash, 2)
