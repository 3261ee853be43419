"""Review: a second pair of eyes before anybody is shown anything."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from alerts.actions.errors import BadText, Incomplete, OwnWork
from alerts.actions.models import UrgentAction
from alerts.actions.readiness import missing
from alerts.actions.states import CaseState
from alerts.actions.transitions import check_move, move
from alerts.actions.wording import checked
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock, translated
from alerts.core.errors import NotAllowed
from alerts.organisers import Actor, Permission, require


def submit(session: Session, actor: Actor, case_id: UUID) -> UrgentAction:
    """Ask for review. Raises IllegalMove, or Incomplete with everything that is missing."""
    require(actor, Permission.WRITE)
    case = _ready(session, case_id, CaseState.IN_REVIEW)
    move(case, CaseState.IN_REVIEW, at=clock.now())
    case.review_note = None
    session.flush()
    record(session, actor, "case.submitted", "urgent_action", case.id, case=case.number)
    return case


def approve(session: Session, actor: Actor, case_id: UUID) -> UrgentAction:
    """Approve what someone else wrote. Raises IllegalMove, Incomplete, or OwnWork for its author and editors."""
    require(actor, Permission.REVIEW)
    if actor.id is None:
        raise NotAllowed("Only a person can approve a case.")
    case = _ready(session, case_id, CaseState.APPROVED)
    with translated({"reviewer_is_not_author": OwnWork}), session.begin_nested():
        move(case, CaseState.APPROVED, at=clock.now())
        case.approved_by = actor.id
        case.review_note = None
        session.flush()
    record(session, actor, "case.approved", "urgent_action", case.id, case=case.number)
    return case


def send_back(session: Session, actor: Actor, case_id: UUID, *, note: str) -> UrgentAction:
    """Return a case to its author with what to change. Raises IllegalMove, or BadText without a note."""
    require(actor, Permission.REVIEW)
    if not note.strip():
        raise BadText(["Write what should be changed: the author sees nothing else."])
    checked({"reason": note})
    case = _back(session, case_id)
    case.review_note = note.strip()
    session.flush()
    record(session, actor, "case.sent_back", "urgent_action", case.id, case=case.number)
    return case


def take_back(session: Session, actor: Actor, case_id: UUID) -> UrgentAction:
    """Return a case that is in review, approved or held to draft, to work on it again. Raises IllegalMove."""
    require(actor, Permission.WRITE)
    case = _back(session, case_id)
    session.flush()
    record(session, actor, "case.taken_back", "urgent_action", case.id, case=case.number)
    return case


def hands_of(case: UrgentAction) -> set[UUID]:
    """Whoever wrote or edited the case, and so may not approve it."""
    editors = {text.edited_by for text in case.bulletins[0].texts} if case.bulletins else set()
    return {person for person in {case.author_id, *editors} if person is not None}


def _ready(session: Session, case_id: UUID, to: CaseState) -> UrgentAction:
    """The locked case, if it may move to `to` and nothing is missing."""
    case = lock(session, UrgentAction, case_id)
    check_move(case, to)
    if lacks := missing(case, clock.now()):
        raise Incomplete(case.number, lacks)
    return case


def _back(session: Session, case_id: UUID) -> UrgentAction:
    case = lock(session, UrgentAction, case_id)
    move(case, CaseState.DRAFT, at=clock.now())
    return case
