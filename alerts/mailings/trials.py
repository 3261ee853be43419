"""Trials: whether a bulletin's variants can be tested as the sender wants it, and which one won before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, BulletinVariant
from alerts.actions.readiness import unequal_variants
from alerts.core.errors import Refused
from alerts.mailings.models import Mailing, MailingWinner
from alerts.mailings.odds import too_few
from alerts.mailings.plan import Plan, Trial

SHARES = range(1, 91)
LONGEST = timedelta(days=14)


def with_trial(plan: Plan, bulletin: Bulletin, trial: Trial | None) -> Plan:
    """The plan with this test in it. Raises Refused where the bulletin or the plan does not allow it."""
    if trial is None:
        return plan
    faults = list(unequal_variants(bulletin))
    if not bulletin.variants:
        faults.append("The bulletin has no variants. Write at least one beside its text, and have it approved.")
    if plan.local_hour is not None:
        faults.append("Variants cannot be tested at an hour on each reader's clock: leave out one of the two.")
    if trial.share not in SHARES:
        faults.append(f"The sample is {trial.share} percent: choose {SHARES[0]} to {SHARES[-1]}.")
    if trial.decide_after is not None and not timedelta() < trial.decide_after <= LONGEST:
        faults.append("The winner can be chosen up to 14 days after the first mail.")
    if faults:
        raise Refused("The variants cannot be tested.", faults=faults)
    return replace(plan, trial=replace(trial, variants=1 + max(found.variant for found in bulletin.variants)))


def small_sample(session: Session, bulletin_id: UUID, people: int, trial: Trial) -> str:
    """What to tell who is about to test on so few that it will hardly tell anything; empty where they are enough."""
    number = session.scalar(select(func.max(BulletinVariant.variant)).filter_by(bulletin_id=bulletin_id))
    return too_few(people, trial.share, 1 + number) if number else ""


def won(session: Session, bulletin_id: UUID) -> int:
    """The variant of this bulletin that was chosen last; 0, its own words, where none was."""
    query = (
        select(MailingWinner.variant)
        .join(Mailing, Mailing.id == MailingWinner.mailing_id)
        .where(Mailing.bulletin_id == bulletin_id)
        .order_by(MailingWinner.chosen_at.desc())
        .limit(1)
    )
    return session.scalar(query) or 0
