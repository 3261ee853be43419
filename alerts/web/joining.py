"""What people agree to when they sign up, and where they choose afterwards."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer

from alerts.core.addresses import address_hash
from alerts.core.tokens import Purpose, mint
from alerts.subscribers.joining import Newcomer, Statement
from alerts.subscribers.models import HowOften
from alerts.subscribers.preferences import Preferences, Standing
from alerts.web.languages import speak

OFFER_STANDS = 3600
"""Seconds for which whoever left may come back by one press."""
STATEMENT_VERSION = "1"
"""Raised whenever what people agree to changes; each consent keeps the text it was given for as well."""


def statement() -> Statement:
    """What people agree to, in the language of the page."""
    return Statement(
        _("Write to me when a defender is in danger, and when there is news. I can stop it at any time."),
        STATEMENT_VERSION,
    )


def speak_to(who: Standing | None) -> None:
    """Answer in the language we write to this person in; where we know nobody, their browser says which."""
    if who is not None:
        speak(who.chosen.language)


def offer_to_return(who: Standing | None) -> str | None:
    """What somebody who is leaving this moment may come back with, signed; None where they are not told.

    It holds their address, which is about to be wiped here, and is only ever on the page they see.
    """
    if who is None or who.left:
        return None
    chosen = who.chosen
    about = [chosen.countries, chosen.risks, chosen.topics]
    return _signer().dumps([who.email, who.name, who.country, chosen.language, *about])


def returning(offer: str, hash_: bytes) -> tuple[Newcomer, Preferences] | None:
    """Who comes back for one mail a week about what they had chosen; None but for the very person, within the hour."""
    try:
        email, name, country, spoken, countries_, risks, topics = _signer().loads(offer, max_age=OFFER_STANDS)
    except (BadData, ValueError):
        return None
    if address_hash(email) != hash_:
        return None
    chosen = Preferences(spoken, tuple(countries_), tuple(risks), HowOften.WEEKLY, tuple(topics))
    return Newcomer(hash_, email, name, spoken, country), chosen


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="once a week")


def preferences_path(address_hash: bytes) -> str:
    """The path of somebody's preferences; like the link to leave it is good for as long as they are mailed."""
    return f"/p/{mint(Purpose.PREFERENCES, 0, extra=address_hash)}"
