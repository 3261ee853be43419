"""Freezing: the audience becomes deliveries in batches, slice by slice, each slice one statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, Sequence, and_, func, literal, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.db import lock_if_free, ring_after_commit
from alerts.mailings.audience import candidates, scope_of
from alerts.mailings.claims import FIRST_RANK
from alerts.mailings.content import languages_of
from alerts.mailings.digesting import BySets, digest_candidates
from alerts.mailings.launch import DELIVER
from alerts.mailings.models import Batch, Delivery, Exclusion, Mailing, MailingState
from alerts.mailings.splitting import HELD, Split, split_of
from alerts.mailings.standing import Standing, standing_of_mailing
from alerts.segments.rules import Rule
from alerts.subscribers.models import Subscriber

SLICE = 10_000
"""People looked at by one statement: no more than one block of `delivery_blocks` holds."""
FIRST_SLICE = 1_000
"""The first slice is small, so that the first mail is early."""

_BLOCKS = Sequence("delivery_blocks")


def freeze_next_slice(session: Session, mailing_id: UUID, *, batch_size: int, slice_size: int = SLICE) -> bool:
    """Freeze the next `slice_size` people; True while there are more for us to do.

    Nothing happens where the mailing is not running, or another worker is at it this moment. Safe to call again at any
    time, by any number of workers: the mailing's row is locked and remembers how far it got.
    """
    mailing = lock_if_free(session, Mailing, mailing_id)
    if mailing is None or mailing.frozen_at is not None or mailing.state != MailingState.RUNNING:
        return False
    size = min(slice_size, SLICE if mailing.freeze_after else FIRST_SLICE)
    count, last = _freeze(session, mailing, batch_size, size)
    mailing.freeze_after = last or mailing.freeze_after
    if count < size:
        mailing.frozen_at = clock.now()
    session.flush()
    ring_after_commit(session, DELIVER, "1")
    return mailing.frozen_at is None


def _freeze(session: Session, mailing: Mailing, batch_size: int, slice_size: int) -> tuple[int, int | None]:
    """One statement: read the slice, cut it into batches of one language, insert, count whom it leaves out."""
    standing = standing_of_mailing(session, mailing)
    chosen = (
        digest_candidates(session, mailing, standing) if mailing.digest else _candidates(session, mailing, standing)
    )
    people = (
        chosen.where(Subscriber.id > mailing.freeze_after)
        .order_by(Subscriber.id)
        .limit(slice_size)
        .cte("slice")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    statement = select(func.count(), func.max(people.c.id)).select_from(people)
    split = BySets() if mailing.digest else split_of(session, mailing)
    for part in (*_deliveries(mailing, people, batch_size, standing, split), _left_out(mailing, people)):
        statement = statement.add_cte(part)
    count, last = session.execute(statement).one()
    return count, last


def _candidates(session: Session, mailing: Mailing, standing: Standing) -> Select[*tuple[Any, ...]]:
    languages, main = languages_of(session, mailing.id)
    news = mailing.rank != FIRST_RANK
    scope = scope_of(session, mailing.urgent_action_id, mailing.bulletin_id, news=news, but=mailing.id)
    rule, follows = Rule.from_json(mailing.rule), mailing.follows_id is not None
    return candidates(scope, rule, languages, main, standing=standing, newcomers=follows)


def _deliveries(
    mailing: Mailing, people: CTE, batch_size: int, standing: Standing, split: Split | BySets | None
) -> tuple[CTE, CTE]:
    """Batches with ids given beforehand, each over a range of one block of delivery ids, and the deliveries in them."""
    alike = ["content_language", *(["wave"] if standing.waves else [])]
    kinds: list[ColumnElement[Any]] = [people.c[name] for name in alike]
    named: list[ColumnElement[Any]] = [*kinds]
    if split:
        alike.append("variant")
        kinds.append(split.variant(people))
        named.append(kinds[-1].label("variant"))
    number = func.row_number().over(partition_by=kinds, order_by=people.c.id) - 1
    place = func.row_number().over(order_by=(*kinds, people.c.id)) - 1
    chosen = select(people.c.id, *named, number.label("n"), place.label("place")).where(people.c.reason.is_(None))
    ranked = chosen.cte("ranked").prefix_with("MATERIALIZED", dialect="postgresql")
    part = func.div(ranked.c.n, literal(batch_size, BigInteger))
    groups = (
        select(
            *(ranked.c[name] for name in alike),
            part.label("part"),
            func.count().label("size"),
            func.min(ranked.c.place).label("at"),
        )
        .group_by(*(ranked.c[name] for name in alike), part)
        .subquery()
    )
    block = select(_BLOCKS.next_value().label("first")).cte("block").prefix_with("MATERIALIZED", dialect="postgresql")
    next_id = func.nextval(func.pg_get_serial_sequence("batches", "id")).label("batch_id")
    cut = (
        select(next_id, groups, (block.c.first + groups.c.at).label("first_id"), block.c.first)
        .join_from(groups, block, literal(True))
        .cte("cut")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    batches = _batches(mailing, cut, standing, split)
    deliveries = insert(Delivery).from_select(
        ["id", "mailing_id", "subscriber_id", "batch_id"],
        select(cut.c.first + ranked.c.place, literal(mailing.id), ranked.c.id, cut.c.batch_id)
        .join(cut, and_(*(cut.c[name] == ranked.c[name] for name in alike), cut.c.part == part))
        .order_by(ranked.c.place),
        include_defaults=False,
    )
    return batches.cte("new_batches"), deliveries.cte("new_deliveries")


def _batches(mailing: Mailing, cut: CTE, standing: Standing, split: Split | BySets | None) -> Insert:
    """The batches: ready from now on, from the start of their people's wave on, or once there is a winner."""
    columns = ["id", "mailing_id", "language", "first_id", "size", "not_before"]
    query = select(cut.c.batch_id, literal(mailing.id), cut.c.content_language, cut.c.first_id, cut.c.size)
    if split:
        columns[:0] = ["variant", "sampled"]
        sampled = cut.c.variant != HELD if split.sampling else literal(False)
        query = select(func.nullif(cut.c.variant, HELD), sampled, *query.selected_columns)
    if standing.waves is None:
        return insert(Batch).from_select(columns, query.add_columns(func.now()), include_defaults=False)
    spans = standing.spans()
    query = query.add_columns(spans.c.start, spans.c.quiet_from, spans.c.zone).join_from(
        cut, spans, spans.c.wave == cut.c.wave
    )
    return insert(Batch).from_select([*columns, "quiet_from", "time_zone"], query, include_defaults=False)


def _left_out(mailing: Mailing, people: CTE) -> CTE:
    reason = people.c.reason
    counted = insert(Exclusion).from_select(
        ["mailing_id", "reason", "people"],
        select(literal(mailing.id), reason, func.count()).where(reason.is_not(None)).group_by(reason),
    )
    more = {"people": Exclusion.people + counted.excluded.people}
    return counted.on_conflict_do_update(index_elements=["mailing_id", "reason"], set_=more).cte("left_out")
