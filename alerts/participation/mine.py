"""What one person did, on every case, for nobody but themselves: to read, to take away, to take back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, BulletinText, UrgentAction
from alerts.actions.queries import read_in
from alerts.actions.states import ActKind, CaseState
from alerts.actions.transitions import SHOWN
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.core.sheets import harmless
from alerts.participation.models import PageRequest, Participation, ParticipationState, ShownAs
from alerts.participation.service import withdraw, withdraw_all
from alerts.subscribers.models import Subscriber, SubscriberState
from alerts.subscribers.service import leave
from alerts.suppression.models import Reason

COLUMNS = (
    *("case", "call", "state", "kinds", "acted_at"),
    *("name", "email", "country", "town", "shown_as", "may_answer", "letter"),
)


@dataclass(frozen=True)
class MyAct:
    """One act as its owner sees it. `call` and `path_number` are empty where the case is not shown (any more)."""

    id: int
    number: str
    path_number: str
    call: str
    language: str
    open: bool
    state: ParticipationState
    kinds: tuple[ActKind, ...]
    acted_at: datetime
    name: str | None
    email: str | None
    country: str | None
    town: str | None
    shown_as: ShownAs
    may_answer: bool
    letter: str | None


@dataclass(frozen=True)
class Alerts:
    """What is kept of somebody who gets alerts."""

    email: str | None
    name: str | None
    language: str
    country: str | None
    joined_at: datetime
    countries: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    how_often: str = "each"


@dataclass(frozen=True)
class Mine:
    """All that is kept of one person: their acts, the newest first, and their subscription, where there is one."""

    acts: tuple[MyAct, ...]
    alerts: Alerts | None


def all_of(session: Session, person_hash: bytes, language: str) -> Mine:
    """What is kept of this person; acts that were taken back are gone. Calls are in `language` where they can be."""
    return Mine(tuple(_acts(session, person_hash, language)), _alerts(session, person_hash))


def is_known(session: Session, person_hash: bytes) -> bool:
    """Whether there is anything to show to this person."""
    found = all_of(session, person_hash, "en")
    return bool(found.acts or found.alerts)


def take_back(session: Session, person_hash: bytes, participation_id: int) -> None:
    """Withdraw one act of this person. Raises Unknown where it is not theirs."""
    query = select(Participation.id).where(
        Participation.id == participation_id, Participation.person_hash == person_hash
    )
    if session.scalar(query) is None:
        raise Unknown("There is no such act.")
    withdraw(session, participation_id)


def forget(session: Session, person_hash: bytes) -> None:
    """Wipe all that is kept of this person, and mail them no more; only the keyed hash stays, to hold to that."""
    withdraw_all(session, person_hash)
    session.query(PageRequest).filter_by(person_hash=person_hash).delete()
    leave(session, person_hash, Reason.ERASED)


def as_json(mine: Mine) -> str:
    """All of it, for machines."""
    acts = [dict(zip(COLUMNS, _values(act), strict=True)) for act in mine.acts]
    alerts = mine.alerts and {
        "email": mine.alerts.email,
        "name": mine.alerts.name,
        "language": mine.alerts.language,
        "country": mine.alerts.country,
        "since": mine.alerts.joined_at.isoformat(),
        "about_countries": list(mine.alerts.countries),
        "about_dangers": list(mine.alerts.risks),
        "about_topics": list(mine.alerts.topics),
        "how_often": mine.alerts.how_often,
    }
    return json.dumps({"acts": acts, "alerts": alerts}, ensure_ascii=False, indent=2) + "\n"


def as_csv(mine: Mine) -> str:
    """The acts as a table, which no program takes for formulas."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for act in mine.acts:
        table.writerow([harmless(str(_flat(value)), 10_000) for value in _values(act)])
    return out.getvalue()


def _acts(session: Session, person_hash: bytes, language: str) -> Iterator[MyAct]:
    query = (
        select(Participation, UrgentAction, BulletinText.call, BulletinText.language)
        .join(UrgentAction, UrgentAction.id == Participation.urgent_action_id)
        .join(Bulletin, and_(Bulletin.urgent_action_id == UrgentAction.id, Bulletin.number == 1))
        .join(
            BulletinText,
            and_(
                BulletinText.bulletin_id == Bulletin.id,
                read_in(language),
            ),
        )
        .where(Participation.person_hash == person_hash, Participation.state != ParticipationState.WITHDRAWN.value)
        .order_by(Participation.acted_at.desc(), Participation.id.desc())
    )
    for act, case, call, spoken in session.execute(query).tuples():
        shown = CaseState(case.state) in SHOWN
        yield MyAct(
            id=act.id,
            number=case.number,
            path_number=f"{case.sequence}-{case.year % 100:02d}" if shown else "",
            call=call if shown else "",
            language=spoken,
            open=case.state == CaseState.PUBLISHED and case.deadline is not None and case.deadline > clock.now(),
            state=ParticipationState(act.state),
            kinds=tuple(map(ActKind, act.kinds)),
            acted_at=act.acted_at,
            name=act.name,
            email=act.email,
            country=act.country,
            town=act.town,
            shown_as=ShownAs(act.shown_as),
            may_answer=act.may_answer,
            letter=act.letter,
        )


def _alerts(session: Session, person_hash: bytes) -> Alerts | None:
    query = select(
        Subscriber.email,
        Subscriber.name,
        Subscriber.language,
        Subscriber.country,
        Subscriber.joined_at,
        Subscriber.countries,
        Subscriber.risks,
        Subscriber.topics,
        Subscriber.how_often,
    ).where(Subscriber.address_hash == person_hash, Subscriber.state == SubscriberState.ACTIVE.value)
    row = session.execute(query).first()
    if row is None:
        return None
    email, name, language, country, joined_at, countries, risks, topics, how_often = row
    about = (tuple(countries or ()), tuple(risks or ()), tuple(topics or ()))
    return Alerts(email, name, language, country, joined_at, *about, how_often)


def _values(act: MyAct) -> list[object]:
    kinds = [kind.value for kind in act.kinds]
    at = act.acted_at.isoformat()
    person = [act.name, act.email, act.country, act.town, act.shown_as.value, act.may_answer, act.letter]
    return [act.number, act.call, act.state.value, kinds, at, *person]


def _flat(value: object) -> object:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else value
