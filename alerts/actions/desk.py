"""What organisers read of cases: what needs them now, the list, and one case with what it lacks and who may act.

Only for the console: real names are in here, whatever the visibility.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from alerts.actions.models import Bulletin, BulletinText, Defender, DefenderConsent, Portrait, Target, UrgentAction
from alerts.actions.naming import public_name
from alerts.actions.readiness import doubts, missing
from alerts.actions.review import hands_of
from alerts.actions.states import AppealsBy, CaseState
from alerts.actions.transitions import MOVES
from alerts.actions.variants import VariantWords, variant_words
from alerts.actions.writing import Words, words_of
from alerts.audit.service import history
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.organisers import Actor, Permission, require
from alerts.organisers.models import Organiser

DEADLINE_NEAR = timedelta(days=7)
CONSENT_NEAR = timedelta(days=30)


class Need(StrEnum):
    """Why a case is on the list of what needs someone now; the most pressing first."""

    CONSENT_OVER = "consent_over"
    DEADLINE_OVER = "deadline_over"
    REVIEW = "review"
    PUBLISH = "publish"
    SENT_BACK = "sent_back"
    DEADLINE_NEAR = "deadline_near"
    CONSENT_NEAR = "consent_near"
    HELD = "held"
    DRAFT = "draft"


@dataclass(frozen=True)
class CaseLine:
    """A case in a list. `name` is the real one where it is recorded; `shown_as` is what the public sees."""

    id: UUID
    number: str
    title: str
    name: str
    shown_as: str
    country: str
    state: CaseState
    deadline: datetime | None
    languages: tuple[str, ...]
    author: str


@dataclass(frozen=True)
class Todo:
    """One case that needs someone: why, by when (UTC) where that matters, and whether the reader may do it."""

    need: Need
    case: CaseLine
    due: datetime | None
    yours: bool


@dataclass(frozen=True)
class Step:
    """A move the case can make from where it is: who may, whether the reader is one of them, and if not, why."""

    to: CaseState
    permission: Permission
    allowed: bool
    why_not: str
    who: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """One entry of the case's history."""

    at: datetime
    who: str
    action: str
    details: Mapping[str, object]


@dataclass(frozen=True)
class TextDetail:
    """The words of one language with their variants, the version they are, and who saved them.

    `corrects`: readers have seen a text in this language, so what is changed is a correction.
    """

    words: Words
    version: int
    edited_by: str
    edited_at: datetime
    corrects: bool
    variants: tuple[VariantWords, ...] = ()


@dataclass(frozen=True)
class CaseDetail:
    """One case as its console page shows it. `missing` keeps it from its readers, `doubts` do not.

    `line` is the way of a case with where it stands; `steps` are the moves it can make now.
    """

    case: CaseLine
    bulletin_id: UUID
    main_language: str
    risk: str
    topics: tuple[str, ...]
    kinds: tuple[str, ...]
    appeals_by: AppealsBy
    defender: Defender
    consent: DefenderConsent | None
    target: Target | None
    texts: Mapping[str, TextDetail]
    review_note: str | None
    approved_by: str | None
    created_at: datetime
    published_at: datetime | None
    missing: tuple[str, ...]
    doubts: tuple[str, ...]
    line: tuple[tuple[CaseState, bool], ...]
    steps: tuple[Step, ...]
    history: tuple[Event, ...]


LINE = (CaseState.DRAFT, CaseState.IN_REVIEW, CaseState.APPROVED, CaseState.PUBLISHED, CaseState.CLOSED)
"""The way of a case that nothing happens to; held and withdrawn stand beside it."""

_PERMISSIONS = {
    CaseState.DRAFT: Permission.WRITE,
    CaseState.IN_REVIEW: Permission.WRITE,
    CaseState.APPROVED: Permission.REVIEW,
    CaseState.PUBLISHED: Permission.PUBLISH,
    CaseState.HELD: Permission.PUBLISH,
    CaseState.CLOSED: Permission.PUBLISH,
    CaseState.WITHDRAWN: Permission.WITHDRAW,
}
_FORWARD = frozenset({CaseState.IN_REVIEW, CaseState.APPROVED, CaseState.PUBLISHED})


def case_list(session: Session, actor: Actor, state: CaseState | None = None) -> list[CaseLine]:
    """Every case, newest first; of one state, where it is given."""
    require(actor, Permission.SEE)
    query = _cases().order_by(UrgentAction.created_at.desc())
    if state is not None:
        query = query.where(UrgentAction.state == state.value)
    names = _names(session)
    return [_line(case, names) for case in session.scalars(query)]


def needs_now(session: Session, actor: Actor) -> list[Todo]:
    """What needs someone now, the most pressing first, and within that what is due first."""
    require(actor, Permission.SEE)
    ended = (CaseState.CLOSED.value, CaseState.WITHDRAWN.value)
    names = _names(session)
    at = clock.now()
    todos = [
        todo
        for case in session.scalars(_cases().where(UrgentAction.state.not_in(ended)))
        for todo in _todos(case, actor, at, _line(case, names))
    ]
    order = list(Need)
    return sorted(todos, key=lambda todo: (order.index(todo.need), todo.due or at, todo.case.number))


def case_detail(session: Session, actor: Actor, case_id: UUID) -> CaseDetail:
    """One case with everything about it. Raises Unknown."""
    require(actor, Permission.SEE)
    case = session.scalar(_cases().where(UrgentAction.id == case_id))
    if case is None:
        raise Unknown("There is no case with this id.")
    organisers = session.scalars(select(Organiser).where(Organiser.active).order_by(Organiser.name)).all()
    names = _names(session)
    at = clock.now()
    lacks = missing(case, at)
    bulletin = case.bulletins[0]
    return CaseDetail(
        case=_line(case, names),
        bulletin_id=bulletin.id,
        main_language=case.main_language,
        risk=case.risk,
        topics=tuple(case.topics),
        kinds=tuple(case.kinds),
        appeals_by=AppealsBy(case.appeals_by),
        defender=case.defender,
        consent=standing_consent(case.defender, at),
        target=case.target,
        texts={text.language: _text_detail(text, names, bulletin) for text in bulletin.texts},
        review_note=case.review_note,
        approved_by=names.get(case.approved_by),
        created_at=case.created_at,
        published_at=case.published_at,
        missing=tuple(lacks),
        doubts=tuple(doubts(case, at)),
        line=tuple((state, state.value == case.state) for state in LINE),
        steps=tuple(
            _step(case, to, actor, organisers, lacks) for to in CaseState if to in MOVES[CaseState(case.state)]
        ),
        history=tuple(
            Event(entry.at, entry.actor_label, entry.action, entry.details)
            for entry in history(session, "urgent_action", case.id)
        ),
    )


def portrait_of(session: Session, actor: Actor, defender_id: UUID) -> bytes:
    """The WebP of a defender's portrait, whatever is public of them. Raises Unknown where there is none."""
    require(actor, Permission.SEE)
    webp = session.scalar(
        select(Portrait.webp).join(Defender, Defender.portrait_id == Portrait.id).where(Defender.id == defender_id)
    )
    if webp is None:
        raise Unknown("This defender has no portrait.")
    return webp


def standing_consent(defender: Defender, at: datetime) -> DefenderConsent | None:
    """The consent that lasts longest of those that stand at `at`; else the newest one recorded, if any."""
    current = [c for c in defender.consents if c.withdrawn_at is None and c.valid_until > at]
    if current:
        return max(current, key=lambda consent: consent.valid_until)
    return max(defender.consents, key=lambda consent: consent.recorded_at, default=None)


def _cases() -> Select[UrgentAction]:
    return select(UrgentAction).options(
        selectinload(UrgentAction.defender),
        selectinload(UrgentAction.target),
        selectinload(UrgentAction.bulletins).selectinload(Bulletin.texts),
    )


def _names(session: Session) -> dict[UUID | None, str]:
    rows = session.execute(select(Organiser.id, Organiser.name))
    return {row.id: row.name for row in rows}


def _line(case: UrgentAction, names: Mapping[UUID | None, str]) -> CaseLine:
    texts = {text.language: text for text in case.bulletins[0].texts}
    main = texts.get(case.main_language)
    return CaseLine(
        id=case.id,
        number=case.number,
        title=main.title if main else "",
        name=case.defender.name,
        shown_as=public_name(case.defender, case.main_language),
        country=case.defender.country,
        state=CaseState(case.state),
        deadline=case.deadline,
        languages=tuple(sorted(texts)),
        author=names.get(case.author_id, "system"),
    )


def _text_detail(text: BulletinText, names: Mapping[UUID | None, str], bulletin: Bulletin) -> TextDetail:
    variants = tuple(variant_words(one) for one in bulletin.variants if one.language == text.language)
    read = next((one.version for one in bulletin.last_read if one.language == text.language), None)
    words = words_of(text)
    if read == text.version:  # what its own correction said is out: the next one has something else to say
        words = replace(words, correction="")
    who = names.get(text.edited_by, "system")
    return TextDetail(words, text.version, who, text.edited_at, read is not None, variants)


_WAITING = {
    CaseState.DRAFT: (Need.DRAFT, Permission.WRITE),
    CaseState.IN_REVIEW: (Need.REVIEW, Permission.REVIEW),
    CaseState.APPROVED: (Need.PUBLISH, Permission.PUBLISH),
    CaseState.HELD: (Need.HELD, Permission.PUBLISH),
}
"""What a case in this state waits for, and who may do it."""


def _todos(case: UrgentAction, actor: Actor, at: datetime, line: CaseLine) -> Iterator[Todo]:
    """Why this case needs someone: at most one reason for its state, and one each for consent and deadline."""
    state = CaseState(case.state)
    if state in _WAITING:
        need, permission = _WAITING[state]
        if state is CaseState.DRAFT and case.review_note:
            need = Need.SENT_BACK
        own = state is CaseState.IN_REVIEW and actor.id in hands_of(case)
        yield Todo(need, line, None if state is CaseState.DRAFT else case.deadline, actor.may(permission) and not own)
    if state is not CaseState.DRAFT:
        lapsing = (*_consent_lapsing(case.defender, at), *_deadline_lapsing(case.deadline, at))
        yield from (Todo(need, line, due, actor.may(permission)) for need, permission, due in lapsing)


_Lapsing = Iterator[tuple[Need, Permission, datetime]]


def _consent_lapsing(defender: Defender, at: datetime) -> _Lapsing:
    consent = standing_consent(defender, at)
    if consent is None:
        return
    if consent.withdrawn_at is not None or consent.valid_until <= at:
        yield Need.CONSENT_OVER, Permission.WITHDRAW, consent.valid_until
    elif consent.valid_until <= at + CONSENT_NEAR:
        yield Need.CONSENT_NEAR, Permission.WRITE, consent.valid_until


def _deadline_lapsing(deadline: datetime | None, at: datetime) -> _Lapsing:
    if deadline is None:
        return
    if deadline <= at:
        yield Need.DEADLINE_OVER, Permission.PUBLISH, deadline
    elif deadline <= at + DEADLINE_NEAR:
        yield Need.DEADLINE_NEAR, Permission.WRITE, deadline


def _step(case: UrgentAction, to: CaseState, actor: Actor, people: Sequence[Organiser], lacks: Sequence[str]) -> Step:
    """Whether and by whom the case can be moved to `to` now."""
    permission = _PERMISSIONS[to]
    sends_back = to is CaseState.DRAFT and case.state == CaseState.IN_REVIEW
    barred = hands_of(case) if to is CaseState.APPROVED else set()

    def may(person: Actor) -> bool:
        return person.id not in barred and (person.may(permission) or (sends_back and person.may(Permission.REVIEW)))

    why_not = ""
    if not may(actor):
        own = actor.id in barred and actor.may(permission)
        why_not = (
            "You wrote or edited this case, so someone else has to approve it."
            if own
            else f"Your roles do not allow it: {permission.value}."
        )
    elif to in _FORWARD and lacks:
        why_not = "Something is still missing."
    who = tuple(person.name for person in people if may(person.actor))
    return Step(to, permission, not why_not, why_not, who)
