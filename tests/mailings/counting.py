"""Counting rows against counters, as an auditor would."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.audit.service import history

_STRAY = text("""
SELECT b.id FROM batches b WHERE (b.refused, b.skipped, b.deferred, b.unknown, b.accepted) <> (
    SELECT count(*) FILTER (WHERE d.state = 'refused'), count(*) FILTER (WHERE d.state = 'skipped'),
        count(*) FILTER (WHERE d.state IN ('deferred', 'handing_over')), count(*) FILTER (WHERE d.state = 'unknown'),
        count(*) FILTER (WHERE d.state = 'handed_over' OR (d.state IS NULL AND d.id < b.first_id + b.settled))
    FROM deliveries d WHERE d.batch_id = b.id)
""")


def stray_batches(session: Session) -> list[int]:
    """The batches whose counters are not what their rows say."""
    return list(session.scalars(_STRAY))


def told(session: Session, mailing_id: UUID, action: str) -> list[dict[str, object]]:
    """What the log holds of this action on the mailing."""
    return [dict(entry.details) for entry in history(session, "mailing", mailing_id) if entry.action == action]
