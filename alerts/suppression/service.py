"""Suppressing an address: at once, for ever, and as often as asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.suppression.models import Reason, Suppression


def suppress(session: Session, address_hash: bytes, reason: Reason) -> bool:
    """Never mail this address again. True where it is new on the list; the first reason stays.

    But for who left and then had everything deleted: they may come back no more by what they were offered before.
    """
    added = session.execute(
        insert(Suppression)
        .values(address_hash=address_hash, reason=reason.value, at=clock.now())
        .on_conflict_do_nothing()
        .returning(Suppression.address_hash)
    )
    if added.first() is not None:
        return True
    if reason is Reason.ERASED:
        left = (Suppression.address_hash == address_hash) & (Suppression.reason == Reason.LEFT.value)
        session.execute(update(Suppression).where(left).values(reason=reason.value))
    return False


def suppress_all(session: Session, reasons: Mapping[bytes, Reason]) -> int:
    """Never mail these addresses again; how many are new on the list. In the order of hashes: two who suppress the same
    addresses wait for each other, never in a circle.
    """
    if not reasons:
        return 0
    rows = [{"address_hash": hash_, "reason": reasons[hash_].value, "at": clock.now()} for hash_ in sorted(reasons)]
    added = session.execute(
        insert(Suppression).values(rows).on_conflict_do_nothing().returning(Suppression.address_hash)
    )
    return len(added.all())


def may_come_back(session: Session, address_hash: bytes) -> bool:
    """Whether mail may begin again where its owner asks for it: whoever left may come back.

    An address that bounced, complained or was erased is left alone.
    """
    found = session.get(Suppression, address_hash)
    return found is None or found.reason == Reason.LEFT


def is_suppressed(session: Session, address_hash: bytes) -> bool:
    """Whether mail to this address is forbidden."""
    return session.get(Suppression, address_hash) is not None
