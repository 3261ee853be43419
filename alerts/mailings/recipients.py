"""The people of a batch: read in one query, checked again at the door, given their links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core.tokens import Purpose, mint
from alerts.delivery.content import Recipient
from alerts.delivery.site import Site
from alerts.mailings.claims import Claim
from alerts.mailings.models import MailingContent


@dataclass(frozen=True, slots=True)
class Pending:
    """One delivery of a batch that has no outcome yet."""

    position: int
    delivery_id: int
    email: str | None
    name: str | None
    address_hash: bytes


_PENDING = """
SELECT d.position, d.id, s.email, s.name, s.address_hash FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.batch_id = :batch AND {which} ORDER BY d.position
"""
_FIRST_PASS = text(_PENDING.format(which="d.position >= :settled"))
_RETRY_PASS = text(_PENDING.format(which="d.state = 'deferred'"))

_DOOR = text("""
SELECT d.id, CASE
    WHEN s.state <> 'active' THEN 'left'
    WHEN EXISTS (SELECT FROM suppressions x WHERE x.address_hash = s.address_hash) THEN 'suppressed'
    WHEN EXISTS (SELECT FROM participations p WHERE p.urgent_action_id = m.urgent_action_id
        AND p.person_hash = s.address_hash AND p.state = 'confirmed') THEN 'has_acted' END AS reason
FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id JOIN mailings m ON m.id = d.mailing_id
WHERE d.batch_id = :batch AND d.id = ANY(:ids)
""")


def pending(session: Session, claim: Claim) -> list[Pending]:
    """What is left to hand over in a claimed batch: on the first pass by position, later what was deferred."""
    if claim.settled < claim.size:
        rows = session.execute(_FIRST_PASS, {"batch": claim.batch_id, "settled": claim.settled})
    else:
        rows = session.execute(_RETRY_PASS, {"batch": claim.batch_id})
    return [Pending(*row) for row in rows]


def turned_away(session: Session, claim: Claim, window: Sequence[Pending]) -> dict[int, str]:
    """Who of the window must not be mailed any more, and why, as of this moment: delivery id to reason."""
    ids = [item.delivery_id for item in window]
    rows = session.execute(_DOOR, {"batch": claim.batch_id, "ids": ids})
    return {id: reason for id, reason in rows if reason is not None}


def recipient(item: Pending, content: MailingContent, site: Site, deadline: datetime) -> Recipient:
    """The person as a transport wants them, with links that are theirs alone."""
    act = mint(Purpose.ACT, item.delivery_id, expires=deadline)
    leave = mint(Purpose.LEAVE, item.delivery_id, extra=item.address_hash)
    name = (item.name or "").strip()
    return Recipient(
        delivery_id=item.delivery_id,
        email=item.email or "",
        name=name or None,
        slots={
            "greeting": content.greeting % {"name": name} if name else content.greeting_unnamed,
            "act_url": f"{site.base_url}/a/{act}",
            "leave_url": f"{site.base_url}/u/{leave}",
            "leave_mailto": f"mailto:{site.leave_mailbox}?subject={leave}",
        },
    )
