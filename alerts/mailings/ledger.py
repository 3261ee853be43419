"""The ledger: each delivery of a mailing, and what became of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.audit import record
from alerts.core.sheets import harmless
from alerts.organisers import Actor, Permission, require

PAGE = 5_000
STATES = ("waiting", "handing_over", "handed_over", "skipped", "refused", "deferred", "unknown", "cancelled")
LONGEST_CELL = 1_000


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One delivery. Name and address are None once the person has left; `at` is UTC."""

    delivery_id: int
    subscriber_id: int
    name: str | None
    email: str | None
    language: str
    state: str
    reason: str | None
    code: str | None
    provider_id: str | None
    at: datetime | None


_REASONS = text("""
SELECT state, coalesce(reason, '') AS reason, count(*) AS people FROM ledger WHERE mailing_id = :mailing
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 50
""")
_ROWS = text("""
SELECT l.delivery_id, l.subscriber_id, s.name, s.email, l.language, l.state, l.reason, l.code, l.provider_id, l.at
FROM ledger l JOIN subscribers s ON s.id = l.subscriber_id
WHERE l.mailing_id = :mailing AND l.delivery_id > :after AND (:state = '' OR l.state = :state)
ORDER BY l.delivery_id LIMIT :limit
""")


def rows(
    session: Session, mailing_id: UUID, *, state: str | None = None, after: int = 0, limit: int = 100
) -> list[LedgerRow]:
    """A page of the ledger: up to `limit` rows behind delivery `after`, those in `state` where one is named."""
    found = session.execute(_ROWS, {"mailing": mailing_id, "after": after, "state": state or "", "limit": limit})
    return [LedgerRow(*row) for row in found]


def reasons(session: Session, mailing_id: UUID) -> list[tuple[str, str, int]]:
    """How many deliveries are in each state for each reason (empty where none was given), most first."""
    found = session.execute(_REASONS, {"mailing": mailing_id})
    return [(state, reason, people) for state, reason, people in found]


def stream_csv(session: Session, actor: Actor, mailing_id: UUID, *, purpose: str) -> Iterator[str]:
    """The whole ledger as CSV, page by page; recorded with its purpose before the first line.

    Values that a spreadsheet would take for a formula get an apostrophe in front.
    """
    require(actor, Permission.SEE_LEDGER)
    record(session, actor, "ledger.exported", "mailing", mailing_id, purpose=purpose)
    return _csv(session, mailing_id)


def _csv(session: Session, mailing_id: UUID) -> Iterator[str]:
    yield ",".join(field.name for field in fields(LedgerRow)) + "\r\n"
    after = 0
    while page := rows(session, mailing_id, after=after, limit=PAGE):
        after = page[-1].delivery_id
        out = io.StringIO()
        csv.writer(out).writerows([_cell(value) for value in astuple(row)] for row in page)
        yield out.getvalue()


def _cell(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case str():
            return harmless(value, LONGEST_CELL)
    return value
