"""Showing a case to the world, and taking it back: publish, hold, close, withdraw.

Everything that mails or counts reads the state of the case just before it acts, so a move here bites at once.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from alerts.actions.errors import BadText, Incomplete
from alerts.actions.models import UrgentAction
from alerts.actions.readiness import missing
from alerts.actions.states import CaseState
from alerts.actions.transitions import check_move, move
from alerts.actions.versions import keep_versions, refuse_what_was_taken_down
from alerts.actions.wording import checked
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock
from alerts.organisers import Actor, Permission, require


def publish(session: Session, actor: Actor, case_id: UUID) -> UrgentAction:
    """Show an approved (or held) case to the world.

    Raises IllegalMove, or Incomplete where something lapsed since the approval, such as consent or the deadline.
    Words that were taken down are not shown again.
    """
    require(actor, Permission.PUBLISH)
    case = lock(session, UrgentAction, case_id)
    at = clock.now()
    check_move(case, CaseState.PUBLISHED)
    if lacks := missing(case, at):
        raise Incomplete(case.number, lacks)
    refuse_what_was_taken_down(session, case)
    move(case, CaseState.PUBLISHED, at=at)
    session.flush()
    keep_versions(session, case, at)
    record(session, actor, "case.published", "urgent_action", case.id, case=case.number)
    return case


def hold(session: Session, actor: Actor, case_id: UUID, *, reason: str) -> UrgentAction:
    """Take a case off every page for now; it can be published again. Raises IllegalMove."""
    require(actor, Permission.PUBLISH)
    return _end(session, actor, case_id, CaseState.HELD, reason)


def close(session: Session, actor: Actor, case_id: UUID, *, reason: str) -> UrgentAction:
    """End the appeals; the page stays and says that it is over. Raises IllegalMove."""
    require(actor, Permission.PUBLISH)
    return _end(session, actor, case_id, CaseState.CLOSED, reason)


def end_appeals(session: Session, actor: Actor, case: UrgentAction, *, reason: str) -> None:
    """Close a locked, published case because a bulletin says that it is over."""
    move(case, CaseState.CLOSED, at=clock.now())
    session.flush()
    record(session, actor, "case.closed", "urgent_action", case.id, case=case.number, reason=reason)


def withdraw(session: Session, actor: Actor, case_id: UUID, *, reason: str) -> UrgentAction:
    """Stop everything about a case, for good: pages, mail, acts. Raises IllegalMove where it is withdrawn already."""
    require(actor, Permission.WITHDRAW)
    return _end(session, actor, case_id, CaseState.WITHDRAWN, reason)


def _end(session: Session, actor: Actor, case_id: UUID, to: CaseState, reason: str) -> UrgentAction:
    """Move the case, with the reason in the audit log. The reason must not name anyone."""
    if not reason.strip():
        raise BadText(["Say why, in a few words, without naming anyone: the reason stays in the log."])
    checked({"reason": reason})
    case = lock(session, UrgentAction, case_id)
    move(case, to, at=clock.now())
    session.flush()
    record(session, actor, f"case.{to.value}", "urgent_action", case.id, case=case.number, reason=reason.strip())
    return case
