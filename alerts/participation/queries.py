"""How many people acted, and what one of them is told of their act. Only confirmed acts count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import accumulate
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from alerts.actions.states import ActKind
from alerts.core.errors import Unknown
from alerts.participation.models import Participation, ParticipationState, ShownAs


@dataclass(frozen=True)
class DayTotal:
    """A day (UTC), and how many people had acted by its end."""

    day: date
    people: int


@dataclass(frozen=True)
class Receipt:
    """One person's act, as its owner may see it. `state` tells whether it waits, counts, or was withdrawn."""

    id: int
    case_id: UUID
    person_hash: bytes
    name: str | None
    email: str | None
    country: str | None
    language: str
    state: ParticipationState
    acted_at: datetime
    kinds: tuple[ActKind, ...] = (ActKind.SIGN,)
    letter: str | None = None
    town: str | None = None
    shown_as: ShownAs = ShownAs.FULL
    may_answer: bool = False


def receipt(session: Session, participation_id: int) -> Receipt:
    """The act with this id, in any state. Raises Unknown."""
    query = select(
        Participation.id,
        Participation.urgent_action_id,
        Participation.person_hash,
        Participation.name,
        Participation.email,
        Participation.country,
        Participation.language,
        Participation.state,
        Participation.acted_at,
        Participation.kinds,
        Participation.letter,
        Participation.town,
        Participation.shown_as,
        Participation.may_answer,
    ).where(Participation.id == participation_id)
    row = session.execute(query).first()
    if row is None:
        raise Unknown("There is no such act.")
    number, case_id, person_hash, name, email, country, language, state, acted_at, kinds, letter, *shown = row
    town, shown_as, may_answer = shown
    return Receipt(
        number,
        case_id,
        person_hash,
        name,
        email,
        country,
        language,
        state=ParticipationState(state),
        acted_at=acted_at,
        kinds=tuple(map(ActKind, kinds)),
        letter=letter,
        town=town,
        shown_as=ShownAs(shown_as),
        may_answer=may_answer,
    )


def count(session: Session, case_id: UUID) -> int:
    """How many people have acted on the case."""
    return counts(session, (case_id,)).get(case_id, 0)


def counts(session: Session, case_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many people have acted on each case; a case nobody acted on is left out."""
    if not case_ids:
        return {}
    return dict(session.execute(_counts(), {"cases": list(case_ids)}).all())


@cache
def _counts() -> Select[UUID, int]:
    of_them = Participation.urgent_action_id.in_(bindparam("cases", expanding=True))
    counted = select(Participation.urgent_action_id, func.count()).group_by(Participation.urgent_action_id)
    return counted.where(of_them, Participation.state == ParticipationState.CONFIRMED.value)


def by_day(session: Session, case_id: UUID) -> tuple[DayTotal, ...]:
    """How many people had acted on the case by the end of each day (UTC) on which somebody did, the first day first.

    Who withdrew is in no day's figure.
    """
    day = func.date(func.timezone("UTC", Participation.confirmed_at)).label("day")
    query = (
        select(day, func.count())
        .where(Participation.urgent_action_id == case_id, Participation.state == ParticipationState.CONFIRMED.value)
        .group_by(day)
        .order_by(day)
    )
    days = [(at, people) for at, people in session.execute(query) if at is not None]
    totals = accumulate(people for _, people in days)
    return tuple(DayTotal(at, total) for (at, _), total in zip(days, totals, strict=True))


def acted_on(session: Session, person_hash: bytes) -> frozenset[UUID]:
    """The cases this person has acted on."""
    query = select(Participation.urgent_action_id).where(
        Participation.person_hash == person_hash, Participation.state == ParticipationState.CONFIRMED.value
    )
    return frozenset(session.scalars(query))
