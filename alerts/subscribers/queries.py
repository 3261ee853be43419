"""Reading subscribers: how many there are, and what is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from alerts.core.addresses import address_hash
from alerts.core.errors import Unknown
from alerts.organisers import Actor, Permission, require
from alerts.subscribers.models import Consent, HowOften, Subscriber, SubscriberState
from alerts.suppression.models import Suppression


@dataclass(frozen=True)
class Numbers:
    """How many people are subscribed, by language too; how many left; how many addresses are suppressed."""

    active: int
    left: int
    suppressed: int
    languages: dict[str, int]


@dataclass(frozen=True)
class Person:
    """What is known of one address. `suppressed` is the reason it must not be mailed, if there is one.

    Without `countries`, `risks` or `topics` it is everything.
    """

    state: str
    email: str | None
    name: str | None
    language: str
    country: str | None
    time_zone: str | None
    how_often: str
    countries: list[str] | None
    risks: list[str] | None
    topics: list[str] | None
    joined_at: datetime
    left_at: datetime | None
    statement: str
    consent_given_by: str
    suppressed: str | None


def numbers(session: Session) -> Numbers:
    """The numbers of the moment; no personal data is in them."""
    query = select(Subscriber.state, Subscriber.language, func.count()).group_by(Subscriber.state, Subscriber.language)
    found = session.execute(query.order_by(func.count().desc(), Subscriber.language)).all()
    languages = {language: count for state, language, count in found if state == SubscriberState.ACTIVE}
    left = sum(count for state, _, count in found if state == SubscriberState.LEFT)
    suppressed = session.scalar(select(func.count()).select_from(Suppression)) or 0
    return Numbers(sum(languages.values()), left, suppressed, languages)


def gets(how_often: HowOften, since: datetime) -> ColumnElement[bool]:
    """Whether the subscriber of the surrounding query hears so often, or did until a moment after `since`."""
    owed = and_(Subscriber.owed_digest == how_often.value, Subscriber.owed_since > since)
    return or_(Subscriber.how_often == how_often.value, owed)


def how_many_get(session: Session, how_often: HowOften, since: datetime) -> int:
    """How many people get the next digest of this kind, if the last one was made at `since`."""
    query = select(func.count()).where(Subscriber.state == SubscriberState.ACTIVE.value, gets(how_often, since))
    return session.scalar(query) or 0


def person(session: Session, actor: Actor, email: str) -> Person:
    """What is known of the person with this address. Raises NotAllowed, or Unknown where nothing is."""
    require(actor, Permission.IMPORT)
    hashed = address_hash(email)
    query = (
        select(Subscriber, Consent, Suppression.reason)
        .join(Consent, Consent.id == Subscriber.consent_id)
        .outerjoin(Suppression, Suppression.address_hash == Subscriber.address_hash)
        .where(Subscriber.address_hash == hashed)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        reason = session.scalar(select(Suppression.reason).where(Suppression.address_hash == hashed))
        known = f" It is suppressed ({reason}): it is never mailed." if reason else ""
        raise Unknown(f"Nobody is subscribed with this address.{known}")
    who, consent, reason = found
    return Person(
        state=who.state,
        email=who.email,
        name=who.name,
        language=who.language,
        country=who.country,
        time_zone=who.time_zone,
        how_often=who.how_often,
        countries=who.countries,
        risks=who.risks,
        topics=who.topics,
        joined_at=who.joined_at,
        left_at=who.left_at,
        statement=consent.statement,
        consent_given_by=consent.how,
        suppressed=reason,
    )
