"""Which role may do what: one table, asked through one function."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from alerts.core.errors import NotAllowed


class Role(StrEnum):
    """What an organiser was made for; one account may hold several, and four-eyes still holds."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    SENDER = "sender"
    DATA_OFFICER = "data_officer"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing that may be allowed."""

    SEE = "see the console"
    WRITE = "write cases"
    REVIEW = "review cases"
    PUBLISH = "publish, hold and close cases"
    WITHDRAW = "withdraw cases"
    LAUNCH = "launch, pause and cancel mailings"
    SEE_LEDGER = "see who was mailed"
    EXPORT_NAMES = "take out the names of people who acted"
    IMPORT = "import subscribers"
    MANAGE_ACCOUNTS = "manage organisers"


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.AUTHOR: frozenset({Permission.SEE, Permission.WRITE, Permission.WITHDRAW}),
    Role.REVIEWER: frozenset({Permission.SEE, Permission.REVIEW, Permission.WITHDRAW}),
    Role.SENDER: frozenset(
        {
            Permission.SEE,
            Permission.PUBLISH,
            Permission.WITHDRAW,
            Permission.LAUNCH,
            Permission.SEE_LEDGER,
            Permission.EXPORT_NAMES,
        }
    ),
    Role.DATA_OFFICER: frozenset({Permission.SEE, Permission.IMPORT, Permission.SEE_LEDGER, Permission.EXPORT_NAMES}),
    Role.ADMINISTRATOR: frozenset({Permission.SEE, Permission.MANAGE_ACCOUNTS}),
}


@dataclass(frozen=True)
class Actor:
    """Whoever does something: an organiser with their roles, or the system itself (`id` None)."""

    id: UUID | None
    label: str
    roles: frozenset[Role]

    def may(self, permission: Permission) -> bool:
        """Whether any of the actor's roles allows it; the system may do everything."""
        return self.id is None or any(permission in ALLOWED[role] for role in self.roles)


SYSTEM = Actor(None, "system", frozenset())


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor may do this."""
    if not actor.may(permission):
        roles = ", ".join(sorted(role for role, allowed in ALLOWED.items() if permission in allowed))
        raise NotAllowed(
            f"{actor.label} may not {permission.value}. Ask someone with the role {roles.replace('_', ' ')},"
            " or an administrator to give you that role."
        )
