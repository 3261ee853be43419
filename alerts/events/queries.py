"""What was reported, for people who look after it: what waits, what is odd, what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock

COUNTED_DAYS = 7


@dataclass(frozen=True)
class Counted:
    """How often something was reported in the last days, by posts (`hook`) or returned mail (`mail`)."""

    by: str
    what: str
    times: int


@dataclass(frozen=True)
class Unreadable:
    """A post that nobody could read, kept for some days."""

    post: int
    received_at: datetime
    bytes: int
    trouble: str


@dataclass(frozen=True)
class OddOne:
    """An event that means nothing to us: why, its kind, and the names in it."""

    seen_at: datetime
    why: str
    kind: str | None
    names: str


@dataclass(frozen=True)
class Overview:
    """Everything at a glance; `since` is the first day (UTC) of the counts, `oldest_waiting` when it came."""

    waiting: int
    oldest_waiting: datetime | None
    since: date
    counts: list[Counted]
    unreadable: list[Unreadable]
    odd: list[OddOne]


_WAITING = text("SELECT count(*), min(received_at) FROM event_posts WHERE state = 'waiting'")
_COUNTS = text("""
SELECT by, what, CAST(sum(times) AS bigint) AS times FROM report_counts WHERE day >= :since
GROUP BY by, what ORDER BY by, times DESC, what
""")
_UNREADABLE = text("""
SELECT id, received_at, octet_length(body), trouble FROM event_posts WHERE state = 'unreadable'
ORDER BY id DESC LIMIT 20
""")
_ODD = text("SELECT seen_at, why, kind, names FROM odd_events ORDER BY id DESC LIMIT 20")


def overview(session: Session) -> Overview:
    """What was reported of late, newest first."""
    since = clock.now().date() - timedelta(days=COUNTED_DAYS - 1)
    waiting, oldest = session.execute(_WAITING).one()
    return Overview(
        waiting=waiting,
        oldest_waiting=oldest,
        since=since,
        counts=[Counted(*row) for row in session.execute(_COUNTS, {"since": since})],
        unreadable=[Unreadable(*row) for row in session.execute(_UNREADABLE)],
        odd=[OddOne(*row) for row in session.execute(_ODD)],
    )
