"""How cases ended: what became of the person, in the words of the bulletin that told it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, BulletinText, UrgentAction
from alerts.actions.queries import read_in
from alerts.actions.states import BulletinKind, BulletinState, Outcome

_ENDS = (BulletinKind.STOP.value, BulletinKind.OUTCOME.value)


@dataclass(frozen=True)
class Ending:
    """What became of the person, where it is known, and what the bulletin that told it is called, in `language`."""

    outcome: Outcome | None
    title: str
    language: str


def endings(session: Session, language: str, case_ids: Collection[UUID]) -> dict[UUID, Ending]:
    """The last that was published of how each case ended; a case of which nothing was told is left out."""
    if not case_ids:
        return {}
    query = (
        select(UrgentAction.id, Bulletin.outcome, BulletinText.title, BulletinText.language)
        .distinct(UrgentAction.id)
        .join(Bulletin, Bulletin.urgent_action_id == UrgentAction.id)
        .join(BulletinText, BulletinText.bulletin_id == Bulletin.id)
        .where(
            UrgentAction.id.in_(case_ids),
            Bulletin.state == BulletinState.PUBLISHED.value,
            Bulletin.kind.in_(_ENDS),
            read_in(language),
        )
        .order_by(UrgentAction.id, Bulletin.number.desc())
    )
    return {
        id: Ending(Outcome(outcome) if outcome else None, title, spoken)
        for id, outcome, title, spoken in session.execute(query).tuples()
    }
