"""How far a mailing is: one query over its batches, however large the audience."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.mailings.models import MailingState


@dataclass(frozen=True)
class Progress:
    """Where a mailing stands. Counts are people; `waiting` includes nobody who was left out at the freeze.

    `per_minute` is the mean since the first hand-over; `seconds_left` is None where nothing can be said.
    `waiting_for_hour` of those who wait do so for an hour on their own clock; `next_start` is when the first of them
    may be mailed.
    `waiting_for_winner` of them do so until a variant is chosen.
    `resent` are mails that may have arrived twice, because a worker vanished while the provider was answering.
    """

    mailing_id: UUID
    urgent_action_id: UUID
    number: str
    state: MailingState
    launched_at: datetime
    starts_at: datetime
    ended_at: datetime | None
    frozen: bool
    total: int
    handed_over: int
    skipped: int
    refused: int
    deferred: int
    unknown: int
    handing_over: int
    resent: int
    excluded: dict[str, int]
    skipped_reasons: dict[str, int]
    first_handed_over_at: datetime | None
    per_minute: float
    seconds_left: float | None
    trouble: str | None
    parked_until: datetime | None
    waiting_for_hour: int
    waiting_for_winner: int
    next_start: datetime | None
    digest: str | None = None

    @property
    def waiting(self) -> int:
        """People whose mail has not been tried yet; after a cancel, who will not get it."""
        settled = self.handed_over + self.skipped + self.refused + self.deferred + self.unknown
        return self.total - settled - self.handing_over


_PROGRESS = text("""
SELECT m.urgent_action_id, m.digest, m.state, CASE WHEN m.digest IS NULL
        THEN 'UA ' || u.sequence || '/' || lpad((u.year % 100)::text, 2, '0')
        ELSE initcap(m.digest) || ' digest of ' || to_char(m.launched_at AT TIME ZONE 'UTC', 'FMDD FMMonth YYYY')
        END AS number,
    m.launched_at, m.starts_at, m.ended_at, m.frozen_at IS NOT NULL AS frozen, m.first_handed_over_at, m.trouble,
    m.parked_until, coalesce(sum(b.size), 0) AS total, coalesce(sum(b.accepted), 0) AS handed_over,
    coalesce(sum(b.skipped), 0) AS skipped, coalesce(sum(b.refused), 0) AS refused,
    coalesce(sum(b.deferred), 0) AS deferred, coalesce(sum(b.unknown), 0) AS unknown,
    coalesce(sum(b.intent - b.settled) FILTER (WHERE b.settled < b.size), 0) AS handing_over,
    coalesce(sum(b.resent), 0) AS resent,
    coalesce(sum(b.size - b.settled) FILTER (WHERE b.settled < b.size AND b.not_before > clock_timestamp()), 0)
        AS waiting_for_hour,
    coalesce(sum(b.size) FILTER (WHERE b.variant IS NULL), 0) AS waiting_for_winner,
    min(b.not_before) FILTER (WHERE b.settled < b.size AND b.not_before > clock_timestamp()) AS next_start
FROM mailings m JOIN urgent_actions u ON u.id = m.urgent_action_id LEFT JOIN batches b ON b.mailing_id = m.id
WHERE m.id = :mailing GROUP BY m.id, u.id
""")
_EXCLUDED = text("SELECT reason, people FROM mailing_exclusions WHERE mailing_id = :mailing ORDER BY reason")
_SKIPPED = text("""
SELECT d.reason, count(*) AS people FROM deliveries d JOIN batches b ON b.id = d.batch_id
WHERE b.mailing_id = :mailing AND b.skipped > 0 AND d.state = 'skipped' GROUP BY d.reason ORDER BY d.reason
""")


def progress(session: Session, mailing_id: UUID) -> Progress:
    """How far the mailing is at this moment. Raises Unknown."""
    row = session.execute(_PROGRESS, {"mailing": mailing_id}).mappings().one_or_none()
    if row is None:
        raise Unknown("There is no mailing with this id.")
    excluded = _counts(session, _EXCLUDED, mailing_id)
    reasons = _counts(session, _SKIPPED, mailing_id)
    per_minute = _rate(row["handed_over"], row["first_handed_over_at"], row["ended_at"])
    left = row["total"] - sum(row[key] for key in ("handed_over", "skipped", "refused", "unknown"))
    state = MailingState(row["state"])
    held = row["waiting_for_hour"] or row["waiting_for_winner"]
    flowing = per_minute and row["frozen"] and state is MailingState.RUNNING and not held
    seconds = 60 * left / per_minute if flowing else None
    values = {key: value for key, value in row.items() if key != "state"}
    return Progress(
        mailing_id=mailing_id,
        state=state,
        excluded=excluded,
        skipped_reasons=reasons,
        per_minute=per_minute,
        seconds_left=seconds,
        **values,
    )


def _counts(session: Session, query: TextClause, mailing_id: UUID) -> dict[str, int]:
    return {row.reason: row.people for row in session.execute(query, {"mailing": mailing_id})}


def _rate(handed_over: int, first: datetime | None, ended: datetime | None) -> float:
    """Mails a minute since the first one; over at least a second, so that the first window is no record."""
    if first is None:
        return 0.0
    return 60 * handed_over / max(1.0, ((ended or clock.now()) - first).total_seconds())
