"""Invitations: whom a delivery asked to act, on which case. What the link in a mail stands for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.core.errors import Unknown
from alerts.mailings.models import Batch, Delivery, Mailing
from alerts.subscribers.models import Subscriber


@dataclass(frozen=True)
class Invitation:
    """One delivery, as the page behind its link needs it; `email` is None where the person has left since."""

    delivery_id: int
    case_id: UUID
    language: str
    person_hash: bytes
    email: str | None
    name: str | None
    country: str | None
    time_zone: str | None


def invitation(session: Session, delivery_id: int) -> Invitation:
    """What the delivery with this id asked, and whom. Raises Unknown."""
    query = (
        select(
            Delivery.id,
            Mailing.urgent_action_id,
            Batch.language,
            Subscriber.address_hash,
            Subscriber.email,
            Subscriber.name,
            Subscriber.country,
            Subscriber.time_zone,
        )
        .join(Mailing, Mailing.id == Delivery.mailing_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.id == delivery_id)
    )
    row = session.execute(query).first()
    if row is None:
        raise Unknown("There is no such delivery.")
    return Invitation(*row)
