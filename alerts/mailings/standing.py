"""What a mailing's plan means for its audience at this moment, as parts of the statements that count and freeze it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Subquery,
    TableValuedAlias,
    Text,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from alerts.actions.models import UrgentAction
from alerts.core import clock
from alerts.mailings.models import Batch, Delivery, Mailing
from alerts.mailings.plan import Plan
from alerts.mailings.planning import recent_mailings
from alerts.mailings.receipts import handed_over_or_unsure
from alerts.mailings.waves import Waves, waves_of
from alerts.subscribers.models import Subscriber


@dataclass(frozen=True)
class Standing:
    """Waves with those that would be too late, and the recent mailings of which nobody may have had `most` already.

    `whole`: all subscribers are looked at by one statement, not a slice of them.
    Without waves and recent mailings the statements are those of an ordinary mailing, and cost what these cost.
    """

    waves: Waves | None = None
    late: Sequence[int] = ()
    recent: Sequence[UUID] = ()
    most: int = 0
    whole: bool = False

    def wave(self) -> ColumnElement[int]:
        """The wave of the surrounding query's subscriber; a look into one value, so that no plan changes with it."""
        assert self.waves is not None
        known = json.dumps(dict(self.waves.by_zone))
        zones = select(cast(literal(known, Text), JSONB)).scalar_subquery()
        number = cast(zones.op("->>")(Subscriber.time_zone), Integer)
        return func.coalesce(number, literal(self.waves.rest, Integer))

    def spans(self) -> TableValuedAlias:
        """Each wave's start, next quiet hours and zone, to be joined to batches."""
        assert self.waves is not None
        waves = self.waves.waves
        instant = DateTime(timezone=True)
        return (
            _rows(
                (list(range(len(waves))), Integer),
                ([wave.start for wave in waves], instant),
                ([wave.quiet_from for wave in waves], instant),
                ([wave.zone for wave in waves], Text),
            )
            .table_valued(
                column("wave", Integer),
                column("start", instant),
                column("quiet_from", instant),
                column("zone", Text),
                name="spans",
            )
            .render_derived()
        )

    def had(self) -> Subquery | None:
        """Who has had their mails, to be joined to subscribers where all of them are looked at."""
        return _who_had(self.recent, self.most) if self.recent and self.whole else None

    def reasons(self, had: Subquery | None) -> list[tuple[ColumnElement[bool], ColumnElement[str]]]:
        """Why the plan leaves someone out."""
        found: list[tuple[ColumnElement[bool], ColumnElement[str]]] = []
        if self.late:
            found.append((self.wave().in_(list(self.late)), literal("after_deadline")))
        if self.recent:
            capped = _has_had(self.recent, self.most) if had is None else had.c.subscriber_id.is_not(None)
            found.append((capped, literal("capped")))
        return found


ORDINARY = Standing()


def standing_of(
    session: Session,
    plan: Plan,
    starts_at: datetime,
    deadline: datetime | None,
    *,
    but: UUID | None = None,
    whole: bool = False,
) -> Standing:
    """What the plan means now, for a mailing that begins at `starts_at`; `but` is that mailing, once there is one."""
    waves = waves_of(plan, starts_at, clock.now()) if plan.by_zone else None
    recent = recent_mailings(session, plan.cap.days, but=but) if plan.cap else []
    if plan.cap is None or len(recent) < plan.cap.mails:
        return Standing(waves, waves.late(deadline) if waves else ())
    return Standing(waves, waves.late(deadline) if waves else (), recent, plan.cap.mails, whole)


def standing_of_mailing(session: Session, mailing: Mailing) -> Standing:
    """What its plan means now for a mailing that is being frozen."""
    if not mailing.plan:
        return ORDINARY
    asked_until = select(UrgentAction.deadline).filter_by(id=mailing.urgent_action_id)
    deadline = session.scalar(asked_until) if mailing.asks else None
    return standing_of(session, Plan.from_json(mailing.plan), mailing.starts_at, deadline, but=mailing.id)


def _who_had(mailings: Sequence[UUID], most: int) -> Subquery:
    return (
        select(Delivery.subscriber_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.mailing_id.in_(mailings), handed_over_or_unsure())
        .group_by(Delivery.subscriber_id)
        .having(func.count() >= most)
        .subquery("had")
    )


def _has_had(mailings: Sequence[UUID], most: int) -> ColumnElement[bool]:
    """Looked up person by person in the key of deliveries, and no further than `most`."""
    deliveries = (
        select(Delivery.id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.mailing_id.in_(mailings), Delivery.subscriber_id == Subscriber.id, handed_over_or_unsure())
        .correlate(Subscriber)
        .offset(most - 1)
        .limit(1)
    )
    return deliveries.exists()


def _rows(*columns: tuple[list[Any], Any]) -> FunctionElement[Any]:
    return func.unnest(*(literal(values, ARRAY(kind)) for values, kind in columns))
