"""The inbox for posts: stored as they come, expanded by a worker, forgotten when done."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.db import ring_after_commit

EXPAND = "expand"
KEPT_APART = timedelta(days=7)
"""How long a post that nobody could read, and odd events, are kept to be looked at."""
KEPT_SEEN = timedelta(days=30)
"""How long an event's id is remembered. A provider repeats for a day, and a post is believed for minutes."""
KEPT_COUNTS = timedelta(days=400)

_STORE = text("INSERT INTO event_posts (received_at, body) VALUES (:at, :body)")
_WAITING = text("SELECT EXISTS (SELECT FROM event_posts WHERE state = 'waiting')")
_FORGET = (
    (text("DELETE FROM event_posts WHERE state = 'unreadable' AND received_at < :before"), KEPT_APART),
    (text("DELETE FROM odd_events WHERE seen_at < :before"), KEPT_APART),
    # Some at a time: after a large mailing there are millions, and the clock has other things to ring for.
    (
        text(
            "DELETE FROM provider_events WHERE event_id IN"
            " (SELECT event_id FROM provider_events WHERE seen_at < :before LIMIT 5000)"
        ),
        KEPT_SEEN,
    ),
    (text("DELETE FROM report_counts WHERE day < :before"), KEPT_COUNTS),
)
_RETRY = text("UPDATE event_posts SET state = 'waiting', trouble = NULL WHERE state = 'unreadable' RETURNING id")


def store(session: Session, body: bytes, *, at: datetime | None = None) -> None:
    """Keep a post that is known to be the provider's, and ring for a worker. Looks at nothing in it."""
    session.execute(_STORE, {"at": at or clock.now(), "body": body})
    ring_after_commit(session, EXPAND)


def waiting(session: Session) -> bool:
    """Whether any post waits for a worker."""
    return bool(session.scalar(_WAITING))


def retry_unreadable(session: Session) -> int:
    """Let what could not be read wait for a worker again, after something was mended; how many posts."""
    again = len(session.execute(_RETRY).all())
    if again:
        ring_after_commit(session, EXPAND)
    return again


def forget_old(session: Session) -> None:
    """Delete what has been kept for its time."""
    now = clock.now()
    for statement, kept in _FORGET:
        session.execute(statement, {"before": now - kept})
