"""What people agree to when they sign up, and where they choose afterwards."""

from __future__ import annotations

from flask_babel import gettext as _

from alerts.core.tokens import Purpose, mint
from alerts.subscribers.joining import Statement

STATEMENT_VERSION = "1"
"""Raised whenever what people agree to changes; each consent keeps the text it was given for as well."""


def statement() -> Statement:
    """What people agree to, in the language of the page."""
    return Statement(
        _("Write to me when a defender is in danger, and when there is news. I can stop it at any time."),
        STATEMENT_VERSION,
    )


def preferences_path(address_hash: bytes) -> str:
    """The path of somebody's preferences; like the link to leave it is good for as long as they are mailed."""
    return f"/p/{mint(Purpose.PREFERENCES, 0, extra=address_hash)}"
