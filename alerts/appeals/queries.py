"""How a case's letters reach its target, and what became of one person's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.appeals.choosing import RENEWED
from alerts.appeals.models import AppealState, RelayState

_STANDING = text("""
SELECT coalesce(r.state, 'going'), r.since, r.words,
    (SELECT count(*) FROM appeals a WHERE a.urgent_action_id = u.id AND a.state = 'handed_over')
FROM urgent_actions u LEFT JOIN relays r ON r.target_id = u.target_id WHERE u.id = :case
""")
_BROUGHT = text(f"""
SELECT a.state, a.at FROM appeals a JOIN participations p ON p.id = a.participation_id
WHERE a.participation_id = :id AND NOT ({RENEWED})
""")  # noqa: S608 - put together from a constant of ours


@dataclass(frozen=True)
class Standing:
    """How letters go to a case's target now; `brought` letters were handed over. `words` are not for the public."""

    state: RelayState
    since: datetime | None
    words: str | None
    brought: int


@dataclass(frozen=True)
class Brought:
    """What became of one person's letter, and when (UTC)."""

    state: AppealState
    at: datetime

    @property
    def may_have_left(self) -> bool:
        """Whether it cannot be called back: it left, or nobody knows that it did not."""
        return self.state not in (AppealState.RETURNED, AppealState.KEPT_BACK)


def standing(session: Session, case_id: UUID) -> Standing:
    """How letters of a case go to its target. Raises NoResultFound where there is no such case."""
    state, since, words, brought = session.execute(_STANDING, {"case": case_id}).one()
    return Standing(RelayState(state), since, words, brought)


def brought(session: Session, participation_id: int) -> Brought | None:
    """What became of the letter of this act; None where it was not brought yet, or is none."""
    row = session.execute(_BROUGHT, {"id": participation_id}).first()
    return Brought(AppealState(row.state), row.at) if row else None
