"""What is read of later bulletins: by the world those that are published, by organisers all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.later import lacking
from alerts.actions.models import Bulletin, BulletinText, UrgentAction
from alerts.actions.queries import read_in
from alerts.actions.states import BulletinKind, BulletinState, Outcome
from alerts.actions.writing import Words, words_of
from alerts.core.errors import Unknown
from alerts.organisers import Actor, Permission, require
from alerts.organisers.models import Organiser


@dataclass(frozen=True)
class PublicBulletin:
    """One later bulletin in `language`: the reader's where it has a text, else the case's main one."""

    number: int
    kind: BulletinKind
    outcome: Outcome | None
    language: str
    title: str
    summary: str
    story: str
    published_at: datetime


@dataclass(frozen=True)
class LaterBulletin:
    """One later bulletin as organisers see it: what is `missing` for its readers, and whose `hands` wrote it."""

    id: UUID
    case_id: UUID
    case_number: str
    number: int
    kind: BulletinKind
    state: BulletinState
    outcome: Outcome | None
    main_language: str
    texts: Mapping[str, tuple[Words, int]]
    missing: tuple[str, ...]
    review_note: str | None
    author: str
    approved_by: str | None
    published_at: datetime | None
    hands: frozenset[UUID]

    @property
    def title(self) -> str:
        """Its title in the case's main language."""
        kept = self.texts.get(self.main_language)
        return kept[0].title if kept else ""


def published_news(session: Session, case_id: UUID, language: str) -> tuple[PublicBulletin, ...]:
    """The published later bulletins of a case, in their order."""
    query = (
        select(
            Bulletin.number,
            Bulletin.kind,
            Bulletin.outcome,
            BulletinText.language,
            BulletinText.title,
            BulletinText.summary,
            BulletinText.story,
            Bulletin.published_at,
        )
        .join(UrgentAction, UrgentAction.id == Bulletin.urgent_action_id)
        .join(BulletinText, BulletinText.bulletin_id == Bulletin.id)
        .where(
            Bulletin.urgent_action_id == case_id,
            Bulletin.state == BulletinState.PUBLISHED.value,
            read_in(language),
        )
        .order_by(Bulletin.number)
    )
    return tuple(
        PublicBulletin(
            row.number,
            BulletinKind(row.kind),
            Outcome(row.outcome) if row.outcome else None,
            row.language,
            row.title,
            row.summary,
            row.story,
            row.published_at,
        )
        for row in session.execute(query)
    )


def later_of(session: Session, actor: Actor, case_id: UUID) -> list[LaterBulletin]:
    """Every later bulletin of a case, the newest first."""
    require(actor, Permission.SEE)
    query = select(Bulletin.id).where(Bulletin.urgent_action_id == case_id, Bulletin.state.is_not(None))
    return [later_bulletin(session, actor, id) for id in session.scalars(query.order_by(Bulletin.number.desc()))]


_WAITS_FOR = {BulletinState.IN_REVIEW: Permission.REVIEW, BulletinState.APPROVED: Permission.PUBLISH}
"""Who brings a later bulletin on from where it stands."""


def waiting_for(session: Session, actor: Actor) -> list[LaterBulletin]:
    """Later bulletins that wait for something this organiser may do; nobody reviews what they wrote."""
    wanted = {state.value for state, needed in _WAITS_FOR.items() if actor.may(needed)}
    query = select(Bulletin.id).where(Bulletin.state.in_(wanted)).order_by(Bulletin.id)
    found = [later_bulletin(session, actor, id) for id in session.scalars(query)]
    return [one for one in found if one.state is not BulletinState.IN_REVIEW or actor.id not in one.hands]


def later_bulletin(session: Session, actor: Actor, bulletin_id: UUID) -> LaterBulletin:
    """One later bulletin. Raises Unknown."""
    require(actor, Permission.SEE)
    found = session.get(Bulletin, bulletin_id)
    if found is None or found.state is None:
        raise Unknown("There is no later bulletin with this id.")
    case = session.get_one(UrgentAction, found.urgent_action_id)
    editors = {text.edited_by for text in found.texts}
    return LaterBulletin(
        id=found.id,
        case_id=case.id,
        case_number=case.number,
        number=found.number,
        kind=BulletinKind(found.kind),
        state=BulletinState(found.state),
        outcome=Outcome(found.outcome) if found.outcome else None,
        main_language=case.main_language,
        texts={text.language: (words_of(text), text.version) for text in found.texts},
        missing=tuple(lacking(found, case)),
        review_note=found.review_note,
        author=_name(session, found.author_id) or "system",
        approved_by=_name(session, found.approved_by),
        published_at=found.published_at,
        hands=frozenset(id for id in {found.author_id, *editors} if id is not None),
    )


def _name(session: Session, organiser_id: UUID | None) -> str | None:
    organiser = session.get(Organiser, organiser_id) if organiser_id else None
    return organiser.name if organiser else None
