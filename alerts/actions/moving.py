"""Numbers that lead on: of a case that was merged into another, or was printed under a number it no longer has."""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from alerts.actions.errors import IllegalMove
from alerts.actions.models import MovedCase, UrgentAction
from alerts.actions.queries import case_id_of, number_shown
from alerts.actions.states import CaseState
from alerts.actions.transitions import SHOWN, state_name
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock
from alerts.core.errors import Refused
from alerts.organisers import Actor, Permission, require

_NUMBER = re.compile(r"(?:UA[ -]*)?0*([1-9][0-9]{0,6})[/-](?:20)?([0-9]{2})", re.IGNORECASE)


def lead_on(session: Session, actor: Actor, number: str, to: str) -> UUID:
    """Let every address of `number` lead to the case `to` from now on; the id of that case.

    Raises Refused where `number` is a case that is shown, or no number; IllegalMove where `to` is not shown; Unknown.
    """
    require(actor, Permission.PUBLISH)
    if (address := _address(number)) is None:
        raise Refused(f"“{number[:40]}” is not the number of a case. Write it as UA 3/26.")
    if number_shown(session, address):
        raise Refused(f"UA {address.replace('-', '/')} is shown. Withdraw it first: then its number can lead on.")
    case = lock(session, UrgentAction, case_id_of(session, to))
    if CaseState(case.state) not in SHOWN:
        raise IllegalMove(f"{case.number} is {state_name(CaseState(case.state))}: a number leads to a public case.")
    row = insert(MovedCase).values(address=address, urgent_action_id=case.id, moved_at=clock.now())
    change = {"urgent_action_id": row.excluded.urgent_action_id, "moved_at": row.excluded.moved_at}
    session.execute(row.on_conflict_do_update(index_elements=["address"], set_=change))
    record(session, actor, "case.number_leads_here", "urgent_action", case.id, case=case.number, address=address)
    return case.id


def leading_to(session: Session, actor: Actor, case_id: UUID) -> tuple[str, ...]:
    """The numbers whose addresses lead to this case, as people write them."""
    require(actor, Permission.SEE)
    query = select(MovedCase.address).filter_by(urgent_action_id=case_id).order_by(MovedCase.moved_at)
    return tuple(f"UA {address.replace('-', '/')}" for address in session.scalars(query))


def leads_to(session: Session, number: str) -> str | None:
    """Where `number` leads, as it stands in addresses (`12-26`); None where it leads nowhere that is shown."""
    if (address := _address(number)) is None:
        return None
    query = (
        select(UrgentAction.sequence, UrgentAction.year)
        .join(MovedCase, MovedCase.urgent_action_id == UrgentAction.id)
        .where(MovedCase.address == address, UrgentAction.state.in_([state.value for state in SHOWN]))
    )
    found = session.execute(query).first()
    return f"{found.sequence}-{found.year % 100:02d}" if found else None


def _address(number: str) -> str | None:
    match = _NUMBER.fullmatch(number.strip())
    return f"{match[1]}-{match[2]}" if match else None
