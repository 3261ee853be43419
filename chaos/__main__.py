"""`make chaos`: play the whole matrix and write docs/failures.md.

`make chaos SCENES="words"` plays the scenes that have these words, and puts their rows in the place of the last run's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from typing import assert_never

from chaos import report, taking_away
from chaos.ground import Quarry
from chaos.scenes import SCENES
from chaos.servers import NoSmallDisk, Servers, own_servers
from chaos.stage import Needs, Row, Scene, not_run, run

PEOPLE = 2_000
DISK, LANES = 400, 3
"""Megabytes of the disk that is filled; scenes that are played at once."""


def main(*words: str) -> int:
    """Play, print each row as it comes, keep what the whole matrix came to; 1 where a promise did not hold."""
    chosen = [scene for scene in SCENES if all(word in scene.name for word in words)]
    began = time.monotonic()
    with own_servers() as servers:
        rows = _in_lanes(servers, [scene for scene in chosen if scene.needs is Needs.SHARED])
        rows |= {scene: _played(scene, None) for scene in chosen if scene.needs is not Needs.SHARED}
        known = report.facts(PEOPLE, len(rows), time.monotonic() - began, servers.database.url)
    rows_of = {(row.point, row.fault, row.way): row for row in rows.values()}
    known["scenes at once"] = LANES
    if words:
        kept, before = report.newest()
        again = f"{len(rows)} scenes at {known['at']}, load {known['load']}"
        known = {**before, "played again": "; ".join(filter(None, (str(before.get("played again", "")), again)))}
        rows_of = {(row.point, row.fault, row.way): row for row in kept} | rows_of
    ordered = [rows_of[key] for scene in SCENES if (key := (scene.point, scene.fault, scene.way.value)) in rows_of]
    print(f"Kept in {report.write(ordered, known).name} and docs/failures.md")
    return int(any(row.broken for row in rows.values()))


def _in_lanes(servers: Servers, scenes: Sequence[Scene]) -> dict[Scene, Row]:
    """Scenes that take nothing away from each other, some at once: most of their time is waiting."""
    quarries: SimpleQueue[Quarry] = SimpleQueue()
    for lane in range(LANES):
        redis_url = servers.bell.url.removesuffix("/0") + f"/{lane + 1}"
        quarries.put(Quarry(servers.database.url, redis_url, people=PEOPLE, name=f"chaos{lane}"))

    def play(scene: Scene) -> Row:
        quarry = quarries.get()
        try:
            return _played(scene, quarry)
        finally:
            quarries.put(quarry)

    with ThreadPoolExecutor(LANES) as lanes:
        return dict(zip(scenes, lanes.map(play, scenes), strict=True))


def _played(scene: Scene, shared: Quarry | None) -> Row:
    try:
        row = _row(scene, shared)
    except Exception as error:  # noqa: BLE001 - the other scenes are to be played all the same
        row = replace(not_run(scene, "the scene itself failed"), broken=(f"{type(error).__name__}: {error}",))
    print(report.line(row), flush=True)
    return row


def _row(scene: Scene, shared: Quarry | None) -> Row:
    clock_library = taking_away.faketime()
    match scene.needs:
        case Needs.SHARED:
            assert shared is not None
            return run(scene, shared)
        case Needs.OWN:
            return _alone(scene)
        case Needs.SMALL_DISK:
            try:
                return _alone(scene, disk=DISK)
            except NoSmallDisk as error:
                return not_run(scene, f"no small disk here: {error}")
        case Needs.CLOCK if clock_library is None:
            return not_run(scene, "libfaketime is not installed here")
        case Needs.CLOCK:
            return _alone(scene, clock_library=clock_library)
    assert_never(scene.needs)


def _alone(scene: Scene, *, disk: int = 0, clock_library: str | None = None) -> Row:
    with own_servers(disk=disk, clock_library=clock_library) as servers:
        return run(scene, Quarry(servers.database.url, servers.bell.url, people=PEOPLE), servers)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
