"""Upkeep: what is due without anybody pressing anything. The clock asks every second; asking twice does no harm."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.audit import record
from alerts.mailings.claims import CORRECTED
from alerts.mailings.digests import end_overtaken_digests
from alerts.organisers import SYSTEM

_START = text("""
UPDATE mailings SET state = 'running', parked_until = NULL
WHERE (state = 'parked' AND parked_until <= clock_timestamp())
   OR (state = 'scheduled' AND starts_at <= clock_timestamp())
RETURNING id
""")
_END = text(f"""
UPDATE mailings m SET state = 'cancelled', ended_at = clock_timestamp(),
    trouble = CASE WHEN {CORRECTED} THEN 'Its words were corrected since. Launch it again: who has had it is left out.'
        WHEN u.state <> 'published' THEN 'The case is ' || replace(u.state, '_', ' ') || '.'
        ELSE 'The deadline of the case has passed.' END
FROM urgent_actions u WHERE u.id = m.urgent_action_id AND m.digest IS NULL AND m.state NOT IN ('cancelled', 'done')
    AND (u.state = 'withdrawn' OR {CORRECTED}
        OR (m.asks AND (u.state = 'closed' OR u.deadline <= clock_timestamp())))
RETURNING m.id, m.trouble
""")  # noqa: S608 - a constant of ours
_COMPLETE = """m.state = 'running' AND m.frozen_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM batches b WHERE b.mailing_id = m.id AND b.state <> 'done')"""
# Looked at again once the row is ours, by a statement of its own: a batch may just have been brought back to be tried
# again, and a statement that waited for the row would still see the batches as they were before.
_HOLD_COMPLETE = text(f"SELECT m.id FROM mailings m WHERE {_COMPLETE} FOR UPDATE OF m SKIP LOCKED")  # noqa: S608
_FINISH = text(
    "UPDATE mailings m SET state = 'done', ended_at = clock_timestamp(), trouble = NULL"  # noqa: S608
    f" WHERE m.id = ANY(:ids) AND {_COMPLETE} RETURNING m.id"
)


def end_overtaken(session: Session) -> list[UUID]:
    """Cancel mailings whose case has ended or whose deadline has passed; what had gone out stays on the ledger."""
    end_overtaken_digests(session)
    ended = session.execute(_END).all()
    for mailing_id, trouble in ended:
        record(session, SYSTEM, "mailing.cancelled", "mailing", mailing_id, why=trouble)
    return [mailing_id for mailing_id, _ in ended]


def start_due(session: Session) -> list[UUID]:
    """Set mailings going whose time has come, or whose provider was given time enough."""
    return [mailing_id for (mailing_id,) in session.execute(_START)]


def finish_complete(session: Session) -> list[UUID]:
    """End mailings that are frozen whole and have no batch left."""
    ids = session.execute(_HOLD_COMPLETE).scalars().all()
    finished = session.execute(_FINISH, {"ids": ids}).scalars().all() if ids else []
    for mailing_id in finished:
        record(session, SYSTEM, "mailing.done", "mailing", mailing_id)
    return list(finished)
