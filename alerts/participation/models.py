"""Acts of supporters on urgent actions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from alerts.core.db import Base, BigInt


class ParticipationState(StrEnum):
    """Pending until confirmed by mail (people we do not know); only confirmed ones count."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class ConfirmationState(StrEnum):
    """Where the mail that asks to confirm stands; `unknown` is never sent again by itself."""

    NOT_NEEDED = "not_needed"
    DUE = "due"
    HANDING_OVER = "handing_over"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Participation(Base):
    """One person's act on one urgent action; `person_hash` is the keyed hash of their address.

    Withdrawing wipes name, address and country: only the hash is left, which makes acting twice one act.
    `delivery_id` says which mail brought them, where one did.
    """

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("urgent_action_id", "person_hash"),
        CheckConstraint("state IN ('pending', 'confirmed', 'withdrawn')", name="participation_state_known"),
        CheckConstraint(
            "confirmation IN ('not_needed', 'due', 'handing_over', 'handed_over', 'refused', 'unknown')",
            name="participation_confirmation_known",
        ),
        CheckConstraint(
            "state <> 'withdrawn' OR (name IS NULL AND email IS NULL AND country IS NULL)",
            name="participation_withdrawn_is_wiped",
        ),
        Index("ix_participations_counted", "urgent_action_id", postgresql_where=text("state = 'confirmed'")),
        Index("ix_participations_pending", "acted_at", postgresql_where=text("state = 'pending'")),
        Index(
            "ix_participations_confirmation_due",
            "confirm_not_before",
            postgresql_where=text("confirmation = 'due'"),
        ),
    )

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    urgent_action_id: Mapped[UUID] = mapped_column(ForeignKey("urgent_actions.id"))
    person_hash: Mapped[bytes]
    delivery_id: Mapped[BigInt | None]
    name: Mapped[str | None]
    email: Mapped[str | None]
    country: Mapped[str | None]
    language: Mapped[str]
    state: Mapped[str]
    acted_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    confirmation: Mapped[str] = mapped_column(default=ConfirmationState.NOT_NEEDED.value)
    confirm_not_before: Mapped[datetime | None]
    confirm_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
