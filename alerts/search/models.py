"""The table that is searched. Triggers keep it, in the transaction that changes what it was made from."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from alerts.core.db import Base


class Kind(StrEnum):
    """What was found."""

    CASE = "case"
    BULLETIN = "bulletin"
    DEFENDER = "defender"
    CAMPAIGN = "campaign"


class SearchDocument(Base):
    """One text in one language, as it may be found. It exists only while the public may read what it stands for.

    `subject_id` is the bulletin (the first one for a case), defender or campaign; `readers` are the languages whose
    readers get this text: its own, for a main one also those it is not written in. `heading` are the folded words of
    names, number and titles, `words` all of them. `title` and `body` (Markdown) are what a result shows.
    """

    __tablename__ = "search_documents"
    __table_args__ = (
        CheckConstraint("kind IN ('case', 'bulletin', 'defender', 'campaign')", name="search_document_kind_known"),
        CheckConstraint("(case_id IS NOT NULL) = (kind IN ('case', 'bulletin'))", name="search_document_has_case"),
        Index("ix_search_documents_words", "words", postgresql_using="gin"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("urgent_actions.id", ondelete="CASCADE"), index=True)
    readers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    heading: Mapped[Any] = mapped_column(TSVECTOR)
    words: Mapped[Any] = mapped_column(TSVECTOR)
    title: Mapped[str]
    body: Mapped[str]
