"""Subscribers, the statements they agreed to, and imports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from alerts.core.db import Base, BigInt
from alerts.core.ids import new_id


class SubscriberState(StrEnum):
    """Active people are mailed; who left is not, for ever."""

    ACTIVE = "active"
    LEFT = "left"


class Consent(Base):
    """Evidence of consent: the statement's text, how it was given, and by whom it was recorded."""

    __tablename__ = "subscriber_consents"
    __table_args__ = (
        CheckConstraint("btrim(statement) <> ''", name="consent_statement_given"),
        CheckConstraint("how IN ('import', 'form')", name="consent_how_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    statement: Mapped[str]
    how: Mapped[str]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    recorded_at: Mapped[datetime]


class Subscriber(Base):
    """One person who asked to be told. `country` is ISO 3166-1 alpha-2, `time_zone` an IANA name.

    `address_hash` is the keyed hash of the address (`core.addresses`) and is what makes a person one person.
    When someone leaves, name and address are wiped and only the hash stays. That the consent exists is held by triggers
    which look at a whole statement (docs/decisions/0009).
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        CheckConstraint("octet_length(address_hash) = 16", name="subscriber_hash_length"),
        CheckConstraint("state IN ('active', 'left')", name="subscriber_state_known"),
        CheckConstraint("(state = 'active') = (email IS NOT NULL)", name="subscriber_active_has_address"),
        CheckConstraint("language IN ('en', 'es', 'fr', 'ar', 'fa', 'ru')", name="subscriber_language_known"),
    )

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str | None]
    name: Mapped[str | None]
    language: Mapped[str]
    country: Mapped[str | None]
    time_zone: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=SubscriberState.ACTIVE.value, server_default="active")
    consent_id: Mapped[UUID]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
