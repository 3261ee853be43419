"""Reading accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.organisers.models import Organiser


@dataclass(frozen=True)
class Account:
    """An organiser as colleagues see them; `created_at` is in UTC."""

    email: str
    name: str
    roles: tuple[str, ...]
    active: bool
    created_at: datetime


def accounts(session: Session) -> list[Account]:
    """Every account, by name."""
    found = session.scalars(select(Organiser).order_by(func.lower(Organiser.name), Organiser.id))
    return [
        Account(each.email, each.name, tuple(sorted(held.role for held in each.roles)), each.active, each.created_at)
        for each in found
    ]
