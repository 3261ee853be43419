"""Which cases a campaign gathers: each case belongs to one campaign, whose page shows it while it is public."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign, UrgentAction
from alerts.actions.queries import case_id_of
from alerts.actions.states import CaseState
from alerts.audit import record
from alerts.core.db import lock
from alerts.core.errors import Refused
from alerts.organisers import Actor, Permission, require


@dataclass(frozen=True)
class Gathered:
    """A case of a campaign."""

    id: UUID
    number: str
    state: CaseState


def add_case(session: Session, actor: Actor, campaign_id: UUID, number: str) -> UrgentAction:
    """Let a case, by its number as people write it, belong to this campaign and to no other.

    Raises Unknown where there is no such case, Refused where it was withdrawn.
    """
    require(actor, Permission.WRITE)
    campaign = lock(session, Campaign, campaign_id)
    case = lock(session, UrgentAction, case_id_of(session, number))
    if case.state == CaseState.WITHDRAWN:
        raise Refused(f"{case.number} was withdrawn. Nothing of it is shown any more, on no page.")
    if case.campaign_id != campaign.id:
        case.campaign_id = campaign.id
        session.flush()
        record(session, actor, "campaign.case_added", "campaign", campaign.id, case=case.number)
    return case


def cases_of(session: Session, actor: Actor, campaign_id: UUID) -> tuple[Gathered, ...]:
    """The cases of a campaign in every state, the newest first."""
    require(actor, Permission.SEE)
    cases = session.scalars(
        select(UrgentAction)
        .filter_by(campaign_id=campaign_id)
        .order_by(UrgentAction.year.desc(), UrgentAction.sequence.desc())
    )
    return tuple(Gathered(case.id, case.number, CaseState(case.state)) for case in cases)
