"""The page behind a link to act, as it is the same for many: what in it is one reader's own is filled in."""

from __future__ import annotations

from alerts.mailings.invitations import Invitation
from alerts.web.formats import masked
from alerts.web.kept import Asked


def page_of(asked: Invitation, code: str) -> Asked:
    """The page of an invitation in a language, as it is the same for many, and what is this person's own."""
    page = ("act", code, asked.time_zone, asked.case_id, not asked.name, asked.acted)
    return Asked(page, {"person": masked(asked.name, asked.email, asked.country, code)})


def is_plain(asked: Invitation) -> bool:
    """Whether the page can be shown as it is kept: the case takes names, by one press, of somebody we know."""
    return asked.takes_acts and asked.signs and asked.email is not None
