"""How letters go to a target, and what became of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from alerts.core.db import Base, BigInt


class RelayState(StrEnum):
    """Whether letters go to a target now: they do; an organiser stopped them, or we cannot; the target refuses them."""

    GOING = "going"
    PAUSED = "paused"
    REFUSED = "refused"


class AppealState(StrEnum):
    """What became of one person's letter; who has none here has not been brought to the target yet.

    `unknown` and `handing_over` may have left, so neither goes again; `returned` came back. `kept_back` never went: the
    words that were signed were taken down, and others are not theirs. It goes after all once they write or sign anew.
    """

    HANDING_OVER = "handing_over"
    HANDED_OVER = "handed_over"
    UNKNOWN = "unknown"
    RETURNED = "returned"
    KEPT_BACK = "kept_back"


class Relay(Base):
    """How letters go to one target. `next_at` (UTC): nothing is handed over to it before; `words` say why it stands.

    A target without a row is one that nothing was sent to yet.
    """

    __tablename__ = "relays"
    __table_args__ = (
        CheckConstraint("state IN ('going', 'paused', 'refused')", name="relay_state_known"),
        CheckConstraint(
            "state = 'going' OR (words IS NOT NULL AND since IS NOT NULL)", name="relay_stands_and_says_why"
        ),
    )

    target_id: Mapped[UUID] = mapped_column(ForeignKey("targets.id"), primary_key=True)
    state: Mapped[str] = mapped_column(default=RelayState.GOING.value, server_default="going")
    next_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    words: Mapped[str | None]
    since: Mapped[datetime | None]


class Appeal(Base):
    """One person's letter, once it is on its way: one each, for the act is its key. It holds nothing of the person.

    `mail_id` is what the mail is called that it went with: its own act's id, or in a digest the first one's.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint(
            "state IN ('handing_over', 'handed_over', 'unknown', 'returned', 'kept_back')", name="appeal_state_known"
        ),
        Index("ix_appeals_handing_over", "at", postgresql_where=text("state = 'handing_over'")),
    )

    participation_id: Mapped[BigInt] = mapped_column(
        ForeignKey("participations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    urgent_action_id: Mapped[UUID] = mapped_column(ForeignKey("urgent_actions.id"), index=True)
    mail_id: Mapped[BigInt] = mapped_column(index=True)
    state: Mapped[str]
    at: Mapped[datetime]
