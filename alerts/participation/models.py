"""Acts of supporters on urgent actions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

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


class ShownAs(StrEnum):
    """How a person's name goes to the target: whole, as initials and town, or not at all, only counted."""

    FULL = "full"
    INITIALS = "initials"
    COUNTED = "counted"


class PageRequestState(StrEnum):
    """Where the mail with the link to somebody's own page stands; done means sent, or that there is nothing to send."""

    DUE = "due"
    HANDING_OVER = "handing_over"
    DONE = "done"


class Participation(Base):
    """One person's act on one urgent action; `person_hash` is the keyed hash of their address.

    Withdrawing wipes name, address, country, town and letter: only the hash is left, which makes acting twice one act.
    `delivery_id` says which mail brought them, where one did. `kinds` is all that they did on the case, which counts
    once; `letter` is in their own words, where they changed what was offered. `may_answer`: the target may be told
    their address, to answer them.
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
            "state <> 'withdrawn' OR (name IS NULL AND email IS NULL AND country IS NULL"
            " AND letter IS NULL AND town IS NULL)",
            name="participation_withdrawn_is_wiped",
        ),
        CheckConstraint(
            "kinds <@ ARRAY['sign', 'write', 'print', 'share']::text[] AND cardinality(kinds) > 0",
            name="participation_kinds_known",
        ),
        CheckConstraint("NOT may_answer OR email IS NOT NULL", name="participation_answers_need_an_address"),
        CheckConstraint("shown_as IN ('full', 'initials', 'counted')", name="participation_shown_as_known"),
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
    person_hash: Mapped[bytes] = mapped_column(index=True)
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
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{sign}'::text[]"))
    letter: Mapped[str | None]
    town: Mapped[str | None]
    shown_as: Mapped[str] = mapped_column(default=ShownAs.FULL.value, server_default="full")
    may_answer: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    reminded_at: Mapped[datetime | None]


class PageRequest(Base):
    """Somebody asked for the page of their own acts. The address is kept only until the mail was handed over."""

    __tablename__ = "page_requests"
    __table_args__ = (
        CheckConstraint("state IN ('due', 'handing_over', 'done')", name="page_request_state_known"),
        CheckConstraint("state <> 'done' OR email IS NULL", name="page_request_done_is_wiped"),
    )

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    person_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str | None]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default=PageRequestState.DUE.value)
    asked_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
