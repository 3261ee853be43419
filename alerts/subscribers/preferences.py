"""Preferences: the language somebody is written to in, and which alerts they want. Nothing chosen is everything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import Risk, Topic
from alerts.core.countries import CODES
from alerts.core.errors import Unknown
from alerts.core.languages import LANGUAGES
from alerts.subscribers.models import HowOften, SignUp, Subscriber, SubscriberState


@dataclass(frozen=True)
class Preferences:
    """What a subscriber chose; no countries, risks or topics means all of them."""

    language: str
    countries: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    how_often: HowOften = HowOften.EACH
    topics: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing was chosen: each alert, whatever it is about."""
        return self.how_often is HowOften.EACH and not (self.countries or self.risks or self.topics)

    def cleaned(self) -> Preferences:
        """Only what exists, each once, in a settled order."""
        return Preferences(
            self.language if self.language in LANGUAGES else "en",
            tuple(sorted({code for code in self.countries if code in CODES})),
            tuple(risk.value for risk in Risk if risk.value in self.risks),
            self.how_often,
            tuple(topic.value for topic in Topic if topic.value in self.topics),
        )

    def wants(self, country: str, risk: str, topics: Collection[str] = ()) -> bool:
        """Whether they asked for an alert about a person in this country, in this danger, on these topics.

        Of a case whose topics nobody named, nobody is kept in the dark for theirs.
        """
        on_topic = not self.topics or not topics or not set(topics).isdisjoint(self.topics)
        return on_topic and (not self.countries or country in self.countries) and (not self.risks or risk in self.risks)


@dataclass(frozen=True)
class Standing:
    """A subscriber as their own page shows them; of whoever left, little more than their language is known."""

    name: str | None
    email: str
    joined_at: datetime
    chosen: Preferences
    country: str | None = None

    @property
    def left(self) -> bool:
        """Whether they are told of nothing any more: their address is wiped."""
        return not self.email


def standing_of(session: Session, address_hash: bytes) -> Standing | None:
    """Who this is and what they chose, or who it was, if they left; None where they never were a subscriber."""
    person = session.scalar(select(Subscriber).where(Subscriber.address_hash == address_hash))
    if person is None:
        return None
    return Standing(person.name, person.email or "", person.joined_at, kept_choices(person), person.country)


def is_subscriber(session: Session, address_hash: bytes) -> bool:
    """Whether this person is told of alerts."""
    query = select(Subscriber.id).where(
        Subscriber.address_hash == address_hash, Subscriber.state == SubscriberState.ACTIVE.value
    )
    return session.scalar(query) is not None


def kept_choices(row: Subscriber | SignUp) -> Preferences:
    """What stands in a row."""
    return Preferences(
        row.language,
        tuple(row.countries or ()),
        tuple(row.risks or ()),
        HowOften(row.how_often or HowOften.EACH),
        tuple(row.topics or ()),
    )


def choose(session: Session, address_hash: bytes, chosen: Preferences) -> None:
    """Keep what a subscriber chose, from the next launch on. Raises Unknown."""
    person, chosen = _person(session, address_hash), chosen.cleaned()
    person.language, person.how_often = chosen.language, chosen.how_often.value
    person.countries = _some(chosen.countries)
    person.risks = _some(chosen.risks) if len(chosen.risks) < len(Risk) else None
    person.topics = _some(chosen.topics) if len(chosen.topics) < len(Topic) else None
    session.flush()


def _some(values: Collection[str]) -> list[str] | None:
    return list(values) or None


def _person(session: Session, address_hash: bytes) -> Subscriber:
    found = session.scalar(
        select(Subscriber).where(
            Subscriber.address_hash == address_hash, Subscriber.state == SubscriberState.ACTIVE.value
        )
    )
    if found is None:
        raise Unknown("This person is no subscriber.")
    return found
