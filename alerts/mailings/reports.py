"""What providers reported of deliveries later on: facts beside the ledger, which says what became of handing over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from alerts.core.db import Base, BigInt
from alerts.mailings.models import Batch


class Fact(StrEnum):
    """One thing a provider can report of a delivery; several may be true of the same one, in any order.

    `taken`: the provider has it. `delivered`: the receiving server took it. `delayed`: it did not at some time, and
    was asked again. `returned`: given up, for a reason that may pass. `bounced`: turned away for good. `dropped`: the
    provider did not try. `complained`: called spam. `left`: asked not to get more.
    """

    TAKEN = "taken"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    RETURNED = "returned"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    COMPLAINED = "complained"
    LEFT = "left"


class DeliveryReport(Base):
    """The facts reported of one delivery, each with the first moment (UTC) it was reported for.

    `code` and `reason` are the provider's words where the mail did not arrive. `was_unknown`: handing over had ended
    without an answer, and these reports settled it; a later bounce then settles it again.
    """

    __tablename__ = "delivery_reports"

    delivery_id: Mapped[BigInt] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    taken_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    delayed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    complained_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    code: Mapped[str | None]
    reason: Mapped[str | None]
    provider_id: Mapped[str | None]
    was_unknown: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class MailingReport(Base):
    """How many deliveries of a mailing each fact was reported of; equal to the rows, kept up as they change."""

    __tablename__ = "mailing_reports"

    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True)
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    delivered: Mapped[int] = mapped_column(default=0, server_default="0")
    delayed: Mapped[int] = mapped_column(default=0, server_default="0")
    returned: Mapped[int] = mapped_column(default=0, server_default="0")
    bounced: Mapped[int] = mapped_column(default=0, server_default="0")
    dropped: Mapped[int] = mapped_column(default=0, server_default="0")
    complained: Mapped[int] = mapped_column(default=0, server_default="0")
    left: Mapped[int] = mapped_column(default=0, server_default="0")


Index("ix_batches_unknown", Batch.id, postgresql_where=text("unknown > 0"))
"""Batches whose unknown deliveries a report may settle: found each second, so not by reading them all."""


@dataclass(frozen=True)
class Reports:
    """How many people of a mailing each fact was reported of. One person may be in several."""

    delivered: int = 0
    delayed: int = 0
    returned: int = 0
    bounced: int = 0
    dropped: int = 0
    complained: int = 0
    left: int = 0


_REPORTS = text("""
SELECT delivered, delayed, returned, bounced, dropped, complained, "left"
FROM mailing_reports WHERE mailing_id = :mailing
""")


def reports_of(session: Session, mailing_id: UUID) -> Reports:
    """What was reported of a mailing up to now; zeros where nothing was."""
    row = session.execute(_REPORTS, {"mailing": mailing_id}).one_or_none()
    return Reports(*row) if row else Reports()
