"""The audit log only grows, and shows it when somebody made it otherwise."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.audit import record
from alerts.audit.models import AuditEntry
from alerts.audit.service import first_broken_link, history
from alerts.organisers import SYSTEM


def written(session: Session, number: int) -> list[int]:
    for count in range(number):
        record(session, SYSTEM, "thing.done", "thing", count, count=count)
    return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))


def test_entries_follow_each_other_without_a_gap_and_are_whole(session: Session) -> None:
    ids = written(session, 5)
    assert ids == list(range(ids[0], ids[0] + 5))
    assert first_broken_link(session) is None
    assert [entry.action for entry in history(session, "thing", 3)] == ["thing.done"]


@pytest.mark.parametrize("change", ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_change_or_remove_an_entry(session: Session, change: str) -> None:
    written(session, 1)
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(text(change))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entries SET details = '{\"count\": 99}' WHERE id = :id",
        "UPDATE audit_entries SET at = at - interval '1 day' WHERE id = :id",
        "UPDATE audit_entries SET actor_id = gen_random_uuid() WHERE id = :id",
        "DELETE FROM audit_entries WHERE id = :id",
    ],
)
def test_whoever_gets_round_that_is_found_out(session: Session, change: str) -> None:
    second = written(session, 4)[1]
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_append_only"))
    session.execute(text(change), {"id": second})
    assert first_broken_link(session) in (second, second + 1)


def test_writers_at_the_same_moment_make_one_chain(committed: Session) -> None:
    engine = committed.get_bind()

    def write() -> None:
        for _ in range(5):
            with Session(engine) as session:
                record(session, SYSTEM, "thing.done", "thing", 1)
                session.commit()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(history(committed, "thing", 1)) == 20
    assert first_broken_link(committed) is None
