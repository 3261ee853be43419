"""The quick part of the matrix: real processes, real faults, every mail counted. `make chaos` plays the whole of it."""

from __future__ import annotations

import pytest

from chaos.ground import Quarry
from chaos.scenes import SCENES
from chaos.servers import own_servers
from chaos.stage import Needs, Scene, run
from config import Settings

PEOPLE = 300
QUICK = [scene for scene in SCENES if scene.quick]


@pytest.fixture(scope="module")
def quarry(settings: Settings, worker_id: str) -> Quarry:
    """Grounds on the servers of this test run, with a name and a Redis of this process."""
    return Quarry(settings.database_url, settings.redis_url, people=PEOPLE, name=f"chaos_{worker_id}")


@pytest.mark.parametrize("scene", [pytest.param(scene, id=scene.name) for scene in QUICK])
def test_nobody_is_missing_and_no_more_twice_than_we_say(scene: Scene, quarry: Quarry) -> None:
    if scene.needs is Needs.SHARED:
        row = run(scene, quarry)
    else:
        with own_servers() as servers:
            row = run(scene, Quarry(servers.database.url, servers.bell.url, people=PEOPLE), servers)
    assert not row.broken
    assert row.count is not None
    assert row.count.audience == PEOPLE
