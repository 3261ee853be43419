"""How fast pages are beside a bare Flask page on the same server: a personal page, the press on it, the front page.

One worker each, so that generator and database have a core of their own; the yardstick is asked before and after.
`python -m bench.pages` measures this alone and keeps nothing.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus

from sqlalchemy import text

from alerts.core.tokens import Purpose, mint
from bench.load import Taken, asked, request
from bench.stage import Servers, a_stage, servers
from bench.website import answers, free_port
from tests.mailings.scenes import SITE, Launch
from tests.support.processes import ROOT, environment_of, running, wait_until

CONNECTIONS = 16
BURST = 1_000
LANGUAGES = ("en", "es", "fr", "ar", "fa", "ru")
FULL_LOAD = 0.6
_COUNTED = text("SELECT count(*) FROM participations WHERE state = 'confirmed' AND delivery_id <= :last")
FINISHES = 1.0
"""Seconds for processes to settle after they answered for the first time."""


@dataclass(frozen=True)
class Pages:
    """Answers a second, of us and of the bare page; milliseconds; people of the burst who were counted, and refused."""

    bare: float
    form: float
    press: float
    front: float
    form_p99: float
    burst_counted: int
    burst_refused: int
    burst_p99: float


def measure(running_: Servers, people: int = 20_000, seconds: float = 4) -> Pages:
    """Fill a database, launch an alert, and ask for its pages. Fails where any answer is not what it should be."""
    with (
        a_stage(running_, people, port=free_port()) as stage,
        stage.session() as session,
        a_bare_site(free_port()) as bare_port,
        running("web", environment_of(stage.settings), log=stage.folder / "pages.log"),
    ):
        Launch(session, languages=LANGUAGES, site=replace(SITE, batch_size=1000))
        deliveries = session.scalars(text("SELECT id FROM deliveries ORDER BY id")).all()
        session.rollback()
        links = [f"/a/{mint(Purpose.ACT, id)}" for id in deliveries]
        port = stage.settings.port
        wait_until(lambda: answers(port), what="the site to answer")
        time.sleep(FINISHES)
        found = _measured(port, bare_port, links, seconds)
        return replace(found, burst_counted=session.scalar(_COUNTED, {"last": deliveries[BURST - 1]}) or 0)


def _measured(port: int, bare_port: int, links: Sequence[str], seconds: float) -> Pages:
    forms = [request(link) for link in links]
    presses = [request(link, method="POST") for link in links]
    before = _full(bare_port, [request("/")], seconds / 2)
    form = _full(port, forms, seconds)
    front = _full(port, [request("/en/")], seconds)
    steady = _all(asked(port, forms, connections=64, seconds=seconds, rate=FULL_LOAD * form.per_second), HTTPStatus.OK)
    burst = asked(port, presses[:BURST], connections=BURST, seconds=1, rate=BURST)
    # Once: who presses again is looked at by the app, which is no press that counts.
    once = asked(port, presses[BURST:], connections=CONNECTIONS, seconds=seconds, once=True)
    press = _all(once, HTTPStatus.SEE_OTHER)
    after = _full(bare_port, [request("/")], seconds / 2)
    return Pages(
        bare=(before.per_second + after.per_second) / 2,
        form=form.per_second,
        press=press.per_second,
        front=front.per_second,
        form_p99=steady.percentile(0.99),
        burst_counted=0,
        burst_refused=BURST - burst.statuses[HTTPStatus.SEE_OTHER],
        burst_p99=burst.percentile(0.99),
    )


@contextmanager
def a_bare_site(port: int) -> Iterator[int]:
    """The yardstick, behind the server that `alerts web` has; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bare", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers(port), what="the bare page to answer")
        yield port
    finally:
        process.terminate()
        process.wait()


def _full(port: int, requests: Sequence[bytes], seconds: float) -> Taken:
    return _all(asked(port, requests, connections=CONNECTIONS, seconds=seconds), HTTPStatus.OK)


def _all(taken: Taken, status: HTTPStatus) -> Taken:
    assert set(taken.statuses) == {status}, f"answers should all be {status}: {taken.statuses}"
    return taken


def main() -> None:
    """Measure once, and say the figures."""
    with servers() as started:
        found = measure(started)
    for name, value in asdict(found).items():
        beside = f"  ({value / found.bare:.0%} of the bare page)" if name in ("form", "press", "front") else ""
        print(f"{name:>14} {value:10,.1f}{beside}", flush=True)


if __name__ == "__main__":
    main()
