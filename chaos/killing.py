"""Scenes in which a process is killed at a named point."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chaos.points import POINTS
from chaos.providers import Way
from chaos.stage import Act, Scene

QUICK = {"mid-window, SMTP", "after the yes, SendGrid"}
TWICE = {"while recovering": {Way.SMTP: "after the yes, SMTP", Way.SENDGRID: "after the yes, SendGrid"}}
"""Points that only somebody's death leads to: where that one dies."""
SECOND_TRY = "while settling a second try"


def nobody_fails(act: Act) -> None:
    """The yardstick: nothing happens."""
    act.begin()
    act.mended()
    act.until_done()


def killed_at(point: str) -> Callable[[Act], None]:
    """Workers or clock that die at this point, once in all."""

    def play(act: Act) -> None:
        first = TWICE.get(point, {}).get(act.way)
        points = (first, point) if first else (point,)
        if POINTS[point].command == "clock":
            act.begin(clock_points=points)
        else:
            act.begin(*points)
        act.until_done()
        act.must(act.crew.kills == len(points), f"killed {act.crew.kills} times, not {len(points)}")

    return play


def _scenes() -> Iterator[Scene]:
    for way in Way:
        yield Scene("nowhere", "none", way, nobody_fails)
    for name, point in POINTS.items():
        for way in point.ways:
            if name != SECOND_TRY:
                short = name.partition(",")[0] if point.command == "worker" else name
                yield Scene(
                    short,
                    f"{point.command} killed",
                    way,
                    killed_at(name),
                    quick=name in QUICK,
                )


SCENES = tuple(_scenes())
