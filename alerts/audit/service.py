"""Recording what was done, and checking that nothing in the record was changed since."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from alerts.audit.models import AuditEntry
from alerts.core import clock


class Who(Protocol):
    """Whoever acts: `id` is None for the system itself."""

    @property
    def id(self) -> UUID | None: ...
    @property
    def label(self) -> str: ...


def record(session: Session, actor: Who, action: str, subject_type: str, subject_id: object, **details: Any) -> None:
    """Write down that `actor` did `action` ("mailing.launched") to a subject; part of the caller's transaction.

    `details` must be JSON and hold no personal data of subscribers or supporters: the log is never erased.
    """
    session.add(
        AuditEntry(
            at=clock.now(),
            actor_id=actor.id,
            actor_label=actor.label,
            action=action,
            subject_type=subject_type,
            subject_id=str(subject_id),
            details=details,
        )
    )
    session.flush()


def history(session: Session, subject_type: str, subject_id: object) -> list[AuditEntry]:
    """Everything recorded about one subject, oldest first."""
    query = select(AuditEntry).filter_by(subject_type=subject_type, subject_id=str(subject_id)).order_by(AuditEntry.id)
    return list(session.scalars(query))


def first_broken_link(session: Session) -> int | None:
    """The id of the first entry whose seal does not fit its content or its predecessor; None where all is whole."""
    broken: int | None = session.scalar(
        text(
            "SELECT id FROM (SELECT e.*, lag(hash) OVER (ORDER BY id) AS expected FROM audit_entries e) chained"
            " WHERE previous_hash IS DISTINCT FROM expected"
            " OR hash IS DISTINCT FROM audit_seal(id, at, actor_id, action, subject_type, subject_id, details,"
            " previous_hash) ORDER BY id LIMIT 1"
        )
    )
    return broken
