"""`make chaos`: play the whole matrix and write docs/failures.md. `python -m chaos WORDS` plays what has them in it."""

from __future__ import annotations

import sys
import time
from typing import assert_never

from chaos import report, taking_away
from chaos.ground import Quarry
from chaos.scenes import SCENES
from chaos.servers import NoSmallDisk, own_servers
from chaos.stage import Needs, Row, Scene, not_run, run

PEOPLE = 2_000
DISK = 400
"""Megabytes of the disk that is filled."""


def main(*words: str) -> int:
    """Play, print each row as it comes, keep what the whole matrix came to; 1 where a promise did not hold."""
    chosen = [scene for scene in SCENES if all(word in scene.name for word in words)]
    began = time.monotonic()
    with own_servers() as servers:
        shared = Quarry(servers.database.url, servers.bell.url, people=PEOPLE)
        rows = [_played(scene, shared) for scene in chosen]
        known = report.facts(PEOPLE, len(rows), time.monotonic() - began, servers.database.url)
    if not words:
        print(f"Kept in {report.write(rows, known).name} and docs/failures.md")
    return int(any(row.broken for row in rows))


def _played(scene: Scene, shared: Quarry) -> Row:
    row = _row(scene, shared)
    print(report.line(row), flush=True)
    return row


def _row(scene: Scene, shared: Quarry) -> Row:
    clock_library = taking_away.faketime()
    match scene.needs:
        case Needs.SHARED:
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
