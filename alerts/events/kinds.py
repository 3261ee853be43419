"""What each kind of SendGrid's events means here: one table. Source: Event Webhook reference, and its description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.mailings.reports import Fact
from alerts.suppression.models import Reason


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from an event: a fact of the delivery, the address never mailed again, the person taken off."""

    fact: Fact
    suppress: Reason | None = None
    leaves: bool = False


TAKEN = Effect(Fact.TAKEN)
DELIVERED = Effect(Fact.DELIVERED)
DELAYED = Effect(Fact.DELAYED)
RETURNED = Effect(Fact.RETURNED)
BOUNCED = Effect(Fact.BOUNCED, Reason.BOUNCED)
NOT_THEIR_FAULT = Effect(Fact.BOUNCED)
"""Turned away for good because of us (reputation, content …): this mail is lost, the address is none the worse."""
COMPLAINED = Effect(Fact.COMPLAINED, Reason.COMPLAINED, leaves=True)
LEFT = Effect(Fact.LEFT, Reason.LEFT, leaves=True)

PLAIN: Mapping[str, Effect] = {
    "processed": TAKEN,
    "delivered": DELIVERED,
    "deferred": DELAYED,
    "spamreport": COMPLAINED,
    "unsubscribe": LEFT,
    "group_unsubscribe": LEFT,
}
IGNORED = frozenset({"open", "click", "group_resubscribe", "account_status_change"})
"""Counted and dropped. Machines open and follow, so these are hints at most; and nobody is to be watched reading.
Whoever has left here comes back by asking us, not the provider."""

DROPS: tuple[tuple[re.Pattern[str], Effect], ...] = (
    # The first that fits decides. What is not here is about us: our header, our content, our quota.
    (re.compile(r"bounced address", re.IGNORECASE), Effect(Fact.DROPPED, Reason.BOUNCED)),
    (re.compile(r"spam reporting address", re.IGNORECASE), Effect(Fact.DROPPED, Reason.COMPLAINED, leaves=True)),
    (re.compile(r"unsubscribed address", re.IGNORECASE), Effect(Fact.DROPPED, Reason.LEFT, leaves=True)),
    (re.compile(r"invalid( email)?( address)?\s*$", re.IGNORECASE), Effect(Fact.DROPPED, Reason.BOUNCED)),
)
OUR_DROP = Effect(Fact.DROPPED)
ABOUT_US = frozenset({"content", "reputation", "technical", "frequency or volume too high"})
"""`bounce_classification` of a bounce that the address is not to blame for."""


def effect_of(kind: str, event: Mapping[str, Any]) -> Effect | None:
    """What an event of this kind means; None where it means nothing (for those in `IGNORED`) or nobody knows what."""
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == "bounce":
        return _bounce(event)
    if kind == "dropped":
        reason = _word(event, "reason")
        return next((effect for pattern, effect in DROPS if pattern.match(reason)), OUR_DROP)
    return None


def _bounce(event: Mapping[str, Any]) -> Effect:
    if _word(event, "type").lower() == "blocked":
        return RETURNED
    about_us = _word(event, "bounce_classification").lower() in ABOUT_US
    return NOT_THEIR_FAULT if about_us else BOUNCED


def _word(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    return value.strip() if isinstance(value, str) else ""
