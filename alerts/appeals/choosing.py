"""Whose letter goes next: of open cases whose letters go by mail, from those who acted and were not brought yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.appeals.rules import DIGEST_EVERY, GRACE, HURRY, MOST_IN_DIGEST
from alerts.participation.models import ShownAs


@dataclass(frozen=True)
class Writer:
    """One person's act as the target may see it; `email` is to be told only where `may_answer`.

    `signed_at` (UTC) is when they pressed: what the case said then is what they signed.
    """

    id: int
    case_id: UUID
    person_hash: bytes
    name: str | None
    email: str | None
    country: str | None
    town: str | None
    shown_as: ShownAs
    may_answer: bool
    letter: str | None
    signed_at: datetime


OPEN = "u.state = 'published' AND u.deadline > :now"
RENEWED = "a.state = 'kept_back' AND (p.letter IS NOT NULL OR p.confirmed_at > a.at)"
"""Whether an act `p` has a letter after all, though that which was signed first was kept back (`a`)."""
NOT_BROUGHT = f"""p.state = 'confirmed'
    AND NOT EXISTS (SELECT FROM appeals a WHERE a.participation_id = p.id AND NOT ({RENEWED}))"""
NAMED = "p.shown_as <> 'counted' AND btrim(coalesce(p.name, '')) <> ''"
_COLUMNS = """p.id, p.urgent_action_id, p.person_hash, p.name, p.email, p.country, p.town, p.shown_as, p.may_answer,
    p.letter, p.confirmed_at"""
_RIPE = "(p.confirmed_at <= :ripe OR u.deadline <= :hurry)"

_NEXT = text(f"""
SELECT {_COLUMNS}
FROM urgent_actions u JOIN participations p ON p.urgent_action_id = u.id
WHERE u.target_id = :target AND u.appeals_by = 'relay' AND {OPEN} AND {NOT_BROUGHT} AND {NAMED} AND {_RIPE}
ORDER BY p.confirmed_at, p.id LIMIT 1
FOR UPDATE OF p SKIP LOCKED
""")  # noqa: S608 - put together from the constants above
_DIGEST_OF = text(f"""
SELECT u.id FROM urgent_actions u JOIN participations p ON p.urgent_action_id = u.id
WHERE u.target_id = :target AND u.appeals_by = 'digest' AND {OPEN} AND {NOT_BROUGHT}
    AND (p.confirmed_at <= :day_ago OR u.deadline <= :hurry)
ORDER BY p.confirmed_at LIMIT 1
""")  # noqa: S608 - put together from the constants above
_GATHERED = text(f"""
SELECT {_COLUMNS}
FROM urgent_actions u JOIN participations p ON p.urgent_action_id = u.id
WHERE u.id = :case AND {OPEN} AND {NOT_BROUGHT} AND {_RIPE}
ORDER BY p.confirmed_at, p.id LIMIT :most
FOR UPDATE OF p SKIP LOCKED
""")  # noqa: S608 - put together from the constants above
_TARGETS_DUE = text(f"""
SELECT DISTINCT u.target_id FROM urgent_actions u LEFT JOIN relays r ON r.target_id = u.target_id
WHERE u.appeals_by <> 'hand_in' AND u.target_id IS NOT NULL AND {OPEN}
    AND coalesce(r.state, 'going') = 'going' AND coalesce(r.next_at, '-infinity') <= :now
LIMIT :most
""")  # noqa: S608 - put together from the constants above


def targets_due(session: Session, now: datetime, most: int = 200) -> list[UUID]:
    """Targets of open cases that a letter may go to now, as far as the pace and the target are concerned."""
    return list(session.scalars(_TARGETS_DUE, {"now": now, "most": most}))


def next_letter(session: Session, target_id: UUID, now: datetime) -> Sequence[Writer]:
    """Whoever waited longest for their letter to go to this target, their act locked; nobody where none waits.

    Who is only counted, or gave no name, has no letter.
    """
    return _writers(session, _NEXT, _moments(now) | {"target": target_id})


def next_digest(session: Session, target_id: UUID, now: datetime) -> Sequence[Writer]:
    """All who wait for the next digest of one case to this target, their acts locked; nobody where none is due."""
    moments = {"target": target_id, "now": now, "day_ago": now - DIGEST_EVERY, "hurry": now + HURRY}
    case_id = session.scalar(_DIGEST_OF, moments)
    if case_id is None:
        return ()
    return _writers(session, _GATHERED, _moments(now) | {"case": case_id, "most": MOST_IN_DIGEST})


def _moments(now: datetime) -> dict[str, object]:
    return {"now": now, "ripe": now - GRACE, "hurry": now + HURRY}


def _writers(session: Session, query: object, values: dict[str, object]) -> Sequence[Writer]:
    rows = session.execute(query, values)  # type: ignore[call-overload]
    return [
        Writer(id, case_id, hash_, name, email, country, town, ShownAs(shown_as), may_answer, letter, signed_at)
        for id, case_id, hash_, name, email, country, town, shown_as, may_answer, letter, signed_at in rows
    ]
