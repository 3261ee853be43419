"""Who a mailing goes to, and who is left out and why; the same SQL counts beforehand and freezes afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, null, or_, select
from sqlalchemy.orm import Session

from alerts.mailings.models import Batch, Delivery, Mailing
from alerts.participation.models import Participation, ParticipationState
from alerts.segments.rules import Rule
from alerts.subscribers.models import Subscriber, SubscriberState
from alerts.suppression.models import Suppression

REASONS = {
    "suppressed": "address must not be mailed",
    "has_acted": "has acted on this case already",
    "has_received": "has received this bulletin already",
    "in_audience": "was in an audience of this bulletin; the ledger there says what became of it",
}
"""Why someone in the rule's audience is left out at the freeze, and how that reads."""


@dataclass(frozen=True)
class Audience:
    """People by the language they will be written to in, and people left out by reason."""

    by_language: dict[str, int]
    excluded: dict[str, int]

    @property
    def people(self) -> int:
        """How many will be mailed, as things stand now."""
        return sum(self.by_language.values())


def preview(
    session: Session,
    *,
    urgent_action_id: UUID,
    bulletin_id: UUID,
    rule: Rule,
    languages: tuple[str, ...],
    main: str,
    newcomers: bool = False,
) -> Audience:
    """Count an audience without freezing it; people may join and leave until the launch."""
    people = candidates(urgent_action_id, bulletin_id, rule, languages, main, newcomers=newcomers).subquery()
    query = select(people.c.reason, people.c.content_language, func.count()).group_by(
        people.c.reason, people.c.content_language
    )
    by_language: dict[str, int] = {}
    excluded: dict[str, int] = {}
    for reason, language, count in session.execute(query):
        group, key = (by_language, language) if reason is None else (excluded, reason)
        group[key] = group.get(key, 0) + count
    return Audience(dict(sorted(by_language.items())), dict(sorted(excluded.items())))


def candidates(
    urgent_action_id: UUID,
    bulletin_id: UUID,
    rule: Rule,
    languages: tuple[str, ...],
    main: str,
    *,
    newcomers: bool = False,
) -> Select[int, str | None, str]:
    """Active subscribers under the rule: id, why left out (null: not), and the language of their mail.

    `newcomers`: who was in an audience of this bulletin before is left out, whatever became of their mail.
    """
    return select(
        Subscriber.id,
        _reason(urgent_action_id, bulletin_id, newcomers=newcomers).label("reason"),
        case((Subscriber.language.in_(languages), Subscriber.language), else_=literal(main)).label("content_language"),
    ).where(Subscriber.state == SubscriberState.ACTIVE.value, rule.where())


def _reason(urgent_action_id: UUID, bulletin_id: UUID, *, newcomers: bool) -> ColumnElement[str | None]:
    had_a_place = (
        exists()
        .where(Mailing.bulletin_id == bulletin_id)
        .where(Delivery.mailing_id == Mailing.id, Delivery.subscriber_id == Subscriber.id)
    )
    received = (
        exists()
        .where(Mailing.bulletin_id == bulletin_id)
        .where(Delivery.mailing_id == Mailing.id, Delivery.subscriber_id == Subscriber.id)
        .where(Batch.id == Delivery.batch_id, handed_over_or_unsure())
    )
    return case(
        (exists().where(Suppression.address_hash == Subscriber.address_hash), literal("suppressed")),
        (has_acted(urgent_action_id), literal("has_acted")),
        (received, literal("has_received")),
        *([(had_a_place, literal("in_audience"))] if newcomers else []),
        else_=null(),
    )


def handed_over_or_unsure() -> ColumnElement[bool]:
    """Whether the delivery of the surrounding query went out, or may have."""
    return or_(
        Delivery.state.in_(("handed_over", "handing_over", "unknown")),
        and_(Delivery.state.is_(None), Delivery.id < Batch.first_id + Batch.intent),
    )


def has_acted(urgent_action_id: UUID) -> ColumnElement[bool]:
    """Whether the subscriber of the surrounding query has acted on the case."""
    return exists().where(
        and_(
            Participation.urgent_action_id == urgent_action_id,
            Participation.person_hash == Subscriber.address_hash,
            Participation.state == ParticipationState.CONFIRMED.value,
        )
    )
