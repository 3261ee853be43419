"""Invitations: whom a delivery asked to act, on which case. What the link in a mail stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from alerts.actions.states import ActKind
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.core.looks import Looks
from alerts.participation.service import acting_sql


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


class Press(NamedTuple):
    """The button pressed on the page of a delivery, which shows the case as it was last corrected at `read` (UTC)."""

    delivery_id: int
    read: datetime


_ASKED = """
WITH d AS MATERIALIZED (
    SELECT id, mailing_id, batch_id, subscriber_id FROM deliveries WHERE id = ANY(%(ids)s::bigint[]))
"""
# First the deliveries, whatever PostgreSQL thinks of tables that it has not looked at since a launch filled them.
_FROM = """
FROM d
JOIN mailings m ON m.id = d.mailing_id
JOIN urgent_actions u ON u.id = coalesce(%(case)s::uuid, m.urgent_action_id)
JOIN batches b ON b.id = d.batch_id
JOIN subscribers s ON s.id = d.subscriber_id
"""
_INVITATIONS = f"""{_ASKED}
SELECT d.id, u.id, b.language, s.address_hash, s.email, s.name, s.country, s.time_zone,
    u.state = 'published' AND u.deadline > %(now)s,
    EXISTS (SELECT FROM participations p WHERE p.urgent_action_id = u.id AND p.person_hash = s.address_hash
        AND p.state = 'confirmed'), u.kinds[1]
{_FROM}
"""  # noqa: S608 - put together from the constant above
_SIGN = acting_sql(f"""{_ASKED}
SELECT DISTINCT ON (u.id, s.address_hash) u.id, s.address_hash, d.id, s.name, s.email, s.country, b.language,
    'confirmed', %(now)s::timestamptz, %(now)s::timestamptz, 'not_needed', 0, ARRAY['sign'], NULL
{_FROM}
WHERE u.state = 'published' AND u.deadline > %(now)s AND u.kinds[1] = 'sign' AND s.email IS NOT NULL AND s.name <> ''
    AND (u.corrected_at IS NULL
        OR u.corrected_at <= (%(reads)s::timestamptz[])[array_position(%(ids)s::bigint[], d.id)])
ORDER BY u.id, s.address_hash, d.id
""")


def invitation(session: Session, delivery_id: int, case_id: UUID | None = None) -> Invitation:
    """What the delivery with this id asked, and whom; of a digest, on which of its cases. Raises Unknown."""
    values = {"ids": [delivery_id], "now": clock.now(), "case": case_id}
    row = session.connection().exec_driver_sql(_INVITATIONS, values).first()
    if row is None:
        raise Unknown("There is no such delivery.")
    return Invitation(*row)


async def invitations(looks: Looks, delivery_ids: Sequence[int]) -> dict[int, Invitation]:
    """What these deliveries asked, and whom; those that there are."""
    rows = await looks.rows(_INVITATIONS, {"ids": list(delivery_ids), "now": clock.now(), "case": None})
    return {row[0]: Invitation(*row) for row in rows}


async def sign_all(looks: Looks, presses: Sequence[Press]) -> dict[Press, int]:
    """Put the names of all these people on the letters that they were asked to sign, in one statement.

    The id of each new act, by press. Left out is whoever needs a closer look: they have acted before, left, or gave
    no name; or the case takes no names, was corrected while its page was open, or has a letter that is everybody's
    own. Of two mails to one person on one case one is left out too.
    """
    ids, reads = [one.delivery_id for one in presses], [one.read for one in presses]
    rows = await looks.rows(_SIGN, {"ids": ids, "reads": reads, "now": clock.now(), "case": None})
    made = {delivery_id: act_id for act_id, delivery_id in rows}
    return {one: made[one.delivery_id] for one in presses if one.delivery_id in made}
