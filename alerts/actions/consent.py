"""Consent: what the person at risk agreed to, recorded, and taken back with everything that stood on it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText
from alerts.actions.models import Defender, DefenderConsent, UrgentAction
from alerts.actions.publishing import withdraw
from alerts.actions.states import CaseState, Visibility
from alerts.actions.wording import checked, faults_in
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock
from alerts.organisers import Actor, Permission, require


def record_consent(
    session: Session,
    actor: Actor,
    defender_id: UUID,
    *,
    scope: Visibility,
    valid_until: datetime,
    how_given: str = "",
    not_sought_reason: str = "",
    risk_assessment: str = "",
) -> DefenderConsent:
    """Record what the person allowed until `valid_until` (UTC), or why they could not be asked and what that risks.

    Raises BadText where neither is told, both are, or the time is over.
    """
    require(actor, Permission.WRITE)
    defender = lock(session, Defender, defender_id)
    given, reason, assessment = how_given.strip(), not_sought_reason.strip(), risk_assessment.strip()
    faults = []
    if given and reason:
        faults.append("Consent was either given or could not be sought: fill in one of the two.")
    if not given and not reason:
        faults.append("Say how consent was given and to whom, or why it could not be sought.")
    if reason and not assessment:
        faults.append("Where consent could not be sought, write a risk assessment: what might publication do to them?")
    if valid_until <= clock.now():
        faults.append("The consent would be over already: choose a day to come.")
    for explanation in (given, reason, assessment):
        faults += faults_in({"reason": explanation})
    checked({}, faults=faults)
    consent = DefenderConsent(
        defender_id=defender.id,
        scope=scope.value,
        how_given=given or None,
        not_sought_reason=reason or None,
        risk_assessment=assessment or None,
        recorded_by=actor.id,
        recorded_at=clock.now(),
        valid_until=valid_until,
    )
    defender.consents.append(consent)
    session.flush()
    record(
        session, actor, "consent.recorded", "defender", defender.id,
        scope=scope.value, valid_until=valid_until.isoformat(), sought=bool(given),
    )  # fmt: skip
    return consent


def withdraw_consent(session: Session, actor: Actor, defender_id: UUID, *, reason: str) -> list[str]:
    """Take back everything the person allowed, and withdraw at once every case of theirs that left draft.

    Gives the numbers of the cases that were withdrawn by it.
    """
    require(actor, Permission.WITHDRAW)
    if not reason.strip():
        raise BadText(["Say in a few words how you know that consent is withdrawn."])
    defender = lock(session, Defender, defender_id)
    at = clock.now()
    for consent in defender.consents:
        consent.withdrawn_at = consent.withdrawn_at or at
    session.flush()
    record(session, actor, "consent.withdrawn", "defender", defender.id)
    kept = (CaseState.DRAFT.value, CaseState.WITHDRAWN.value)
    cases = session.scalars(
        select(UrgentAction)
        .where(UrgentAction.defender_id == defender_id, UrgentAction.state.not_in(kept))
        .order_by(UrgentAction.id)
    ).all()
    return [withdraw(session, actor, case.id, reason=reason).number for case in cases]
