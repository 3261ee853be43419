"""Expanding posts: from bodies as they came to events that count once, some posts in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from alerts.core import clock, logs
from alerts.events.counts import count
from alerts.events.effects import act_on
from alerts.events.reading import Event, Odd, Read, Unreadable, read_post

log = logs.logger(__name__)

POSTS = 16
"""Posts in one transaction: of the largest, some twenty thousand events."""
MOST_ODD = 20
"""Odd events of one transaction that are kept to be looked at; all are counted."""


class _Post(NamedTuple):
    id: int
    received_at: datetime
    body: bytes


_CLAIM = text("""
SELECT id, received_at, body FROM event_posts WHERE state = 'waiting' ORDER BY id LIMIT :posts FOR UPDATE SKIP LOCKED
""")
_DONE = text("DELETE FROM event_posts WHERE id = ANY(:ids)")
_APART = text("UPDATE event_posts SET state = 'unreadable', trouble = :why WHERE id = :id")
_SEEN = text("""
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:events AS json))
        AS e (event_id text, about text, number bigint, kind text, at timestamptz)
), new AS (
    INSERT INTO provider_events (event_id, about, number, kind, at, seen_at)
    SELECT event_id, about, number, kind, at, :now FROM given ON CONFLICT (event_id) DO NOTHING RETURNING event_id
)
SELECT event_id FROM given EXCEPT ALL SELECT event_id FROM new
""")
_NAMES = ("event_id", "about", "number", "kind", "at")
_ODD = text("INSERT INTO odd_events (seen_at, why, kind, names) VALUES (:at, :why, :kind, :names)")


def expand_next(session: Session) -> bool:
    """Expand some posts that wait, in this transaction; False where none does.

    A post that nobody can read is kept apart, and the others go on. Posts that another worker holds are left to it.
    """
    posts = [_Post(*row) for row in session.execute(_CLAIM, {"posts": POSTS})]
    if not posts:
        return False
    try:
        with session.begin_nested():
            _expand(session, posts)
    except (DataError, IntegrityError) as error:
        # Something in one of them that reading should have caught: find out which, the others must not wait for it.
        log.error("events.refused_by_database", posts=len(posts), error=type(error.orig).__name__)
        for post in posts:
            _expand_alone(session, post)
    return True


def _expand_alone(session: Session, post: _Post) -> None:
    try:
        with session.begin_nested():
            _expand(session, [post])
    except (DataError, IntegrityError) as error:
        _keep_apart(session, post, f"The database refused it: {type(error.orig).__name__}.")


def _expand(session: Session, posts: Sequence[_Post]) -> None:
    read, done = Read(), []
    for post in posts:
        try:
            found = read_post(post.body, post.received_at)
        except Unreadable as error:
            _keep_apart(session, post, str(error))
            continue
        done.append(post.id)
        read.events += found.events
        read.odd += found.odd
        read.dropped += found.dropped
    new = _unseen(session, read.events)
    counts = act_on(session, new) + read.dropped
    counts.update(event.kind for event in new)
    counts.update(f"odd: {odd.why}" for odd in read.odd)
    counts["repeated"] += len(read.events) - len(new)
    _keep_odd(session, read.odd)
    count(session, "hook", counts)
    session.execute(_DONE, {"ids": done})


def _unseen(session: Session, events: Sequence[Event]) -> list[Event]:
    """Those that were never seen before, each once, now on record."""
    once = {event.event_id: event for event in events}
    if not once:
        return []
    # In the order of ids: two workers that record the same event wait for each other, never in a circle.
    wanted = [once[id] for id in sorted(once)]
    rows = orjson.dumps([dict(zip(_NAMES, event, strict=False)) for event in wanted]).decode()
    for (repeated,) in session.execute(_SEEN, {"events": rows, "now": clock.now()}):
        del once[repeated]
    return list(once.values())


def _keep_odd(session: Session, odd: Sequence[Odd]) -> None:
    if odd:
        log.warning("events.odd", events=len(odd), first=odd[0].why)
        rows = [{"at": clock.now(), **one._asdict()} for one in odd[:MOST_ODD]]
        session.execute(_ODD, rows)


def _keep_apart(session: Session, post: _Post, why: str) -> None:
    log.warning("events.unreadable", post=post.id, bytes=len(post.body), why=why)
    session.execute(_APART, {"id": post.id, "why": why})
    count(session, "hook", {"unreadable post": 1})
