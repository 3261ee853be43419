"""Accounts of organisers, and the roles they hold."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from alerts.core.db import Base
from alerts.core.ids import new_id
from alerts.organisers.permissions import Actor, Role


class Organiser(Base):
    """An account. `password` is an argon2id hash; `fs_uniquifier` stands for the account in its
    sessions: a new one ends them all."""

    __tablename__ = "organisers"
    __table_args__ = (Index("uq_organisers_email", text("lower(email)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    password: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    roles: Mapped[list[OrganiserRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def actor(self) -> Actor:
        """This organiser as services want them."""
        return Actor(self.id, self.name, frozenset(Role(held.role) for held in self.roles))


class OrganiserRole(Base):
    """One role held by one organiser."""

    __tablename__ = "organiser_roles"
    __table_args__ = (
        CheckConstraint(
            "role IN ('author', 'reviewer', 'sender', 'data_officer', 'administrator')", name="organiser_role_known"
        ),
    )

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("organisers.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)

    @property
    def name(self) -> str:
        """The role, as frameworks for accounts ask for it."""
        return self.role

    def get_permissions(self) -> set[str]:
        """None of the framework's own: what a role allows is in `permissions`."""
        return set()
