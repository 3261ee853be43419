"""Later bulletins: what is published on a case after its first, each written, reviewed and published by itself."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText, IllegalMove, Incomplete, OwnWork
from alerts.actions.models import Bulletin, BulletinText, UrgentAction
from alerts.actions.publishing import end_appeals
from alerts.actions.readiness import lacking_words
from alerts.actions.states import BulletinKind, BulletinState, CaseState, Outcome
from alerts.actions.transitions import SHOWN, state_name
from alerts.actions.wording import checked
from alerts.actions.writing import Words, check_version, put_words
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock, translated
from alerts.core.errors import NotAllowed, Unknown
from alerts.core.languages import LANGUAGES
from alerts.organisers import Actor, Permission, require

S = BulletinState

MOVES: dict[BulletinState, frozenset[BulletinState]] = {
    S.DRAFT: frozenset({S.IN_REVIEW}),
    S.IN_REVIEW: frozenset({S.APPROVED, S.DRAFT}),
    S.APPROVED: frozenset({S.PUBLISHED, S.DRAFT}),
    S.PUBLISHED: frozenset(),
}
"""A bulletin that was published stays so; what changes is told by the next."""

ENDS_APPEALS = frozenset({BulletinKind.STOP, BulletinKind.OUTCOME})
"""Kinds that end what a case asks for, the moment they are published."""

_NAMES = {S.DRAFT: "a draft", S.IN_REVIEW: "in review", S.APPROVED: "approved", S.PUBLISHED: "published"}
_OWN_WORK = {"reviewer_is_not_author": OwnWork, "bulletin_reviewer_is_not_author": OwnWork}


def begin(
    session: Session,
    actor: Actor,
    case_id: UUID,
    kind: BulletinKind,
    words: Words,
    *,
    outcome: Outcome | None = None,
) -> Bulletin:
    """Begin a later bulletin as a draft, in the case's main language; it gets the case's next number.

    `outcome` goes with an outcome always, and with a stop where it is known. Raises BadText, IllegalMove.
    """
    require(actor, Permission.WRITE)
    words = words.checked()
    case = lock(session, UrgentAction, case_id)
    if kind is BulletinKind.FIRST:
        raise IllegalMove(f"{case.number} has its first bulletin. Choose what this one is: news, a stop, an outcome.")
    if CaseState(case.state) not in SHOWN:
        raise IllegalMove(
            f"{case.number} is {state_name(CaseState(case.state))}. There is news only of a case that is published"
            " or closed: change its first text instead."
        )
    _check_outcome(kind, outcome)
    at = clock.now()
    last = session.scalar(select(func.max(Bulletin.number)).filter_by(urgent_action_id=case.id)) or 0
    bulletin = Bulletin(
        urgent_action_id=case.id,
        kind=kind.value,
        number=last + 1,
        state=S.DRAFT.value,
        outcome=outcome.value if outcome else None,
        author_id=actor.id,
        created_at=at,
    )
    session.add(bulletin)
    session.flush()
    _keep(session, actor, bulletin, case.main_language, words)
    session.expire(case, ["bulletins"])
    _told(session, actor, "bulletin.created", bulletin, case)
    return bulletin


def write(session: Session, actor: Actor, bulletin_id: UUID, language: str, words: Words, *, version: int) -> Bulletin:
    """Keep the words of one language; the bulletin goes back to draft, and its approval is lost.

    `version` is the one the writer started from; 0 where the language had no text. Raises Conflict, carrying both
    texts, where someone saved in between; BadText; IllegalMove where it is published.
    """
    require(actor, Permission.WRITE)
    words = words.checked()
    if language not in LANGUAGES:
        raise Unknown(f"“{language}” is not a language this site speaks.")
    bulletin, case = _held(session, bulletin_id)
    text = next((text for text in bulletin.texts if text.language == language), None)
    check_version(session, text, words, version)
    if bulletin.state != S.DRAFT:
        _move(bulletin, case, S.DRAFT)
        session.flush()
    _keep(session, actor, bulletin, language, words)
    _told(session, actor, "bulletin.text_written", bulletin, case, language=language)
    return bulletin


def submit(session: Session, actor: Actor, bulletin_id: UUID) -> Bulletin:
    """Ask for review. Raises IllegalMove, or Incomplete with everything that is missing."""
    require(actor, Permission.WRITE)
    bulletin, case = _ready(session, bulletin_id, S.IN_REVIEW)
    _move(bulletin, case, S.IN_REVIEW)
    bulletin.review_note = None
    session.flush()
    _told(session, actor, "bulletin.submitted", bulletin, case)
    return bulletin


def approve(session: Session, actor: Actor, bulletin_id: UUID) -> Bulletin:
    """Approve what someone else wrote. Raises IllegalMove, Incomplete, or OwnWork for its author and editors."""
    require(actor, Permission.REVIEW)
    if actor.id is None:
        raise NotAllowed("Only a person can approve a bulletin.")
    bulletin, case = _ready(session, bulletin_id, S.APPROVED)
    with translated(_OWN_WORK), session.begin_nested():
        _move(bulletin, case, S.APPROVED)
        bulletin.approved_by = actor.id
        bulletin.review_note = None
        session.flush()
    _told(session, actor, "bulletin.approved", bulletin, case)
    return bulletin


def send_back(session: Session, actor: Actor, bulletin_id: UUID, *, note: str) -> Bulletin:
    """Return a bulletin to its author with what to change. Raises IllegalMove, or BadText without a note."""
    require(actor, Permission.REVIEW)
    if not note.strip():
        raise BadText(["Write what should be changed: the author sees nothing else."])
    checked({"reason": note})
    bulletin, case = _held(session, bulletin_id)
    _move(bulletin, case, S.DRAFT)
    bulletin.review_note = note.strip()
    session.flush()
    _told(session, actor, "bulletin.sent_back", bulletin, case)
    return bulletin


def take_back(session: Session, actor: Actor, bulletin_id: UUID) -> Bulletin:
    """Return a bulletin that is in review or approved to draft, to work on it again. Raises IllegalMove."""
    require(actor, Permission.WRITE)
    bulletin, case = _held(session, bulletin_id)
    _move(bulletin, case, S.DRAFT)
    session.flush()
    _told(session, actor, "bulletin.taken_back", bulletin, case)
    return bulletin


def publish_later(session: Session, actor: Actor, bulletin_id: UUID) -> Bulletin:
    """Show an approved bulletin on its case's page; a stop or an outcome ends the appeals in the same moment.

    From then on no act is taken and no mail that asks for one is handed over. Raises IllegalMove, Incomplete.
    """
    require(actor, Permission.PUBLISH)
    bulletin, case = _ready(session, bulletin_id, S.PUBLISHED)
    _move(bulletin, case, S.PUBLISHED)
    bulletin.published_at = clock.now()
    session.flush()
    _told(session, actor, "bulletin.published", bulletin, case)
    if BulletinKind(bulletin.kind) in ENDS_APPEALS and case.state == CaseState.PUBLISHED:
        end_appeals(session, actor, case, reason=f"bulletin {bulletin.number}")
    return bulletin


def _held(session: Session, bulletin_id: UUID) -> tuple[Bulletin, UrgentAction]:
    """The later bulletin and its case, both locked, the case first as everywhere."""
    found = session.get(Bulletin, bulletin_id)
    if found is None or found.state is None:
        raise Unknown("There is no later bulletin with this id.")
    case = lock(session, UrgentAction, found.urgent_action_id)
    return lock(session, Bulletin, bulletin_id), case


def _ready(session: Session, bulletin_id: UUID, to: BulletinState) -> tuple[Bulletin, UrgentAction]:
    """Bulletin and case, locked, if the bulletin may move to `to` and nothing is missing."""
    bulletin, case = _held(session, bulletin_id)
    if CaseState(case.state) not in SHOWN:
        raise IllegalMove(f"{case.number} is {state_name(CaseState(case.state))}: nothing is published on it now.")
    _check_move(bulletin, case, to)
    if lacks := lacking(bulletin, case):
        raise Incomplete(_name(bulletin, case), lacks)
    return bulletin, case


def lacking(bulletin: Bulletin, case: UrgentAction) -> list[str]:
    """Everything that stands between a later bulletin and its readers; empty where it is ready."""
    return lacking_words(bulletin, case)


def _move(bulletin: Bulletin, case: UrgentAction, to: BulletinState) -> None:
    _check_move(bulletin, case, to)
    bulletin.state = to.value
    if to is S.DRAFT:
        bulletin.approved_by = None


def _check_move(bulletin: Bulletin, case: UrgentAction, to: BulletinState) -> None:
    now = S(bulletin.state or "")
    if to not in MOVES[now]:
        onward = ", ".join(_NAMES[state] for state in S if state in MOVES[now])
        remedy = f"From here it can become: {onward}." if onward else "What changes is told by the next bulletin."
        raise IllegalMove(f"{_name(bulletin, case)} is {_NAMES[now]} and cannot become {_NAMES[to]}. {remedy}")


def _check_outcome(kind: BulletinKind, outcome: Outcome | None) -> None:
    if kind is BulletinKind.OUTCOME and outcome is None:
        raise BadText(["Choose what became of the person; “unknown” is an answer too."])
    if kind is BulletinKind.FURTHER_INFORMATION and outcome is not None:
        raise BadText(["News has no outcome. Leave it empty, or make this bulletin an outcome."])


def _keep(session: Session, actor: Actor, bulletin: Bulletin, language: str, words: Words) -> None:
    text = next((text for text in bulletin.texts if text.language == language), None)
    if text is None:
        text = BulletinText(language=language, version=0)
        bulletin.texts.append(text)
    put_words(text, words)
    text.version, text.edited_by, text.edited_at = text.version + 1, actor.id, clock.now()
    session.flush()


def _name(bulletin: Bulletin, case: UrgentAction) -> str:
    return f"Bulletin {bulletin.number} of {case.number}"


def _told(session: Session, actor: Actor, action: str, bulletin: Bulletin, case: UrgentAction, **more: object) -> None:
    record(
        session, actor, action, "urgent_action", case.id,
        case=case.number, bulletin=bulletin.number, kind=bulletin.kind, **more,
    )  # fmt: skip
