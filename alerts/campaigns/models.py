"""Tables of campaigns' pages. The campaign itself, which cases belong to, is in `alerts.actions.models`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.transitions import RevisionState
from alerts.core.db import Base
from alerts.core.ids import new_id
from alerts.core.languages import LANGUAGES


def _one_of(column: str, values: object, name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return CheckConstraint(f"{column} IN ({listed})", name=name)


class CampaignRevision(Base):
    """A whole page of a campaign: one is published, one at most is being worked on, the rest were replaced.

    Nobody who wrote in it approves it (`campaign_reviewer_is_not_author`, check and trigger); blocks and words change
    in a draft only (`campaign_blocks_change_in_draft`).
    """

    __tablename__ = "campaign_revisions"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        _one_of("state", RevisionState, "campaign_revision_state_known"),
        CheckConstraint(
            "approved_by IS DISTINCT FROM author_id OR approved_by IS NULL", name="campaign_reviewer_is_not_author"
        ),
        CheckConstraint(
            "state IN ('draft', 'in_review') OR approved_by IS NOT NULL", name="campaign_approved_by_somebody"
        ),
        Index(
            "uq_campaign_revisions_published", "campaign_id", unique=True,
            postgresql_where=text("state = 'published'"),
        ),
        Index(
            "uq_campaign_revisions_open", "campaign_id", unique=True,
            postgresql_where=text("state IN ('draft', 'in_review', 'approved')"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default=RevisionState.DRAFT.value)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    review_note: Mapped[str | None]
    loaded_digest: Mapped[str | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    blocks: Mapped[list[CampaignBlock]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="CampaignBlock.position"
    )


class CampaignBlock(Base):
    """One block: its place, whether it is shown, and figures that are the same in every language.

    `version` counts changes of the figures, as that of a text counts changes of words.
    """

    __tablename__ = "campaign_blocks"
    __table_args__ = (
        UniqueConstraint("revision_id", "kind"),
        UniqueConstraint("revision_id", "position", deferrable=True, initially="DEFERRED"),
        _one_of("kind", BlockKind, "campaign_block_kind_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_revisions.id", ondelete="CASCADE"))
    kind: Mapped[str]
    position: Mapped[int]
    shown: Mapped[bool]
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    version: Mapped[int] = mapped_column(default=0)
    edited_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    edited_at: Mapped[datetime]
    texts: Mapped[list[CampaignBlockText]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class CampaignBlockText(Base):
    """The words of a block in one language, as parts by name. An edit names the version it started from.

    `folded` are the same words as names are looked for in them.
    """

    __tablename__ = "campaign_block_texts"
    __table_args__ = (_one_of("language", LANGUAGES, "campaign_block_language_known"),)

    block_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_blocks.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    parts: Mapped[dict[str, str]] = mapped_column(JSONB)
    folded: Mapped[dict[str, str]] = mapped_column(JSONB, Computed("fold_parts(parts)", persisted=True), deferred=True)
    version: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    edited_at: Mapped[datetime]


class CampaignMention(Base):
    """That a part of a block's words names a defender. Written by triggers when words or names come, never by us."""

    __tablename__ = "campaign_mentions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["block_id", "language"],
            ["campaign_block_texts.block_id", "campaign_block_texts.language"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["defender_id", "pattern"],
            ["defender_spellings.defender_id", "defender_spellings.pattern"],
            ondelete="CASCADE",
        ),
    )

    block_id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    defender_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    pattern: Mapped[str] = mapped_column(primary_key=True)
