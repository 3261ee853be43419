"""The people of a batch: read in one query, checked again at the door, given their links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from alerts.core.tokens import Purpose, minter
from alerts.delivery.content import Recipient
from alerts.delivery.site import Site
from alerts.mailings.claims import Claim
from alerts.mailings.models import MailingContent


class Pending(NamedTuple):
    """One delivery of a batch that has no outcome yet; `away` is why it must not be handed over, as of the reading.

    `paced`: it was put off by our own pace, and has not been tried since.
    """

    position: int
    delivery_id: int
    email: str | None
    name: str | None
    address_hash: bytes
    away: str | None = None
    paced: bool = False


_AWAY = """CASE
    WHEN s.state <> 'active' THEN 'left'
    WHEN EXISTS (SELECT FROM suppressions x WHERE x.address_hash = s.address_hash) THEN 'suppressed'
    WHEN EXISTS (SELECT FROM participations p WHERE p.urgent_action_id = :case
        AND p.person_hash = s.address_hash AND p.state = 'confirmed') THEN 'has_acted' END"""

# Each subscriber is looked up through its key, whatever the planner believes of tables that are just being filled.
_PENDING = """
SELECT d.id - CAST(:first AS bigint), d.id, s.email, s.name, s.address_hash, {away},
    coalesce(d.code = 'paced', false)
FROM (SELECT id, subscriber_id, code FROM deliveries WHERE {which} ORDER BY id LIMIT :size) d
CROSS JOIN LATERAL (SELECT * FROM subscribers WHERE subscribers.id = d.subscriber_id OFFSET 0) s
ORDER BY d.id
"""
_FIRST_PASS = text(
    _PENDING.format(away=_AWAY, which="id >= CAST(:first AS bigint) + :settled AND id < CAST(:first AS bigint) + :size")
)
_AGAIN = "batch_id = :batch AND state = 'deferred' AND (:due OR code = 'paced')"
_RETRY_PASS = text(_PENDING.format(away=_AWAY, which=_AGAIN))
_DOOR = text(_PENDING.format(away=_AWAY, which="id = ANY(:ids)"))


def pending(session: Session, claim: Claim) -> list[Pending]:
    """What is left to hand over in a claimed batch: on the first pass by position, later what was deferred."""
    values = {"first": claim.first_id, "size": claim.size, "case": claim.case_id}
    if claim.first_pass:
        return _read(session, _FIRST_PASS, {**values, "settled": claim.settled})
    return _read(session, _RETRY_PASS, {**values, "batch": claim.batch_id, "due": claim.due})


def looked_up_again(session: Session, claim: Claim, window: Sequence[Pending]) -> list[Pending]:
    """The people of a window as they are at this moment: who has left, is suppressed or has acted says so in `away`."""
    ids = [item.delivery_id for item in window]
    return _read(session, _DOOR, {"first": claim.first_id, "size": len(ids), "case": claim.case_id, "ids": ids})


def _read(session: Session, query: TextClause, values: dict[str, Any]) -> list[Pending]:
    return list(map(Pending._make, session.execute(query, values).all()))


def addressing(content: MailingContent, site: Site, deadline: datetime) -> Callable[[Pending], Recipient]:
    """What makes of a delivery the person a transport wants, with links that are theirs alone.

    Links to act are good until `deadline` (UTC), links to leave for ever.
    """
    act, leave = minter(Purpose.ACT, expires=deadline), minter(Purpose.LEAVE)
    greeting, unnamed = content.greeting, content.greeting_unnamed
    act_url, leave_url = f"{site.base_url}/a/", f"{site.base_url}/u/"
    leave_mailto = f"mailto:{site.leave_mailbox}?subject="

    def recipient(item: Pending) -> Recipient:
        name = (item.name or "").strip()
        leave_token = leave(item.delivery_id, item.address_hash)
        slots = {
            "greeting": greeting % {"name": name} if name else unnamed,
            "act_url": act_url + act(item.delivery_id, b""),
            "leave_url": leave_url + leave_token,
            "leave_mailto": leave_mailto + leave_token,
        }
        return Recipient(item.delivery_id, item.email or "", name or None, slots)

    return recipient
