"""Acting on a case: counted once per person, confirmed where we do not know them, and taken back without a trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import ActKind, CaseState
from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.db import ring_after_commit
from alerts.core.errors import Unknown
from alerts.participation.confirming import CONFIRM
from alerts.participation.errors import NoMoreNames
from alerts.participation.letters import one_line
from alerts.participation.models import ConfirmationState, Participation, ParticipationState, ShownAs

LONGEST_TOWN = 80
MAIL_AGAIN_AFTER = timedelta(minutes=10)
"""Whoever asks twice gets a second mail after this long, so that nobody's mailbox can be filled through the form."""


@dataclass(frozen=True)
class Person:
    """Who acts. `language` is the one they read in; name and country may be unknown."""

    person_hash: bytes
    email: str
    name: str | None
    country: str | None
    language: str


@dataclass(frozen=True)
class Doing:
    """What a person does, and the letter in their own words, where they wrote or changed one."""

    kind: ActKind = ActKind.SIGN
    letter: str | None = None


SIGNING = Doing()


def stranger(*, email: str, name: str, country: str, language: str) -> Person:
    """The person that a form names; `email` in its normal form."""
    return Person(address_hash(email), email, name, country, language)


_OPEN = "u.state = 'published' AND u.deadline > :now"
_OPEN_NOW = _OPEN.replace(":now", "%(now)s")


def acting_sql(people: str) -> str:
    """The statement that puts the names of `people` on letters: a query for whom, on what, how, in the columns' order.

    It gives the id of each new act and the delivery that brought it; who has acted already is left out.
    """
    return f"""
INSERT INTO participations (urgent_action_id, person_hash, delivery_id, name, email, country, language,
    state, acted_at, confirmed_at, confirmation, confirm_attempts, kinds, letter)
{people}
ON CONFLICT (urgent_action_id, person_hash) DO UPDATE SET
    delivery_id = excluded.delivery_id, name = excluded.name, email = excluded.email, country = excluded.country,
    language = excluded.language, state = 'confirmed', acted_at = excluded.acted_at,
    confirmed_at = excluded.confirmed_at, withdrawn_at = NULL, confirmation = 'not_needed',
    kinds = excluded.kinds, letter = excluded.letter, town = NULL, shown_as = 'full', may_answer = false
WHERE participations.state <> 'confirmed'
RETURNING id, delivery_id
"""


_ACT = acting_sql(f"""
SELECT u.id, %(person_hash)s, %(delivery_id)s, %(name)s, %(email)s, %(country)s, %(language)s,
    'confirmed', %(now)s, %(now)s, 'not_needed', 0, ARRAY[%(kind)s::text], %(letter)s
FROM urgent_actions u WHERE u.id = %(case_id)s AND {_OPEN_NOW}
""")  # noqa: S608 - the only part put in is the constant above
_ASK = text(f"""
INSERT INTO participations (urgent_action_id, person_hash, name, email, country, language,
    state, acted_at, confirmation, confirm_not_before, confirm_attempts, kinds, letter)
SELECT u.id, :person_hash, :name, :email, :country, :language, 'pending', :now, 'due', :now, 0, ARRAY[:kind], :letter
FROM urgent_actions u WHERE u.id = :case_id AND {_OPEN}
ON CONFLICT (urgent_action_id, person_hash) DO UPDATE SET
    delivery_id = NULL, name = excluded.name, email = excluded.email, country = excluded.country,
    language = excluded.language, state = 'pending', acted_at = excluded.acted_at, withdrawn_at = NULL,
    confirmation = 'due', confirm_attempts = 0, reminded_at = NULL,
    confirm_not_before = greatest(:now, participations.confirm_not_before + (:now - :mailed_before)),
    kinds = excluded.kinds, letter = excluded.letter, town = NULL, shown_as = 'full', may_answer = false
WHERE participations.state <> 'confirmed' AND participations.confirmation NOT IN ('due', 'handing_over')
    AND (participations.state = 'withdrawn' OR participations.confirm_not_before IS NULL
        OR participations.confirm_not_before < :mailed_before)
RETURNING id
""")  # noqa: S608 - the only part put in is the constant above
_CONFIRM = text(f"""
UPDATE participations p SET state = 'confirmed', confirmed_at = :now FROM urgent_actions u
WHERE p.id = :id AND p.state = 'pending' AND u.id = p.urgent_action_id AND {_OPEN}
""")  # noqa: S608 - the only part put in is the constant above
_ADD = text(f"""
UPDATE participations p SET letter = coalesce(:letter, p.letter),
    kinds = CASE WHEN :kind = ANY(p.kinds) THEN p.kinds ELSE p.kinds || :kind END
FROM urgent_actions u
WHERE p.id = :id AND p.state = 'confirmed' AND u.id = p.urgent_action_id AND {_OPEN}
    AND (p.letter IS DISTINCT FROM coalesce(:letter, p.letter) OR NOT :kind = ANY(p.kinds))
""")  # noqa: S608 - the only part put in is the constant above


def act(
    session: Session, case_id: UUID, person: Person, *, delivery_id: int | None = None, doing: Doing = SIGNING
) -> int:
    """Put the name of someone we know on the letter; the id of their act, the same one however often they press.

    Whoever acts in another way as well adds it to the same act, which counts once; a letter replaces theirs.
    Raises NoMoreNames where the case takes none now and this person had not acted before.
    """
    values = _values(case_id, person, doing) | {"delivery_id": delivery_id, "now": clock.now()}
    made = session.connection().exec_driver_sql(_ACT, values).first()
    if made is not None:
        return int(made[0])
    before = _confirmed_before(session, case_id, person)
    add_to(session, before, doing)
    return before


def add_to(session: Session, participation_id: int, doing: Doing) -> None:
    """Add what somebody did as well to their act, while the case takes acts; nothing where it is over."""
    values = {"id": participation_id, "kind": doing.kind.value, "letter": doing.letter, "now": clock.now()}
    session.execute(_ADD, values)


def ask_to_confirm(session: Session, case_id: UUID, person: Person, doing: Doing = SIGNING) -> None:
    """Keep the act of someone we do not know, not counted, until they confirm it by the mail that this has sent.

    Asking again changes nothing while a mail is on its way, nor where the person has acted: no caller can tell.
    Raises NoMoreNames.
    """
    now = clock.now()
    values = _values(case_id, person, doing) | {"now": now, "mailed_before": now - MAIL_AGAIN_AFTER}
    made: int | None = session.scalar(_ASK, values)
    if made is not None:
        ring_after_commit(session, CONFIRM, made)
    else:
        _refuse_where_closed(session, case_id)


def confirm(session: Session, participation_id: int) -> None:
    """Count an act whose mail was answered; twice is once.

    Raises NoMoreNames where the case takes none now, and Unknown where the act is gone or was withdrawn.
    """
    session.execute(_CONFIRM, {"id": participation_id, "now": clock.now()})
    query = select(Participation.state, Participation.urgent_action_id).where(Participation.id == participation_id)
    found = session.execute(query).first()
    if found is None or found.state == ParticipationState.WITHDRAWN:
        raise Unknown("There is no such act to confirm.")
    if found.state == ParticipationState.PENDING:
        raise NoMoreNames(found.urgent_action_id)


def withdraw(session: Session, participation_id: int) -> UUID:
    """Take an act back: all that was known of the person is wiped and it counts no more, whatever state the case is in.

    Gives the case's id; twice is once. Raises Unknown where there is no such act.
    """
    _wipe(session, Participation.id == participation_id)
    case_id = session.scalar(select(Participation.urgent_action_id).where(Participation.id == participation_id))
    if case_id is None:
        raise Unknown("There is no such act.")
    return case_id


def withdraw_all(session: Session, person_hash: bytes) -> None:
    """Take back all that a person did, on every case."""
    _wipe(session, Participation.person_hash == person_hash)


@dataclass(frozen=True)
class NameChoice:
    """How somebody's name is to go to the target: the town is shown beside initials only.

    `name` is theirs where none was known; one that is known stays. `may_answer`: the target is told their address.
    """

    shown_as: ShownAs
    town: str | None = None
    name: str | None = None
    may_answer: bool = False


def choose_name(session: Session, participation_id: int, choice: NameChoice) -> None:
    """Keep how the name of an act goes to the target. Nobody can answer who is only counted."""
    shown_as = choice.shown_as
    kept = (one_line(choice.town or "")[:LONGEST_TOWN] or None) if shown_as is ShownAs.INITIALS else None
    session.execute(
        update(Participation)
        .where(Participation.id == participation_id, Participation.state != ParticipationState.WITHDRAWN.value)
        .values(
            shown_as=shown_as.value,
            town=kept,
            name=func.coalesce(func.nullif(Participation.name, ""), choice.name or None),
            may_answer=choice.may_answer and shown_as is not ShownAs.COUNTED,
        )
    )


def _wipe(session: Session, whose: ColumnElement[bool]) -> None:
    known = ("name", "email", "country", "letter", "town", "delivery_id", "confirmed_at")
    session.execute(
        update(Participation)
        .where(whose, Participation.state != ParticipationState.WITHDRAWN.value)
        .values(
            state=ParticipationState.WITHDRAWN.value,
            withdrawn_at=clock.now(),
            confirmation=ConfirmationState.NOT_NEEDED.value,
            may_answer=False,
            **dict.fromkeys(known),
        )
    )


def _values(case_id: UUID, person: Person, doing: Doing) -> dict[str, object]:
    return {
        "kind": doing.kind.value,
        "letter": doing.letter,
        "case_id": case_id,
        "person_hash": person.person_hash,
        "name": person.name,
        "email": person.email,
        "country": person.country,
        "language": person.language,
    }


def _confirmed_before(session: Session, case_id: UUID, person: Person) -> int:
    query = select(Participation.id).where(
        Participation.urgent_action_id == case_id,
        Participation.person_hash == person.person_hash,
        Participation.state == ParticipationState.CONFIRMED.value,
    )
    found = session.scalar(query)
    if found is None:
        raise NoMoreNames(case_id)
    return found


def _refuse_where_closed(session: Session, case_id: UUID) -> None:
    query = select(UrgentAction.id).where(
        UrgentAction.id == case_id, UrgentAction.state == CaseState.PUBLISHED.value, UrgentAction.deadline > clock.now()
    )
    if session.scalar(query) is None:
        raise NoMoreNames(case_id)
