"""Leaving: at once, for ever, without asking anything."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.subscribers.models import HowOften, SignUp, Subscriber, SubscriberState
from alerts.suppression.models import Reason
from alerts.suppression.service import suppress


def leave(session: Session, address_hash: bytes, reason: Reason = Reason.LEFT) -> None:
    """Suppress the address and wipe the person, whether or not we (still) know them; twice is once."""
    suppress(session, address_hash, reason)
    session.execute(delete(SignUp).where(SignUp.address_hash == address_hash))
    leave_all(session, [address_hash])


def leave_all(session: Session, address_hashes: Sequence[bytes]) -> None:
    """Wipe those people we (still) know; whoever calls has suppressed them."""
    session.execute(
        update(Subscriber)
        .where(Subscriber.address_hash.in_(address_hashes), Subscriber.state == SubscriberState.ACTIVE.value)
        .values(
            state=SubscriberState.LEFT.value,
            left_at=clock.now(),
            how_often=HowOften.EACH.value,
            **dict.fromkeys(("email", "name", "countries", "risks", "topics")),
        )
    )
