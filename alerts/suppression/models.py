"""The suppression list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from alerts.core.db import Base


class Reason(StrEnum):
    """Why an address must not be mailed again."""

    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


class Suppression(Base):
    """One address, as its keyed hash (`core.addresses`); there is no way back from here to the address."""

    __tablename__ = "suppressions"
    __table_args__ = (
        CheckConstraint("octet_length(address_hash) = 16", name="suppression_hash_length"),
        CheckConstraint("reason IN ('left', 'bounced', 'complained', 'erased')", name="suppression_reason_known"),
    )

    address_hash: Mapped[bytes] = mapped_column(primary_key=True)
    reason: Mapped[str]
    at: Mapped[datetime]
