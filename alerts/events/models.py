"""Tables of what was reported: posts that wait, events that were seen, what is odd, counts by day, soft bounces."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from alerts.core.db import Base, BigInt


class PostState(StrEnum):
    """`waiting` for a worker; `unreadable` is kept apart for some days. A post that was expanded is deleted."""

    WAITING = "waiting"
    UNREADABLE = "unreadable"


class EventPost(Base):
    """One post of a provider, as it came: kept until a worker has expanded it, which takes seconds.

    The raw body holds more than is wanted (addresses, of opens also where from), and so is gone with its row.
    """

    __tablename__ = "event_posts"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'unreadable')", name="event_post_state_known"),
        CheckConstraint("(state = 'unreadable') = (trouble IS NOT NULL)", name="event_post_unreadable_says_why"),
        Index("ix_event_posts_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    received_at: Mapped[datetime]
    body: Mapped[bytes]
    state: Mapped[str] = mapped_column(default=PostState.WAITING.value, server_default="waiting")
    trouble: Mapped[str | None]


class ProviderEvent(Base):
    """One event that was taken note of, by the provider's own id for it: what makes the same event count once.

    `about` is `d` for a delivery, `c` for the mail that asks to confirm an act (a participation); `number` is its id.
    """

    __tablename__ = "provider_events"
    __table_args__ = (
        CheckConstraint("about IN ('d', 'c', 'a', 'm', 's')", name="provider_event_about_known"),
        Index("ix_provider_events_seen_at", "seen_at", postgresql_using="brin"),
    )

    event_id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    about: Mapped[str]
    number: Mapped[BigInt]
    kind: Mapped[str]
    at: Mapped[datetime]
    seen_at: Mapped[datetime]


class OddEvent(Base):
    """An event in a good post that means nothing to us: why, and the names in it, none of its values but the kind."""

    __tablename__ = "odd_events"

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    why: Mapped[str]
    kind: Mapped[str | None]
    names: Mapped[str]


class ReportCount(Base):
    """How often something was reported on a day (UTC), by posts (`hook`) or returned mail (`mail`)."""

    __tablename__ = "report_counts"
    __table_args__ = (CheckConstraint("by IN ('hook', 'mail')", name="report_count_by_known"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]


class SoftBounce(Base):
    """One mail that came back for a reason that may pass; forgotten once the rule can no longer use it."""

    __tablename__ = "soft_bounces"
    __table_args__ = (CheckConstraint("octet_length(address_hash) = 16", name="soft_bounce_hash_length"),)

    address_hash: Mapped[bytes] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
