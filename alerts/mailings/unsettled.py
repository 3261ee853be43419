"""The unknown: mail that the provider was asked to take and never answered for. A list, and two ways to settle it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock
from alerts.core.errors import Refused
from alerts.mailings.errors import AudienceChanged
from alerts.mailings.models import Mailing
from alerts.mailings.shifting import (
    FROM,
    MAY_GO_AGAIN,
    Which,
    accept,
    bring_back,
    defer,
    hold_batches,
    how_many,
    latest,
)
from alerts.organisers import Actor, Permission, require

UNKNOWN = "unknown"
WAIT = timedelta(minutes=15)
"""How long a provider may take to report a mail by itself; whoever settles it sooner says that they will not wait."""
BY_HAND = "Counted as handed over by an organiser."


class How(StrEnum):
    """What becomes of unknown deliveries: they go out (again), or count as handed over."""

    RESEND = "resend"
    HANDED_OVER = "handed-over"


class UnknownRow(NamedTuple):
    """One unknown delivery. Name and address are None once the person has left; `at` is UTC."""

    delivery_id: int
    batch_id: int
    name: str | None
    email: str | None
    code: str
    reason: str
    at: datetime


class UnknownReason(NamedTuple):
    """Unknown deliveries with one code and reason: `again` may go out again, `latest` (UTC) is the youngest."""

    code: str
    reason: str
    people: int
    again: int
    batches: int
    latest: datetime

    @property
    def which(self) -> Which:
        """These deliveries, to be settled."""
        return Which(code=self.code, reason=self.reason)


class Settled(NamedTuple):
    """How many were settled; `left` were to go out again and may not (left, acted, suppressed), and stay unknown."""

    people: int
    left: int


_BY_REASON = text(
    "SELECT coalesce(d.code, '') AS code, coalesce(d.reason, '') AS reason, count(*) AS people,"
    f" count(*) FILTER (WHERE {MAY_GO_AGAIN}) AS again, count(DISTINCT b.id) AS batches, max(d.at) AS latest"
    f" {FROM.format(state=UNKNOWN)} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
)
_ROWS = text(
    "SELECT d.id, b.id, s.name, s.email, coalesce(d.code, ''), coalesce(d.reason, ''), d.at"
    f" {FROM.format(state=UNKNOWN)} AND d.id > :after ORDER BY d.id LIMIT :limit"
)


def unknown_reasons(session: Session, actor: Actor, mailing_id: UUID) -> list[UnknownReason]:
    """The unknown deliveries of a mailing by code and reason, most first."""
    require(actor, Permission.SEE_LEDGER)
    return [UnknownReason(*row) for row in session.execute(_BY_REASON, {"mailing": mailing_id})]


def unknown_rows(
    session: Session, actor: Actor, mailing_id: UUID, *, after: int = 0, limit: int = 100
) -> list[UnknownRow]:
    """A page of the unknown deliveries: up to `limit` behind delivery `after`."""
    require(actor, Permission.SEE_LEDGER)
    found = session.execute(_ROWS, {"mailing": mailing_id, "after": after, "limit": limit})
    return [UnknownRow(*row) for row in found]


def settle_count(session: Session, actor: Actor, mailing_id: UUID, how: How, which: Which) -> int:
    """How many deliveries settling these would settle, as things stand now."""
    require(actor, Permission.LAUNCH)
    return how_many(session, mailing_id, UNKNOWN, which, to_send=how is How.RESEND)


def reported_until(session: Session, mailing_id: UUID, which: Which) -> datetime | None:
    """Until when (UTC) the provider may still report one of these by itself; None where that time is over."""
    youngest = latest(session, mailing_id, UNKNOWN, which)
    return youngest + WAIT if youngest is not None and youngest + WAIT > clock.now() else None


def settle(
    session: Session,
    actor: Actor,
    mailing_id: UUID,
    how: How,
    which: Which,
    *,
    confirmed: int | None = None,
    sooner: bool = False,
) -> Settled:
    """Settle these unknown deliveries: sent again (better twice than never), or counted as handed over.

    `confirmed` is the number that was typed; `sooner` says not to wait for the provider's own reports. Raises
    AudienceChanged, or Refused where there is nobody, it is too soon, or nothing may be sent.
    """
    require(actor, Permission.LAUNCH)
    hold_batches(session, mailing_id, UNKNOWN)
    until = reported_until(session, mailing_id, which)
    if until is not None and not sooner:
        raise Refused(
            f"The provider may still report some of these by itself, and settle them. Wait until {until:%H:%M} UTC, or"
            " say that you will not wait."
        )
    mailing = bring_back(session, mailing_id) if how is How.RESEND else lock(session, Mailing, mailing_id)
    if how is How.RESEND:
        people = defer(session, mailing_id, UNKNOWN, which)
    else:
        people = accept(session, mailing_id, UNKNOWN, which, why=BY_HAND)
        mailing.first_handed_over_at = mailing.first_handed_over_at or clock.now()
    if confirmed is not None and confirmed != people:
        raise AudienceChanged(f"You confirmed {confirmed} people; now it would be {people}. Look again, then confirm.")
    if not people:
        raise Refused("Nobody is left to be settled here: they were settled meanwhile, have left, or have acted.")
    session.flush()
    chosen = {"code": which.code} if which.code is not None else {}
    record(session, actor, "mailing.settled", "mailing", mailing.id, how=how.value, people=people, **chosen)
    return Settled(people, how_many(session, mailing_id, UNKNOWN, which, to_send=False))
