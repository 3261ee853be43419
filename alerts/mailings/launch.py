"""Launching: turning an approved bulletin into a mailing, once; and stopping, resuming, cancelling it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, UrgentAction
from alerts.actions.publishing import publish
from alerts.actions.queries import case_id_of
from alerts.actions.states import BulletinKind, CaseState
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock, ring_after_commit, translated
from alerts.core.errors import Unknown
from alerts.delivery.site import Site
from alerts.mailings import holds
from alerts.mailings.audience import Audience, preview
from alerts.mailings.content import contents_of
from alerts.mailings.errors import AlreadyLaunched, AudienceChanged, NotApproved
from alerts.mailings.models import Mailing, MailingState
from alerts.mailings.transitions import move
from alerts.organisers import Actor, Permission, require
from alerts.segments.rules import Rule

DELIVER = "deliver"

RANKS = {
    BulletinKind.STOP: 0,
    BulletinKind.OUTCOME: 1,
    BulletinKind.FURTHER_INFORMATION: 2,
    BulletinKind.FIRST: 3,
}
"""Which mailing goes first: the lower, the sooner."""


@dataclass(frozen=True)
class Launched:
    """A mailing that will start at `starts_at` (UTC)."""

    mailing_id: UUID
    starts_at: datetime


def audience_of(session: Session, actor: Actor, bulletin_id: UUID, rule: Rule | None = None) -> Audience:
    """Who a launch of this bulletin would reach, and who is left out and why, as things stand now."""
    require(actor, Permission.LAUNCH)
    bulletin, action = _case_of(session, bulletin_id)
    return preview(
        session,
        urgent_action_id=action.id,
        bulletin_id=bulletin.id,
        rule=rule or Rule(),
        languages=tuple(text.language for text in bulletin.texts),
        main=action.main_language,
    )


def launch(
    session: Session,
    actor: Actor,
    bulletin_id: UUID,
    *,
    site: Site,
    rule: Rule | None = None,
    confirmed: int | None = None,
) -> Launched:
    """Fix the words and the rule of the audience, and start handing over; an approved case is published with it.

    `confirmed` is the number of people the sender typed; where given it must be the audience's number now.
    Raises NotApproved, AudienceChanged, or AlreadyLaunched where someone was quicker; in each case nothing has changed.
    """
    require(actor, Permission.LAUNCH)
    bulletin, action = _case_of(session, bulletin_id)
    lock(session, UrgentAction, action.id)
    if action.state not in (CaseState.APPROVED, CaseState.PUBLISHED):
        raise NotApproved(
            f"{action.number} is {CaseState(action.state).value.replace('_', ' ')}: only an approved or published case"
            " can be launched. Have it reviewed and approved first."
        )
    if confirmed is not None and confirmed != (people := audience_of(session, actor, bulletin_id, rule).people):
        raise AudienceChanged(f"You confirmed {confirmed} people; now it would be {people}. Look again, then confirm.")
    if action.state == CaseState.APPROVED:
        publish(session, actor, action.id)
    at = clock.now()
    mailing = Mailing(
        bulletin_id=bulletin.id,
        urgent_action_id=action.id,
        state=MailingState.RUNNING.value,
        rank=RANKS[BulletinKind(bulletin.kind)],
        rule=(rule or Rule()).to_json(),
        launched_by=actor.id,
        launched_at=at,
        starts_at=at,
    )
    already = {"uq_mailings_open_bulletin": lambda: AlreadyLaunched(f"A mailing of {action.number} is under way.")}
    with translated(already):
        session.add(mailing)
        session.flush()
    session.add_all(contents_of(mailing, action, bulletin, site))
    session.flush()
    record(session, actor, "mailing.launched", "mailing", mailing.id, case=action.number)
    ring_after_commit(session, DELIVER, "0")
    return Launched(mailing.id, mailing.starts_at)


def pause(session: Session, actor: Actor, mailing_id: UUID) -> None:
    """Hand nothing more over until someone resumes. Raises Refused where it cannot be paused from its state."""
    _turn(session, actor, mailing_id, MailingState.PAUSED, "mailing.paused")


def resume(session: Session, actor: Actor, mailing_id: UUID) -> None:
    """Go on with a mailing that was paused, parked or stopped; for a parked one the provider is asked again, now."""
    parked = lock(session, Mailing, mailing_id).state == MailingState.PARKED
    mailing = _turn(session, actor, mailing_id, MailingState.RUNNING, "mailing.resumed")
    if parked:
        holds.lift(session)
    mailing.parked_until = mailing.trouble = None
    session.flush()
    ring_after_commit(session, DELIVER, "0")


def cancel(session: Session, actor: Actor, mailing_id: UUID) -> None:
    """Hand nothing more over, for good; the ledger says who had it already."""
    mailing = _turn(session, actor, mailing_id, MailingState.CANCELLED, "mailing.cancelled")
    mailing.ended_at = clock.now()
    session.flush()


def newest_bulletin(session: Session, number: str) -> UUID:
    """The newest bulletin of the case with this number (`UA 3/26`). Raises Unknown."""
    case_id = case_id_of(session, number)
    query = select(Bulletin.id).filter_by(urgent_action_id=case_id).order_by(Bulletin.number.desc()).limit(1)
    return session.scalars(query).one()


def newest_mailing(session: Session, number: str) -> Mailing:
    """The newest mailing of the case with this number. Raises Unknown."""
    case_id = case_id_of(session, number)
    query = select(Mailing).filter_by(urgent_action_id=case_id).order_by(Mailing.launched_at.desc()).limit(1)
    mailing = session.scalars(query).one_or_none()
    if mailing is None:
        raise Unknown(f"No mailing of {number} has been launched.")
    return mailing


def _turn(session: Session, actor: Actor, mailing_id: UUID, to: MailingState, action: str) -> Mailing:
    require(actor, Permission.LAUNCH)
    mailing = lock(session, Mailing, mailing_id)
    move(mailing, to)
    session.flush()
    record(session, actor, action, "mailing", mailing.id)
    return mailing


def _case_of(session: Session, bulletin_id: UUID) -> tuple[Bulletin, UrgentAction]:
    bulletin = session.get(Bulletin, bulletin_id)
    action = session.get(UrgentAction, bulletin.urgent_action_id) if bulletin else None
    if bulletin is None or action is None:
        raise Unknown("There is no bulletin with this id.")
    return bulletin, action
