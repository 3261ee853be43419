"""Suppressing an address: at once, for ever, and as often as asked."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.suppression.models import Reason, Suppression


def suppress(session: Session, address_hash: bytes, reason: Reason) -> bool:
    """Never mail this address again. True where it is new on the list; the first reason stays."""
    added = session.execute(
        insert(Suppression)
        .values(address_hash=address_hash, reason=reason.value, at=clock.now())
        .on_conflict_do_nothing()
        .returning(Suppression.address_hash)
    )
    return added.first() is not None


def is_suppressed(session: Session, address_hash: bytes) -> bool:
    """Whether mail to this address is forbidden."""
    return session.get(Suppression, address_hash) is not None
