"""How many people had acted on a case, day by day: the geometry of the line, in units of a small picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.participation.queries import DayTotal

WIDTH, HEIGHT = 600, 160
FEWEST = 2
"""Days below which there is nothing to see over time."""
MOST_ROWS = 14


@dataclass(frozen=True)
class OverTime:
    """The `line` and the `area` under it, as points of an SVG of WIDTH by HEIGHT, and the `days` that they show.

    `rows` are the days for a table: all of them, or as many as people read, evenly chosen, with the first and the last.
    """

    line: str
    area: str
    days: tuple[DayTotal, ...]
    rows: tuple[DayTotal, ...]
    width: int = WIDTH
    height: int = HEIGHT


def over_time(days: Sequence[DayTotal]) -> OverTime | None:
    """The drawing, from a scale that begins at nobody; None where there are too few days.

    Between two days on which somebody acted the line stays level: it never says that people acted when they did not.
    """
    if len(days) < FEWEST:
        return None
    first, last, most = days[0].day, days[-1].day, days[-1].people
    span = (last - first).days + 1
    points = [(0, HEIGHT)]
    for total in days:
        left = round(WIDTH * (total.day - first).days / span)
        points += [(left, points[-1][1]), (left, round(HEIGHT * (1 - total.people / most)))]
    points.append((WIDTH, points[-1][1]))
    line = _written(points[2:])
    return OverTime(line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", tuple(days), _rows(days))


def _rows(days: Sequence[DayTotal]) -> tuple[DayTotal, ...]:
    if len(days) <= MOST_ROWS:
        return tuple(days)
    step = (len(days) - 1) / (MOST_ROWS - 1)
    return tuple(days[round(row * step)] for row in range(MOST_ROWS))


def _written(points: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{left},{top}" for left, top in points)
