"""Several workers at once: each post is expanded by one, each fact counted once, and nobody waits in a circle."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.events import inbox
from alerts.events.expanding import expand_next
from alerts.mailings.recovery import LOST
from alerts.mailings.reports import Reports, reports_of
from tests.events.posts import counts, rows
from tests.mailings.scenes import Launch, people
from tests.standins.sendgrid_events import an_event
from tests.support.databases import engine_of

PEOPLE = 60
WORKERS = 4


def test_four_workers_count_each_fact_once(committed: Session, app: Flask) -> None:
    people(committed, PEOPLE)
    mailing = Launch(committed)
    committed.execute(text("UPDATE deliveries SET state = 'unknown', reason = :why"), {"why": LOST})
    committed.execute(text("UPDATE batches SET intent = size, settled = size, unknown = size, state = 'done'"))
    ids = [id for (id,) in rows(committed, "SELECT id FROM deliveries ORDER BY id")]
    kinds = ("processed", "delivered", "bounce")
    events = [an_event(kinds[n % 3], id) for n in range(9) for id in (ids if n % 2 else ids[::-1])]
    for start in range(0, len(events), 7):
        inbox.store(committed, json.dumps(events[start : start + 7] + events[:3]).encode())
    committed.commit()
    together = threading.Barrier(WORKERS)

    def work() -> None:
        with Session(engine_of(app)) as session:
            together.wait()
            while expand_next(session):
                session.commit()

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result()
    assert reports_of(committed, mailing.id) == Reports(delivered=PEOPLE, bounced=PEOPLE)
    assert mailing.ledger == {"refused": PEOPLE}
    assert rows(committed, "SELECT sum(accepted), sum(refused), sum(unknown), sum(settled) FROM batches") == [
        (0, PEOPLE, 0, PEOPLE)
    ]
    told = counts(committed)
    assert [told[kind] for kind in kinds] == [3 * PEOPLE] * 3
    assert told["settled: was unknown"] == PEOPLE
    assert rows(committed, "SELECT count(*) FROM suppressions") == [(PEOPLE,)]
    assert rows(committed, "SELECT count(*) FROM event_posts") == [(0,)]
