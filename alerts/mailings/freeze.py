"""Freezing: the audience becomes deliveries in batches, slice by slice, each slice one statement."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CTE, BigInteger, and_, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.db import lock, ring_after_commit
from alerts.mailings.audience import candidates
from alerts.mailings.content import languages_of
from alerts.mailings.launch import DELIVER
from alerts.mailings.models import Batch, Delivery, Exclusion, Mailing, MailingState
from alerts.segments.rules import Rule
from alerts.subscribers.models import Subscriber

SLICE = 10_000


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
    """One statement: read the slice, cut it into batches of one language, insert, count whom it leaves out."""
    languages, main = languages_of(session, mailing.id)
    people = (
        candidates(mailing.urgent_action_id, mailing.bulletin_id, Rule.from_json(mailing.rule), languages, main)
        .where(Subscriber.id > mailing.freeze_after)
        .order_by(Subscriber.id)
        .limit(slice_size)
        .cte("slice")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    statement = select(func.count(), func.max(people.c.id)).select_from(people)
    for part in (*_deliveries(mailing, people, batch_size), _left_out(mailing, people)):
        statement = statement.add_cte(part)
    count, last = session.execute(statement).one()
    return count, last


def _deliveries(mailing: Mailing, people: CTE, batch_size: int) -> tuple[CTE, CTE]:
    """Batches with ids given beforehand, and deliveries that name them."""
    language = people.c.content_language
    number = func.row_number().over(partition_by=language, order_by=people.c.id) - 1
    ranked = select(people.c.id, language, number.label("n")).where(people.c.reason.is_(None)).cte("ranked")
    part = func.floor(ranked.c.n / literal(batch_size, BigInteger))
    groups = (
        select(ranked.c.content_language, part.label("part"), func.count().label("size"))
        .group_by(ranked.c.content_language, part)
        .subquery()
    )
    next_id = func.nextval(func.pg_get_serial_sequence("batches", "id")).label("batch_id")
    cut = select(next_id, groups).cte("cut").prefix_with("MATERIALIZED", dialect="postgresql")
    batches = insert(Batch).from_select(
        ["id", "mailing_id", "language", "size", "not_before"],
        select(cut.c.batch_id, literal(mailing.id), cut.c.content_language, cut.c.size, func.now()),
        include_defaults=False,
    )
    deliveries = insert(Delivery).from_select(
        ["mailing_id", "subscriber_id", "batch_id", "position"],
        select(literal(mailing.id), ranked.c.id, cut.c.batch_id, ranked.c.n % batch_size)
        .join(
            cut,
            and_(
                cut.c.content_language == ranked.c.content_language,
                cut.c.part == part,
            ),
        )
        .order_by(cut.c.batch_id, ranked.c.n),
        include_defaults=False,
    )
    return batches.cte("new_batches"), deliveries.cte("new_deliveries")


def _left_out(mailing: Mailing, people: CTE) -> CTE:
    reason = people.c.reason
    counted = insert(Exclusion).from_select(
        ["mailing_id", "reason", "people"],
        select(literal(mailing.id), reason, func.count()).where(reason.is_not(None)).group_by(reason),
    )
    more = {"people": Exclusion.people + counted.excluded.people}
    return counted.on_conflict_do_update(index_elements=["mailing_id", "reason"], set_=more).cte("left_out")
