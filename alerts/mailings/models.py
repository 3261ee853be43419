"""Tables of the engine: state per batch, exceptions per delivery, one view that joins the two (see the migration)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from alerts.core.db import Base, BigInt
from alerts.core.ids import new_id


class MailingState(StrEnum):
    """Where a mailing stands; the legal moves are in `transitions`.

    `parked`: the provider is away or asked us to slow down, the mailing resumes by itself at `parked_until`.
    `stopped`: something only people can mend (key, sender, content); a person resumes it.
    """

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    PARKED = "parked"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    DONE = "done"


class BatchState(StrEnum):
    """`ready` waits for a worker, `leased` is with one until `lease_until`, `done` has nothing left to do."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"


class DeliveryState(StrEnum):
    """What became of one delivery, where that differs from its batch; `deferred` will be tried again."""

    HANDED_OVER = "handed_over"
    SKIPPED = "skipped"
    REFUSED = "refused"
    DEFERRED = "deferred"
    HANDING_OVER = "handing_over"
    UNKNOWN = "unknown"


DIGEST_RANK = 4
"""Digests come after all other mail."""


class Mailing(Base):
    """One launch of a bulletin to an audience. `rank` says what goes first: stop 0, outcome 1, update 2, first 3.
    `asks`: it asks people to act, and ends with the appeals of its case. `digest` is its kind where it is one: led by
    this bulletin's case, with a `DigestCase` for each case in it.

    `plan` holds what makes it wait (`plan.Plan`); empty for an ordinary one.
    `freeze_after` is the id of the last subscriber looked at by the freeze; `frozen_at` says that it is complete.
    `follows_id` is the mailing that this one completes: it goes to those who joined since,
    and to nobody who was in an audience of the bulletin before.
    """

    __tablename__ = "mailings"
    __table_args__ = (
        CheckConstraint(
            "state IN ('scheduled', 'running', 'paused', 'parked', 'stopped', 'cancelled', 'done')",
            name="mailing_state_known",
        ),
        CheckConstraint("digest IN ('daily', 'weekly')", name="mailing_digest_known"),
        CheckConstraint("state <> 'done' OR frozen_at IS NOT NULL", name="mailing_done_is_frozen"),
        Index(
            "uq_mailings_open_bulletin",
            "bulletin_id",
            unique=True,
            postgresql_where=text("state NOT IN ('cancelled', 'done') AND digest IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bulletin_id: Mapped[UUID] = mapped_column(ForeignKey("bulletins.id"), index=True)
    urgent_action_id: Mapped[UUID] = mapped_column(ForeignKey("urgent_actions.id"), index=True)
    state: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    asks: Mapped[bool] = mapped_column(default=True, server_default="true")
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    launched_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    launched_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    freeze_after: Mapped[BigInt] = mapped_column(default=0, server_default="0")
    frozen_at: Mapped[datetime | None]
    first_handed_over_at: Mapped[datetime | None]
    parked_until: Mapped[datetime | None]
    trouble: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("mailings.id"))
    digest: Mapped[str | None]


class DigestDay(Base):
    """A day (of the organisation's) whose digest was looked at, once: `mailing_id` is null where nothing was new."""

    __tablename__ = "digest_days"
    __table_args__ = (CheckConstraint("kind IN ('daily', 'weekly')", name="digest_day_kind_known"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    mailing_id: Mapped[UUID | None] = mapped_column(ForeignKey("mailings.id"))


class DigestCase(Base):
    """A case in a digest; its `place` is a bit of the number that says which cases a person's mail holds."""

    __tablename__ = "digest_cases"
    __table_args__ = (
        UniqueConstraint("mailing_id", "urgent_action_id"),
        CheckConstraint("place BETWEEN 0 AND 13", name="digest_case_place_fits"),
    )

    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    urgent_action_id: Mapped[UUID] = mapped_column(ForeignKey("urgent_actions.id"), index=True)


class MailingWinner(Base):
    """The variant that everyone who waited gets: chosen once (the trigger `winner_is_final`), by a person or, null, by
    the clock.
    """

    __tablename__ = "mailing_winners"
    __table_args__ = (CheckConstraint("variant BETWEEN 0 AND 3", name="mailing_winner_in_range"),)

    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailings.id"), primary_key=True)
    variant: Mapped[int] = mapped_column(SmallInteger)
    chosen_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    chosen_at: Mapped[datetime]
    why: Mapped[str]


class MailingContent(Base):
    """What a mailing says in one language, fixed at launch: all workers send the same words, whatever is edited later.

    `subject`, `text` and `html` hold slots (`delivery.content.slot`); `greeting` is the line with a name,
    `greeting_unnamed` the one without. A mailing that tests variants has each of them; all others have variant 0 only.
    """

    __tablename__ = "mailing_contents"

    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    variant: Mapped[int] = mapped_column(SmallInteger, primary_key=True, default=0, server_default="0")
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    greeting: Mapped[str]
    greeting_unnamed: Mapped[str]


class TransportRow(Base):
    """What all workers know of a way to a provider (`Transport.key`): see `holds` and `pacing`.

    `held_until`: the provider asked us to wait, in its `words`; `tries` counts outages without a mail taken between.
    `paced_until`: our own pace lets nothing out before. `first_handed_over_at` is where the warm-up counts from.
    """

    __tablename__ = "transports"
    __table_args__ = (CheckConstraint("held_until IS NULL OR words IS NOT NULL", name="transport_hold_says_why"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    held_until: Mapped[datetime | None]
    words: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    paced_until: Mapped[datetime | None]
    first_handed_over_at: Mapped[datetime | None]


class Exclusion(Base):
    """How many people of the rule's audience a mailing left out, by reason."""

    __tablename__ = "mailing_exclusions"

    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    people: Mapped[int]


class Batch(Base):
    """Deliveries of one mailing and language that are handed over together: those with the ids from `first_id` on.

    A delivery's position is its id, counted from there: 0 to `size` - 1. Positions below `settled` have an outcome;
    those from `settled` up to `intent` are with the provider right now. Whoever finds `intent` past `settled` under a
    lease that ran out knows that their outcome is unknown.
    `fence` grows with each claim, and every write names the fence it was claimed under.
    `accepted`, `refused`, `skipped`, `deferred` and `unknown` count the settled ones.
    From `quiet_from` on nothing of it goes out until the clock has waited their quiet hours out; `time_zone` is one of
    the zones of its people, whose clocks agree. Both are null where nobody has quiet hours.
    `retry_at` is when those who were tried are due again, in a batch that holds people whom pacing put off as well.
    `variant` is which of the mailing's words they get; null while they wait for a winner, and then nobody claims it.
    `sampled`: they are of the share on which variants are tested.
    """

    __tablename__ = "batches"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'leased', 'done')", name="batch_state_known"),
        CheckConstraint("0 <= settled AND settled <= intent AND intent <= size", name="batch_positions_in_order"),
        CheckConstraint(
            "accepted + refused + skipped + deferred + unknown = settled", name="batch_counters_equal_settled"
        ),
        CheckConstraint(
            "variant IS NOT NULL OR (state = 'ready' AND intent = 0 AND NOT sampled)", name="batch_held_is_untouched"
        ),
        Index(
            "ix_batches_claimable",
            "mailing_id",
            "not_before",
            "id",
            postgresql_where=text("state <> 'done' AND variant IS NOT NULL"),
        ),
        Index("ix_batches_mailing", "mailing_id"),
        Index("ix_batches_quiet", "quiet_from", postgresql_where=text("quiet_from IS NOT NULL AND state <> 'done'")),
    )

    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailings.id"))
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default=BatchState.READY.value, server_default="ready")
    first_id: Mapped[BigInt]
    size: Mapped[int]
    lease_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    fence: Mapped[BigInt] = mapped_column(default=0, server_default="0")
    attempt: Mapped[int] = mapped_column(default=0, server_default="0")
    not_before: Mapped[datetime]
    quiet_from: Mapped[datetime | None]
    time_zone: Mapped[str | None]
    retry_at: Mapped[datetime | None]
    variant: Mapped[int | None] = mapped_column(SmallInteger, default=0, server_default="0")
    sampled: Mapped[bool] = mapped_column(default=False, server_default="false")
    settled: Mapped[int] = mapped_column(default=0, server_default="0")
    intent: Mapped[int] = mapped_column(default=0, server_default="0")
    accepted: Mapped[int] = mapped_column(default=0, server_default="0")
    refused: Mapped[int] = mapped_column(default=0, server_default="0")
    skipped: Mapped[int] = mapped_column(default=0, server_default="0")
    deferred: Mapped[int] = mapped_column(default=0, server_default="0")
    unknown: Mapped[int] = mapped_column(default=0, server_default="0")
    resent: Mapped[int] = mapped_column(default=0, server_default="0")


class Window(Base):
    """What the provider said of the deliveries handed over together: positions `first` up to (not with) `last`.

    `provider_ids` has one entry for each position that was accepted or null, or a single one for all of them.
    """

    __tablename__ = "windows"

    batch_id: Mapped[BigInt] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    at: Mapped[datetime]
    provider_ids: Mapped[list[str | None]] = mapped_column(ARRAY(Text))


class Delivery(Base):
    """One mailing to one subscriber. `state` null means: as the batch and its window say.

    Ids come in blocks (the sequence `delivery_blocks`), without a gap within a batch. That each row's mailing, batch
    and subscriber are there is checked once a statement, by the trigger `delivery_in_its_batch`. `unheard`: a provider
    may have taken the mail, for no answer came; kept, whatever became of later tries.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("mailing_id", "subscriber_id"),
        CheckConstraint(
            "state IN ('handed_over', 'skipped', 'refused', 'deferred', 'handing_over', 'unknown')",
            name="delivery_state_known",
        ),
        Index("ix_deliveries_exceptions", "batch_id", "state", postgresql_where=text("state IS NOT NULL")),
    )

    id: Mapped[BigInt] = mapped_column(primary_key=True, autoincrement=False)
    mailing_id: Mapped[UUID]
    subscriber_id: Mapped[BigInt]
    batch_id: Mapped[BigInt]
    state: Mapped[str | None]
    reason: Mapped[str | None]
    code: Mapped[str | None]
    provider_id: Mapped[str | None]
    at: Mapped[datetime | None]
    unheard: Mapped[bool | None]
