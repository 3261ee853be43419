"""Leaving: at once, for ever, without asking anything."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.subscribers.models import Subscriber, SubscriberState
from alerts.suppression.models import Reason
from alerts.suppression.service import suppress


def leave(session: Session, address_hash: bytes, reason: Reason = Reason.LEFT) -> None:
    """Suppress the address and wipe the person, whether or not we (still) know them; twice is once."""
    suppress(session, address_hash, reason)
    session.execute(
        update(Subscriber)
        .where(Subscriber.address_hash == address_hash, Subscriber.state == SubscriberState.ACTIVE.value)
        .values(state=SubscriberState.LEFT.value, left_at=clock.now(), email=None, name=None)
    )
