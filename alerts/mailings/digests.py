"""Digests: once a day and once a week, one mailing of what is open and new, to those who chose to hear so often.

A digest is led by its most urgent case: a mailing of that case's first bulletin, whose mails hold others beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, text
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, UrgentAction
from alerts.actions.states import BulletinKind, CaseState
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import ring_after_commit
from alerts.mailings.launch import DELIVER
from alerts.mailings.models import DIGEST_RANK, DigestCase, DigestDay, Mailing, MailingState
from alerts.mailings.plan import NO_LIMITS, NOW, Limits, Plan
from alerts.mailings.schedule import zone_named
from alerts.organisers import SYSTEM
from alerts.segments.rules import Rule
from alerts.subscribers.models import HowOften
from alerts.subscribers.queries import how_many_get

MOST_CASES = 14
"""Cases that one digest holds, the most urgent ones; each is a bit of a small number (`digesting`)."""
KINDS = {HowOften.DAILY: timedelta(days=1), HowOften.WEEKLY: timedelta(days=7)}
"""The kinds of digest, and how far back the first one of each looks."""

_MADE = text("""
INSERT INTO digest_days (kind, day, made_at) VALUES (:kind, :day, :now) ON CONFLICT DO NOTHING RETURNING kind
""")
_BEFORE = text("SELECT max(made_at) FROM digest_days WHERE kind = :kind AND day < :day")
_OVER = text("""
SELECT m.id FROM mailings m WHERE m.digest IS NOT NULL AND m.state NOT IN ('cancelled', 'done') AND EXISTS (
    SELECT FROM digest_cases c JOIN urgent_actions u ON u.id = c.urgent_action_id
    WHERE c.mailing_id = m.id AND (u.state <> 'published' OR u.deadline <= clock_timestamp()))
FOR UPDATE OF m SKIP LOCKED
""")


@dataclass(frozen=True)
class Held:
    """One case that a digest would hold."""

    id: UUID
    number: str
    bulletin_id: UUID


def make_due(session: Session, *, hour: int, weekday: int = 0, limits: Limits = NO_LIMITS) -> list[UUID]:
    """Launch the digests that are due: from `hour` on of each day, and of `weekday` (0: Monday), on the organisation's
    clock.

    Each is looked at once, by whoever is first; where nothing is new there is none. A weekly one that was missed on
    its day is made up for later in the week.
    """
    now = clock.now()
    here = now.astimezone(zone_named(limits.time_zone))
    made = []
    for kind in KINDS:
        day = here.date() if kind is HowOften.DAILY else here.date() - timedelta(days=(here.weekday() - weekday) % 7)
        if (here.date(), here.time()) < (day, time(hour)):
            continue
        if session.scalar(_MADE, {"kind": kind.value, "day": day, "now": now}) is None:
            continue
        since = _since(session, kind, day, now)
        cases = new_cases(session, kind, since=since, now=now)
        if cases and how_many_get(session, kind, since):
            made.append(_launch(session, kind, [case.id for case in cases], cases[0].bulletin_id, limits, day=day))
    return made


def next_cases(session: Session, kind: HowOften) -> tuple[datetime, list[Held]]:
    """What a digest would hold if it were made now: since when (UTC) it looks, and the cases."""
    now = clock.now()
    anywhere = timedelta(days=2)  # the organisation's day may be ahead of ours
    since = _since(session, kind, now.date() + anywhere, now)
    return since, new_cases(session, kind, since=since, now=now)


def new_cases(session: Session, kind: HowOften, *, since: datetime, now: datetime) -> list[Held]:
    """Cases that are open and were published after `since`, the nearest deadline first; no more than one mail holds.

    What the one before had no room for is new once more.
    """
    earlier = select(DigestCase.urgent_action_id).join(Mailing, Mailing.id == DigestCase.mailing_id)
    left_over = and_(
        UrgentAction.published_at > since - KINDS[kind],
        UrgentAction.id.not_in(earlier.where(Mailing.digest == kind.value)),
    )
    new = and_(or_(UrgentAction.published_at > since, left_over), UrgentAction.published_at <= now)
    query = _open(now).where(new).order_by(UrgentAction.deadline, UrgentAction.id).limit(MOST_CASES)
    return [Held(case.id, case.number, bulletin_id) for case, bulletin_id in session.execute(query).tuples()]


def end_overtaken_digests(session: Session) -> list[UUID]:
    """Cancel digests of which a case is over, and send what is still open to those who have had none of it."""
    ended = []
    for mailing_id in session.scalars(_OVER).all():
        mailing = session.get_one(Mailing, mailing_id, populate_existing=True)
        stood = MailingState(mailing.state)
        mailing.state, mailing.ended_at = MailingState.CANCELLED.value, clock.now()
        mailing.trouble = "A case in it is over; what is still open goes in another."
        session.flush()
        record(session, SYSTEM, "mailing.cancelled", "mailing", mailing.id, why=mailing.trouble)
        _make_anew(session, mailing, stood)
        ended.append(mailing_id)
    return ended


def _make_anew(session: Session, mailing: Mailing, stood: MailingState) -> None:
    still = (
        _open(clock.now())
        .join(DigestCase, DigestCase.urgent_action_id == UrgentAction.id)
        .where(DigestCase.mailing_id == mailing.id)
        .order_by(DigestCase.place)
    )
    cases = session.execute(still).tuples().all()
    if not cases:
        return
    waits = stood in (MailingState.PAUSED, MailingState.STOPPED)
    _launch(
        session,
        HowOften(mailing.digest or ""),
        [case.id for case, _ in cases],
        cases[0][1],
        NO_LIMITS,
        plan=mailing.plan,
        follows=mailing.id,
        state=MailingState.PAUSED if waits else MailingState.RUNNING,
    )


def _open(now: datetime) -> Select[UrgentAction, UUID]:
    """Cases that take acts, each with its first bulletin's id."""
    first = and_(Bulletin.urgent_action_id == UrgentAction.id, Bulletin.kind == BulletinKind.FIRST.value)
    return (
        select(UrgentAction, Bulletin.id)
        .join(Bulletin, first)
        .where(UrgentAction.state == CaseState.PUBLISHED.value, UrgentAction.deadline > now)
    )


def _since(session: Session, kind: HowOften, day: date, now: datetime) -> datetime:
    """Since when a digest looks: since the one before it was made, or as far back as its kind goes."""
    before: datetime | None = session.scalar(_BEFORE, {"kind": kind.value, "day": day})
    return before or now - KINDS[kind]


def _launch(
    session: Session,
    kind: HowOften,
    cases: Sequence[UUID],
    bulletin_id: UUID,
    limits: Limits,
    *,
    day: date | None = None,
    plan: dict[str, object] | None = None,
    follows: UUID | None = None,
    state: MailingState = MailingState.RUNNING,
) -> UUID:
    at = clock.now()
    mailing = Mailing(
        bulletin_id=bulletin_id,
        urgent_action_id=cases[0],
        digest=kind.value,
        state=state.value,
        rank=DIGEST_RANK,
        asks=True,
        rule=Rule().to_json(),
        plan=Plan.of(BulletinKind.FIRST, NOW, limits).to_json() if plan is None else plan,
        launched_at=at,
        starts_at=at,
        follows_id=follows,
    )
    session.add(mailing)
    session.flush()
    session.add_all(
        DigestCase(mailing_id=mailing.id, place=place, urgent_action_id=case_id) for place, case_id in enumerate(cases)
    )
    session.flush()
    if day is not None:
        session.get_one(DigestDay, (kind.value, day)).mailing_id = mailing.id
    record(session, SYSTEM, "digest.launched", "mailing", mailing.id, kind=kind.value, cases=len(cases))
    ring_after_commit(session, DELIVER, "0")
    return mailing.id
