"""Launching: turning an approved bulletin into a mailing, once; and stopping, resuming, cancelling it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from alerts.actions.later import publish_later
from alerts.actions.models import Bulletin, UrgentAction
from alerts.actions.publishing import publish
from alerts.actions.queries import case_id_of
from alerts.actions.states import BulletinKind, BulletinState, CaseState
from alerts.actions.transitions import SHOWN
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock, ring_after_commit, translated
from alerts.core.errors import Refused, Unknown
from alerts.delivery.site import Site
from alerts.mailings import holds
from alerts.mailings.audience import Audience, preview, scope_of
from alerts.mailings.claims import FIRST_RANK
from alerts.mailings.content import asks_of, contents_of
from alerts.mailings.errors import AlreadyLaunched, AudienceChanged, NotApproved
from alerts.mailings.models import Mailing, MailingState
from alerts.mailings.plan import NO_LIMITS, NOW, Limits, Plan, Trial, When
from alerts.mailings.planning import plan_of
from alerts.mailings.standing import standing_of
from alerts.mailings.transitions import move
from alerts.mailings.trials import with_trial, won
from alerts.organisers import Actor, Permission, require
from alerts.segments.rules import Rule

DELIVER = "deliver"

RANKS = {
    BulletinKind.STOP: 0,
    BulletinKind.OUTCOME: 1,
    BulletinKind.FURTHER_INFORMATION: 2,
    BulletinKind.FIRST: FIRST_RANK,
}
"""Which mailing goes first: the lower, the sooner."""


@dataclass(frozen=True)
class Launched:
    """A mailing that will start at `starts_at` (UTC)."""

    mailing_id: UUID
    starts_at: datetime


def audience_of(
    session: Session,
    actor: Actor,
    bulletin_id: UUID,
    rule: Rule | None = None,
    *,
    when: When = NOW,
    limits: Limits = NO_LIMITS,
    newcomers: bool = False,
) -> Audience:
    """Who a launch of this bulletin would reach, and who is left out and why, as things stand now.

    `newcomers`: only those who were in no audience of this bulletin before.
    """
    require(actor, Permission.LAUNCH)
    bulletin, action = _case_of(session, bulletin_id)
    plan = Plan.of(BulletinKind(bulletin.kind), when, limits)
    return preview(
        session,
        scope=scope_of(session, action.id, bulletin.id, news=bulletin.state is not None),
        rule=rule or Rule(),
        languages=tuple(text.language for text in bulletin.texts),
        main=action.main_language,
        standing=standing_of(
            session,
            plan,
            when.at or clock.now(),
            action.deadline if asks_of(bulletin, action) else None,
            whole=True,
        ),
        newcomers=newcomers,
    )


def launch(
    session: Session,
    actor: Actor,
    bulletin_id: UUID,
    *,
    site: Site,
    rule: Rule | None = None,
    confirmed: int | None = None,
    when: When = NOW,
    limits: Limits = NO_LIMITS,
    follows: UUID | None = None,
    trial: Trial | None = None,
) -> Launched:
    """Fix the words and the rule of the audience, and start handing over; an approved case is published with it.

    With `when` it starts later, or in each person's zone at their hour; the case is public from now on all the same.

    `confirmed` is the number of people the sender typed; where given it must be the audience's number now.
    `follows` is the mailing that this one completes: only who was in no audience of the bulletin before gets it, in the
    words that won, where variants were tested. `trial` tests the bulletin's variants.
    Raises NotApproved, TooLate, DayIsFull, AudienceChanged, or AlreadyLaunched where someone was quicker; in each case
    nothing has changed.
    """
    require(actor, Permission.LAUNCH)
    bulletin, action = _case_of(session, bulletin_id)
    lock(session, UrgentAction, action.id)
    _may_launch(bulletin, action)
    plan, starts_at = plan_of(session, action, bulletin, when, limits)
    plan = with_trial(plan, bulletin, trial)
    if confirmed is not None:
        only_new = follows is not None
        people = audience_of(session, actor, bulletin_id, rule, when=when, limits=limits, newcomers=only_new).people
        _compare(confirmed, people)
    if action.state == CaseState.APPROVED:
        publish(session, actor, action.id)
    elif bulletin.state == BulletinState.APPROVED:
        publish_later(session, actor, bulletin.id)
    at = clock.now()
    mailing = Mailing(
        bulletin_id=bulletin.id,
        urgent_action_id=action.id,
        state=(MailingState.SCHEDULED if starts_at > at else MailingState.RUNNING).value,
        rank=RANKS[BulletinKind(bulletin.kind)],
        asks=asks_of(bulletin, action),
        rule=(rule or Rule()).to_json(),
        plan=plan.to_json(),
        launched_by=actor.id,
        launched_at=at,
        starts_at=max(starts_at, at) if when.at else at,
        follows_id=follows,
    )
    under_way = f"A mailing of {action.number} is under way."  # said now: after a refusal nothing can be read
    already = {"uq_mailings_open_bulletin": lambda: AlreadyLaunched(under_way)}
    with translated(already):
        session.add(mailing)
        session.flush()
    variants, instead = (plan.trial.variants if plan.trial else 1), (won(session, bulletin.id) if follows else 0)
    session.add_all(contents_of(mailing, action, bulletin, site, variants=variants, instead=instead))
    session.flush()
    completes = {"follows": str(follows)} if follows else {}
    record(session, actor, "mailing.launched", "mailing", mailing.id, case=action.number, **completes)
    ring_after_commit(session, DELIVER, "0")
    return Launched(mailing.id, mailing.starts_at)


def pause(session: Session, actor: Actor, mailing_id: UUID) -> None:
    """Hand nothing more over until someone resumes. Raises Refused where it cannot be paused from its state."""
    _turn(session, actor, mailing_id, MailingState.PAUSED, "mailing.paused")


def resume(session: Session, actor: Actor, mailing_id: UUID) -> None:
    """Go on with a mailing that was paused, parked or stopped; one whose time has not come waits for it again.

    For a parked one the provider is asked again, now.
    """
    mailing = lock(session, Mailing, mailing_id)
    if mailing.state == MailingState.DONE:
        raise Refused("A mailing that is done has nothing to resume. What was refused can be tried again.")
    if mailing.state == MailingState.PARKED:
        holds.lift(session)
    to = MailingState.SCHEDULED if mailing.starts_at > clock.now() else MailingState.RUNNING
    _turn(session, actor, mailing_id, to, "mailing.resumed")
    mailing.parked_until = mailing.trouble = None
    session.flush()
    ring_after_commit(session, DELIVER, "0")


def cancel(session: Session, actor: Actor, mailing_id: UUID) -> None:
    """Hand nothing more over, for good; the ledger says who had it already."""
    mailing = _turn(session, actor, mailing_id, MailingState.CANCELLED, "mailing.cancelled")
    mailing.ended_at = clock.now()
    session.flush()


def newest_bulletin(session: Session, number: str) -> UUID:
    """The newest bulletin that can be launched of the case with this number (`UA 3/26`). Raises Unknown."""
    case_id = case_id_of(session, number)
    ready = or_(Bulletin.state.is_(None), Bulletin.state.in_((BulletinState.APPROVED, BulletinState.PUBLISHED)))
    query = select(Bulletin.id).where(Bulletin.urgent_action_id == case_id, ready)
    return session.scalars(query.order_by(Bulletin.number.desc()).limit(1)).one()


def newest_mailing(session: Session, number: str) -> Mailing:
    """The newest mailing of the case with this number. Raises Unknown."""
    case_id = case_id_of(session, number)
    query = (
        select(Mailing).filter_by(urgent_action_id=case_id, digest=None).order_by(Mailing.launched_at.desc()).limit(1)
    )
    mailing = session.scalars(query).one_or_none()
    if mailing is None:
        raise Unknown(f"No mailing of {number} has been launched.")
    return mailing


def _may_launch(bulletin: Bulletin, action: UrgentAction) -> None:
    """Raises NotApproved."""
    if bulletin.state is None and action.state not in (CaseState.APPROVED, CaseState.PUBLISHED):
        raise NotApproved(
            f"{action.number} is {CaseState(action.state).value.replace('_', ' ')}: only an approved or published case"
            " can be launched. Have it reviewed and approved first."
        )
    if bulletin.state in (BulletinState.DRAFT, BulletinState.IN_REVIEW):
        raise NotApproved(
            f"Bulletin {bulletin.number} of {action.number} is not approved yet. Have it reviewed and approved first."
        )
    if bulletin.state is not None and action.state not in SHOWN:
        raise NotApproved(f"{action.number} is not shown at the moment: nobody is mailed about it.")


def _compare(confirmed: int, people: int) -> None:
    if confirmed != people:
        raise AudienceChanged(f"You confirmed {confirmed} people; now it would be {people}. Look again, then confirm.")


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
