"""Freezing: the audience becomes deliveries in batches, slice by slice, each slice one statement."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.db import lock, ring_after_commit
from alerts.mailings.audience import candidates
from alerts.mailings.content import languages_of
from alerts.mailings.launch import DELIVER
from alerts.mailings.models import Mailing, MailingState
from alerts.segments.rules import Rule
from alerts.subscribers.models import Subscriber

SLICE = 10_000

_FREEZE = """
WITH slice AS MATERIALIZED ({candidates}),
ranked AS (
    SELECT id, content_language, row_number() OVER (PARTITION BY content_language ORDER BY id) - 1 AS n
    FROM slice WHERE reason IS NULL
),
cut AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('batches', 'id')) AS batch_id, content_language, part, size
    FROM (SELECT content_language, n / :batch_size AS part, count(*) AS size FROM ranked GROUP BY 1, 2 ORDER BY 2, 1) parts
),
new_batches AS (
    INSERT INTO batches (id, mailing_id, language, size, not_before)
    SELECT batch_id, :mailing, content_language, size, now() FROM cut
),
new_deliveries AS (
    INSERT INTO deliveries (mailing_id, subscriber_id, batch_id, position)
    SELECT :mailing, r.id, c.batch_id, r.n % :batch_size
    FROM ranked r JOIN cut c ON c.content_language = r.content_language AND c.part = r.n / :batch_size
    ORDER BY c.batch_id, r.n
),
left_out AS (
    INSERT INTO mailing_exclusions AS e (mailing_id, reason, people)
    SELECT :mailing, reason, count(*) FROM slice WHERE reason IS NOT NULL GROUP BY reason
    ON CONFLICT (mailing_id, reason) DO UPDATE SET people = e.people + excluded.people
)
SELECT count(*), max(id) FROM slice
"""


def freeze_next_slice(session: Session, mailing_id: UUID, *, batch_size: int, slice_size: int = SLICE) -> bool:
    """Freeze the next `slice_size` people; True while there are more. A mailing that is not running freezes nothing.

    Safe to call again at any time, by any number of workers: the mailing's row is locked and remembers how far it got.
    """
    mailing = lock(session, Mailing, mailing_id)
    if mailing.frozen_at is not None or mailing.state != MailingState.RUNNING:
        return False
    count, last = _freeze(session, mailing, batch_size, slice_size)
    mailing.freeze_after = last or mailing.freeze_after
    if count < slice_size:
        mailing.frozen_at = clock.now()
    session.flush()
    ring_after_commit(session, DELIVER, mailing_id)
    return mailing.frozen_at is None


def _freeze(session: Session, mailing: Mailing, batch_size: int, slice_size: int) -> tuple[int, int | None]:
    languages, main = languages_of(session, mailing.id)
    query = (
        candidates(
            mailing.urgent_action_id, mailing.bulletin_id, Rule.from_json(mailing.rule), languages, main
        )
        .where(Subscriber.id > mailing.freeze_after)
        .order_by(Subscriber.id)
        .limit(slice_size)
    )
    compiled = query.compile(dialect=postgresql.dialect(paramstyle="named"), compile_kwargs={"render_postcompile": True})  # type: ignore[no-untyped-call]
    statement = text(_FREEZE.format(candidates=compiled.string))
    count, last = session.execute(
        statement, {**compiled.params, "mailing": mailing.id, "batch_size": batch_size}
    ).one()
    return count, last
