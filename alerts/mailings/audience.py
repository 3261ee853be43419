"""Who a mailing goes to, and who is left out and why; the same SQL counts beforehand and freezes afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    case,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from alerts.actions.models import Defender, UrgentAction
from alerts.mailings.models import Batch, Delivery, DigestCase, Mailing
from alerts.mailings.receipts import handed_over_or_unsure
from alerts.mailings.standing import ORDINARY, Standing
from alerts.participation.models import Participation, ParticipationState
from alerts.segments.rules import Rule
from alerts.subscribers.models import HowOften, Subscriber, SubscriberState
from alerts.suppression.models import Suppression

REASONS = {
    "suppressed": "address must not be mailed",
    "has_acted": "has acted on this case already",
    "gets_digest": "chose a digest instead of each alert",
    "nothing_new": "nothing in it is what they chose and have neither heard of nor done",
    "not_chosen": "chose to be told of other topics, countries or dangers",
    "has_received": "has received this bulletin already, or a digest with the case",
    "after_deadline": "their turn comes after the deadline of the case",
    "capped": "has had as many mails lately as the organisation allows",
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


@dataclass(frozen=True)
class Scope:
    """Whom a bulletin is for before any rule is asked, and who has it already.

    `earlier` are the bulletin's own mailings. A first bulletin is for everyone who has not acted; news (`told` is
    given) for those who acted on the case, or had a mail of one of the mailings in `told`. `country`, `risk` and
    `topics` are what the case is about; `in_digest`, whether some digest held it.
    """

    urgent_action_id: UUID
    earlier: Sequence[UUID] = ()
    told: Sequence[UUID] | None = None
    country: str = ""
    risk: str = ""
    topics: Sequence[str] = ()
    in_digest: bool = False

    def where(self) -> ColumnElement[bool]:
        """Whether the bulletin is for the subscriber of the surrounding query."""
        if self.told is None:
            return true()
        acted = acted_on(self.urgent_action_id)
        digest = _had_digest_with(self.urgent_action_id)
        return or_(acted, digest, had_one_of(self.told)) if self.told else or_(acted, digest)


def scope_of(
    session: Session, urgent_action_id: UUID, bulletin_id: UUID, *, news: bool, but: UUID | None = None
) -> Scope:
    """The scope of a bulletin as things stand, for a mailing of it (`but`) that is being frozen or yet to come."""
    earlier = earlier_mailings(session, bulletin_id, but=but)
    if not news:
        about = select(Defender.country, UrgentAction.risk, UrgentAction.topics)
        about = about.join(UrgentAction, UrgentAction.defender_id == Defender.id)
        country, risk, topics = session.execute(about.where(UrgentAction.id == urgent_action_id)).one()
        in_digest = session.scalar(select(DigestCase.mailing_id).filter_by(urgent_action_id=urgent_action_id).limit(1))
        return Scope(urgent_action_id, earlier, None, country, risk, topics, in_digest is not None)
    others = select(Mailing.id).where(
        Mailing.urgent_action_id == urgent_action_id, Mailing.bulletin_id != bulletin_id, Mailing.digest.is_(None)
    )
    return Scope(urgent_action_id, earlier, tuple(session.scalars(others)))


def preview(
    session: Session,
    *,
    scope: Scope,
    rule: Rule,
    languages: tuple[str, ...],
    main: str,
    standing: Standing = ORDINARY,
    newcomers: bool = False,
) -> Audience:
    """Count an audience without freezing it; people may join and leave until the launch."""
    people = candidates(scope, rule, languages, main, standing=standing, newcomers=newcomers).subquery()
    query = select(people.c.reason, people.c.content_language, func.count()).group_by(
        people.c.reason, people.c.content_language
    )
    by_language: dict[str, int] = {}
    excluded: dict[str, int] = {}
    for reason, language, count in session.execute(query):
        group, key = (by_language, language) if reason is None else (excluded, reason)
        group[key] = group.get(key, 0) + count
    return Audience(dict(sorted(by_language.items())), dict(sorted(excluded.items())))


def earlier_mailings(session: Session, bulletin_id: UUID, *, but: UUID | None = None) -> list[UUID]:
    """The mailings of a bulletin, without the one that is being frozen."""
    query = select(Mailing.id).filter_by(bulletin_id=bulletin_id, digest=None)
    return [id for id in session.scalars(query) if id != but]


def candidates(
    scope: Scope,
    rule: Rule,
    languages: tuple[str, ...],
    main: str,
    *,
    standing: Standing = ORDINARY,
    newcomers: bool = False,
) -> Select[*tuple[Any, ...]]:
    """Active subscribers in scope under the rule: id, why left out (null: not), and the language of their mail.

    Receivers of the bulletin's earlier mailings are left out, with `newcomers` everyone in their audiences, whatever
    became of their mail. Where the plan goes by zones, `wave` is theirs.
    """
    had = standing.had()
    reasons = [*_reasons(scope, newcomers=newcomers), *standing.reasons(had)]
    query = select(
        Subscriber.id,
        case(*reasons, else_=null()).label("reason"),
        case((Subscriber.language.in_(languages), Subscriber.language), else_=literal(main)).label("content_language"),
    ).where(Subscriber.state == SubscriberState.ACTIVE.value, rule.where(), scope.where())
    if had is not None:
        query = query.outerjoin_from(Subscriber, had, had.c.subscriber_id == Subscriber.id)
    return query if standing.waves is None else query.add_columns(standing.wave().label("wave"))


def _reasons(scope: Scope, *, newcomers: bool) -> list[tuple[ColumnElement[bool], ColumnElement[str]]]:
    reasons: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [(suppressed(), literal("suppressed"))]
    if scope.told is None:
        reasons.append((acted_on(scope.urgent_action_id), literal("has_acted")))
        reasons.append((Subscriber.how_often != HowOften.EACH.value, literal("gets_digest")))
        chose_others = not_(wanted(scope.country, scope.risk, scope.topics))
        reasons.append((chose_others, literal("not_chosen")))
    if scope.in_digest:
        reasons.append((_had_digest_with(scope.urgent_action_id), literal("has_received")))
    if scope.earlier:
        reasons.append((had_one_of(scope.earlier), literal("has_received")))
    if scope.earlier and newcomers:
        reasons.append((_in_one_of(scope.earlier, true()), literal("in_audience")))
    return reasons


def wanted(country: str, risk: str, topics: Sequence[str]) -> ColumnElement[bool]:
    """Whether the subscriber of the surrounding query asked for alerts about such a case (`Preferences.wants`)."""
    return and_(
        or_(Subscriber.countries.is_(None), literal(country) == any_(Subscriber.countries)),
        or_(Subscriber.risks.is_(None), literal(risk) == any_(Subscriber.risks)),
        or_(Subscriber.topics.is_(None), Subscriber.topics.bool_op("&&")(literal(list(topics), ARRAY(Text))))
        if topics
        else true(),
    )


def suppressed() -> ColumnElement[bool]:
    """Whether the subscriber of the surrounding query must not be mailed."""
    return exists().where(Suppression.address_hash == Subscriber.address_hash)


def had_one_of(mailings: Sequence[UUID]) -> ColumnElement[bool]:
    """Whether the subscriber of the surrounding query had mail of one of these, or may have."""
    return _in_one_of(mailings, handed_over_or_unsure())


def _had_digest_with(urgent_action_id: UUID) -> ColumnElement[bool]:
    """Whether the subscriber of the surrounding query had a digest in which this case was."""
    deliveries = (
        select(Delivery.id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .join(DigestCase, DigestCase.mailing_id == Delivery.mailing_id)
        .where(
            DigestCase.urgent_action_id == urgent_action_id,
            Delivery.subscriber_id == Subscriber.id,
            Batch.variant.op(">>")(DigestCase.place).op("&")(1) == 1,
            handed_over_or_unsure(),
        )
        .correlate(Subscriber)
        .offset(0)
    )
    return deliveries.exists()


def _in_one_of(mailings: Sequence[UUID], where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Looked up person by person: OFFSET keeps the planner from reading all of the mailings for every slice."""
    deliveries = (
        select(Delivery.id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.mailing_id.in_(mailings), Delivery.subscriber_id == Subscriber.id, where)
        .correlate(Subscriber)
        .offset(0)
    )
    return deliveries.exists()


def acted_on(urgent_action_id: UUID) -> ColumnElement[bool]:
    """Whether the subscriber of the surrounding query has acted on the case."""
    return exists().where(
        and_(
            Participation.urgent_action_id == urgent_action_id,
            Participation.person_hash == Subscriber.address_hash,
            Participation.state == ParticipationState.CONFIRMED.value,
        )
    )
