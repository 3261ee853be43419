"""Whether a post really comes from SendGrid: its signature over the raw body, and the moment it was signed at."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache

from cryptography.exceptions import UnsupportedAlgorithm
from sendgrid.helpers.eventwebhook import EventWebhook

FRESH = timedelta(minutes=5)
"""How far the signed moment may be from ours, either way: what was overheard once is of no use afterwards.

Repeats within that time do no harm either, since each event counts once (by its id). A provider's retry is taken to be
signed anew when it is made; see docs/decisions/0010.
"""
_MOMENT = re.compile(r"[0-9]{10}")


class Doubt(StrEnum):
    """Why a post is not believed; for our log, never for whoever posted."""

    NO_KEY = "no_key"
    UNSIGNED = "unsigned"
    STALE = "stale"
    BAD_SIGNATURE = "bad_signature"


def doubt(key: str, *, signature: str, timestamp: str, body: bytes, now: datetime) -> Doubt | None:
    """Why this post is not to be believed; None where it is SendGrid's, as it was sent. Never raises for what came.

    `key` is the verification key of the account's signed event webhook (base64, without PEM's lines).
    """
    if not key:
        return Doubt.NO_KEY
    if not signature or not timestamp:
        return Doubt.UNSIGNED
    # The pattern comes first: what is no moment is not turned into a number, however long it is.
    if not _MOMENT.fullmatch(timestamp) or abs(datetime.fromtimestamp(int(timestamp), UTC) - now) > FRESH:
        return Doubt.STALE
    try:
        genuine = _verifier(key).verify_signature(body.decode("utf-8"), signature, timestamp)
    except (ValueError, UnsupportedAlgorithm):  # a body that is no UTF-8, base64 that is none, a key that is none
        genuine = False
    return None if genuine else Doubt.BAD_SIGNATURE


@cache
def _verifier(key: str) -> EventWebhook:
    return EventWebhook("".join(key.split()))
