"""The people who run the campaign: accounts, roles, and what each role may do."""

from alerts.organisers.permissions import SYSTEM, Actor, Permission, Role, require

__all__ = ["SYSTEM", "Actor", "Permission", "Role", "require"]
