"""How cases ended: what became of the person, in the words of the bulletin that told it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from alerts.actions.models import Bulletin, BulletinText, UrgentAction
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
    own = aliased(BulletinText)
    wanted = select(own.language).where(own.bulletin_id == Bulletin.id, own.language == language).scalar_subquery()
    query = (
        select(UrgentAction.id, Bulletin.outcome, BulletinText.title, BulletinText.language)
        .distinct(UrgentAction.id)
        .join(Bulletin, Bulletin.urgent_action_id == UrgentAction.id)
        .join(BulletinText, BulletinText.bulletin_id == Bulletin.id)
        .where(
            UrgentAction.id.in_(case_ids),
            Bulletin.state == BulletinState.PUBLISHED.value,
            Bulletin.kind.in_(_ENDS),
            BulletinText.language == func.coalesce(wanted, UrgentAction.main_language),
        )
        .order_by(UrgentAction.id, Bulletin.number.desc())
    )
    return {
        id: Ending(Outcome(outcome) if outcome else None, title, spoken)
        for id, outcome, title, spoken in session.execute(query).tuples()
    }
