"""Subscribers, the statements they agreed to, and imports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from alerts.core.db import Base, BigInt
from alerts.core.ids import new_id


class SubscriberState(StrEnum):
    """Active people are mailed; who left is not, for ever."""

    ACTIVE = "active"
    LEFT = "left"


class HowOften(StrEnum):
    """How often somebody is told: of each alert at once, or of what is open and new once a day or a week."""

    EACH = "each"
    DAILY = "daily"
    WEEKLY = "weekly"


class Consent(Base):
    """Evidence of consent: the statement's text and version, how it was given, and by whom it was recorded."""

    __tablename__ = "subscriber_consents"
    __table_args__ = (
        CheckConstraint("btrim(statement) <> ''", name="consent_statement_given"),
        CheckConstraint("how IN ('import', 'form')", name="consent_how_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    statement: Mapped[str]
    how: Mapped[str]
    version: Mapped[str | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    recorded_at: Mapped[datetime]


class Subscriber(Base):
    """One person who asked to be told. `country` is ISO 3166-1 alpha-2, `time_zone` an IANA name.

    `address_hash` is the keyed hash of the address (`core.addresses`) and is what makes a person one person.
    When someone leaves, name and address are wiped and only the hash stays. That the consent exists is held by triggers
    which look at a whole statement (docs/decisions/0009). `countries`, `risks` and `topics` are what they want alerts
    about; null is everything. Whoever goes over from a digest to hearing more often is owed one more, with what they
    would have been told in it: the database notes which, and since when (`digest_is_owed`).
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        CheckConstraint("octet_length(address_hash) = 16", name="subscriber_hash_length"),
        CheckConstraint("state IN ('active', 'left')", name="subscriber_state_known"),
        CheckConstraint("how_often IN ('each', 'daily', 'weekly')", name="subscriber_how_often_known"),
        CheckConstraint(
            "(owed_digest IS NULL) = (owed_since IS NULL) AND owed_digest IN ('daily', 'weekly')",
            name="subscriber_owed_since_when",
        ),
        CheckConstraint("(state = 'active') = (email IS NOT NULL)", name="subscriber_active_has_address"),
        CheckConstraint("language IN ('en', 'es', 'fr', 'ar', 'fa', 'ru')", name="subscriber_language_known"),
        CheckConstraint(
            "(countries IS NULL OR cardinality(countries) > 0) AND (risks IS NULL OR (risks <@ ARRAY['killing',"
            " 'threat', 'arrest', 'forced_disappearance', 'smear_campaign', 'surveillance', 'unfair_trial',"
            " 'travel_ban'] AND cardinality(risks) > 0))",
            name="subscriber_choices_are_some",
        ),
        CheckConstraint(
            "topics IS NULL OR (topics <@ ARRAY['journalists', 'lawyers', 'land', 'indigenous', 'women', 'lgbti',"
            " 'workers', 'corruption', 'migrants', 'protest'] AND cardinality(topics) > 0)",
            name="subscriber_topics_known",
        ),
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
    countries: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    risks: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    topics: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    how_often: Mapped[str] = mapped_column(default=HowOften.EACH.value, server_default="each")
    owed_digest: Mapped[str | None]
    owed_since: Mapped[datetime | None]


class SignUpState(StrEnum):
    """Where somebody who asked to be told stands; who is refused cannot be mailed, who confirmed is a subscriber."""

    DUE = "due"
    HANDING_OVER = "handing_over"
    MAILED = "mailed"
    REFUSED = "refused"
    CONFIRMED = "confirmed"


class SignUp(Base):
    """Somebody asked to be told, and has not confirmed yet. What is personal is kept until then, at most 14 days.

    `how_often` and what stands with it are as for a subscriber; null where they chose nothing on the form.
    """

    __tablename__ = "sign_ups"
    __table_args__ = (
        CheckConstraint(
            "state IN ('due', 'handing_over', 'mailed', 'refused', 'confirmed')", name="sign_up_state_known"
        ),
        CheckConstraint(
            "state NOT IN ('refused', 'confirmed') OR coalesce(email, name, country, how_often) IS NULL"
            " AND coalesce(countries, risks, topics) IS NULL",
            name="sign_up_done_is_wiped",
        ),
        CheckConstraint("how_often IN ('each', 'daily', 'weekly')", name="sign_up_how_often_known"),
        CheckConstraint("octet_length(address_hash) = 16", name="sign_up_hash_length"),
    )

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str | None]
    name: Mapped[str | None]
    language: Mapped[str]
    country: Mapped[str | None]
    statement: Mapped[str]
    statement_version: Mapped[str]
    state: Mapped[str] = mapped_column(default=SignUpState.DUE.value)
    asked_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    how_often: Mapped[str | None]
    countries: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    risks: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    topics: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
