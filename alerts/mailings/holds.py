"""Holds: what a provider asked of one worker is obeyed by all, on every machine, before their next window.

The row of a transport is the truth. The door (`claims.intend`) and the line (`working.in_line`) look at it in the
statements they run anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import logs, randomness
from alerts.mailings.backoff import wait_before

log = logs.logger(__name__)

NOT_HELD = """NOT EXISTS (SELECT FROM transports t WHERE t.key = :transport
        AND greatest(t.held_until, t.paced_until) > clock_timestamp())"""
"""Whether mail may go out by `:transport` at this moment."""

_TRIES = text("""
SELECT tries, coalesce(held_until > clock_timestamp(), false) AS held FROM transports WHERE key = :key FOR UPDATE
""")
_HOLD = text("""
INSERT INTO transports (key, held_until, words, tries)
VALUES (:key, clock_timestamp() + make_interval(secs => :wait), :words, :tries)
ON CONFLICT (key) DO UPDATE SET held_until = greatest(transports.held_until, excluded.held_until),
    words = excluded.words, tries = excluded.tries
RETURNING held_until
""")
_NEWS = text("""
SELECT NOT EXISTS (SELECT FROM transports WHERE key = :key AND first_handed_over_at IS NOT NULL
    AND NOT (tries > 0 AND coalesce(held_until <= clock_timestamp(), true)))
""")
_GOES_WELL = text("""
INSERT INTO transports AS t (key, first_handed_over_at) VALUES (:key, :at)
ON CONFLICT (key) DO UPDATE SET first_handed_over_at = coalesce(t.first_handed_over_at, excluded.first_handed_over_at),
    tries = CASE WHEN t.held_until > clock_timestamp() THEN t.tries ELSE 0 END,
    words = CASE WHEN t.held_until > clock_timestamp() THEN t.words END,
    held_until = CASE WHEN t.held_until > clock_timestamp() THEN t.held_until END
""")
_LIFT = text("UPDATE transports SET held_until = NULL, words = NULL WHERE held_until > clock_timestamp()")
_PACE = text("""
INSERT INTO transports AS t (key, paced_until) VALUES (:key, clock_timestamp() + make_interval(secs => :wait))
ON CONFLICT (key) DO UPDATE SET paced_until = greatest(t.paced_until, excluded.paced_until)
""")
_STANDING = text("""
SELECT CASE WHEN held_until > clock_timestamp() THEN held_until END, words,
    CASE WHEN paced_until > clock_timestamp() THEN paced_until END, first_handed_over_at
FROM transports WHERE key = :key
""")


@dataclass(frozen=True)
class Standing:
    """How a transport stands now; `held_until` and `paced_until` are None where they are over."""

    held_until: datetime | None = None
    words: str | None = None
    paced_until: datetime | None = None
    first_handed_over_at: datetime | None = None

    @property
    def first_day(self) -> date | None:
        """The day (UTC) on which it took the first mail of a mailing."""
        return self.first_handed_over_at.date() if self.first_handed_over_at else None


def standing(session: Session, key: str) -> Standing:
    """What is known of this transport."""
    row = session.execute(_STANDING, {"key": key}).one_or_none()
    return Standing(*row) if row else Standing()


_OPEN = text(f"SELECT {NOT_HELD}")


def is_open(session: Session, key: str) -> bool:
    """Whether mail may go out by this transport now: neither the provider nor our pace asks for patience."""
    return bool(session.scalar(_OPEN, {"transport": key}))


_SENT = text("""
SELECT coalesce(sum(mails), 0) FROM (
    SELECT sum(last - first) AS mails FROM windows WHERE at >= :since
    UNION ALL SELECT count(*) FROM deliveries WHERE state = 'handed_over' AND at >= :since
) handed_over
""")


def sent_since(session: Session, since: datetime) -> int:
    """Mails that went out since then, by whatever way; those who were skipped or put off are counted with them."""
    return int(session.scalar(_SENT, {"since": since}) or 0)


def hold(session: Session, key: str, words: str, *, asked: float | None) -> datetime:
    """Let nobody begin a window by this transport for a while; until when. `asked` seconds are kept to exactly.

    Workers who hear the same within one outage count as one try: it is the outage that grows the wait.
    """
    row = session.execute(_TRIES, {"key": key}).one_or_none()
    tries = (row.tries if row else 0) + (0 if row and row.held else 1)
    wait = wait_before(tries, randomness.jitter()) if asked is None else asked
    until: datetime = session.execute(_HOLD, {"key": key, "wait": wait, "words": words, "tries": tries}).scalar_one()
    log.warning("transport.held", transport=key, tries=tries, seconds=round(wait, 1))
    return until


def goes_well(session: Session, key: str, at: datetime) -> None:
    """Mail was taken: the wait of an outage that is over begins anew. A hold that is in force stays.

    It may be younger than the window that went well.
    """
    if session.scalar(_NEWS, {"key": key}):
        session.execute(_GOES_WELL, {"key": key, "at": at})


def lift(session: Session) -> None:
    """End what providers asked for, because a person wants to try now."""
    session.execute(_LIFT)


def pace(session: Session, key: str, wait: float) -> None:
    """Let nobody begin a window by this transport for so many seconds, because our own pace allows none before."""
    session.execute(_PACE, {"key": key, "wait": wait})
