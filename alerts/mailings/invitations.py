"""Invitations: whom a delivery asked to act, on which case. What the link in a mail stands for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from alerts.actions.states import ActKind
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.core.looks import Looks, first_row


@dataclass(frozen=True)
class Invitation:
    """One delivery, as the page behind its link needs it; `email` is None where the person has left since.

    `takes_acts`: the case is published now and its deadline is to come; `acted`: this person's name is on its letter;
    `kind`: what one press on the case does, the first of its kinds of act (`ActKind`).
    """

    delivery_id: int
    case_id: UUID
    language: str
    person_hash: bytes
    email: str | None
    name: str | None
    country: str | None
    time_zone: str | None
    takes_acts: bool
    acted: bool
    kind: str

    @property
    def signs(self) -> bool:
        """Whether one press signs the case's own letter, the same for all."""
        return self.kind == ActKind.SIGN


_INVITATION = """
SELECT d.id, m.urgent_action_id, b.language, s.address_hash, s.email, s.name, s.country, s.time_zone,
    u.state = 'published' AND u.deadline > %(now)s,
    EXISTS (SELECT FROM participations p WHERE p.urgent_action_id = u.id AND p.person_hash = s.address_hash
        AND p.state = 'confirmed'), u.kinds[1]
FROM deliveries d
JOIN mailings m ON m.id = d.mailing_id
JOIN urgent_actions u ON u.id = m.urgent_action_id
JOIN batches b ON b.id = d.batch_id
JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.id = %(id)s
"""


def invitation(where: Session | Looks, delivery_id: int) -> Invitation:
    """What the delivery with this id asked, and whom. Raises Unknown."""
    row = first_row(where, _INVITATION, {"id": delivery_id, "now": clock.now()})
    if row is None:
        raise Unknown("There is no such delivery.")
    return Invitation(*row)
