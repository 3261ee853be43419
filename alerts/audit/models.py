"""The audit log's table. The database itself refuses update and delete, and chains the rows (see the migration)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from alerts.core.db import Base, BigInt


class AuditEntry(Base):
    """One thing an organiser (or the system, `actor_id` null) did to one subject.

    `previous_hash` and `hash` are written by the trigger `audit_chain`: SHA-256 over the row and the hash before it.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject", "subject_type", "subject_id"),)

    id: Mapped[BigInt] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_label: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_hash: Mapped[bytes | None]
    hash: Mapped[bytes | None]
