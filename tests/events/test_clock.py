"""The clock rings for posts that wait, settles what became unknown too late, and forgets what is over."""

from __future__ import annotations

from flask import Flask
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.events import inbox
from alerts.jobs.clock import tick
from tests.events.posts import report, rows
from tests.mailings.scenes import Launch, people
from tests.standins.sendgrid_events import an_event


def _tick(app: Flask) -> None:
    with app.app_context():
        tick(app)


def _bells(redis: Redis) -> list[str]:
    return [key.decode() for key in redis.scan_iter("bell:expand*")]


def test_a_lost_bell_is_rung_again_while_a_post_waits(session: Session, app: Flask, redis: Redis) -> None:
    _tick(app)
    assert _bells(redis) == []
    inbox.store(session, b"[]")
    session.commit()
    redis.flushdb()
    _tick(app)
    assert _bells(redis) == ["bell:expand:"]


def test_what_became_unknown_after_its_reports_is_settled(session: Session, app: Flask) -> None:
    people(session, 2)
    mailing = Launch(session)
    report(session, [an_event("processed", id) for (id,) in rows(session, "SELECT id FROM deliveries")])
    session.execute(text("UPDATE deliveries SET state = 'unknown'"))
    session.execute(text("UPDATE batches SET intent = size, settled = size, unknown = size, state = 'done'"))
    session.commit()
    _tick(app)
    assert mailing.ledger == {"handed_over": 2}


def test_what_was_kept_for_its_time_is_forgotten(session: Session, app: Flask) -> None:
    for table, columns in (
        ("odd_events (seen_at, why, names)", "now() - interval '8 days', 'no id', ''"),
        ("soft_bounces (address_hash, reference, at)", "sha256('x')::bytea, 'd1', now() - interval '31 days'"),
    ):
        session.execute(
            text(f"INSERT INTO {table} SELECT {columns}".replace("sha256('x')", "substr(sha256('x'), 1, 16)"))
        )
    session.commit()
    _tick(app)
    for table in ("odd_events", "soft_bounces"):
        assert rows(session, f"SELECT count(*) FROM {table}") == [(0,)], table
