"""Leaving by mail: what arrives at the mailbox that List-Unsubscribe names (RFC 2369, `mailto`)."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import default

from sqlalchemy.orm import Session

from alerts.core.tokens import BadToken, Purpose, read
from alerts.subscribers.service import leave

_TOKEN = re.compile(r"[A-Za-z0-9_-]{50,120}")
LARGEST = 1024 * 1024
"""Bytes of a message that are looked at; a request to leave is a line."""


def leave_by_mail(session: Session, message: bytes) -> bool:
    """Take the sender of this message off, by the token in its subject or text; True where one was good.

    Only the token counts: who the message says it is from can be forged, and may be another address of the person.
    """
    for candidate in tokens_in(message):
        try:
            token = read(candidate, Purpose.LEAVE)
        except BadToken:
            continue
        leave(session, token.extra)
        return True
    return False


def tokens_in(message: bytes) -> list[str]:
    """What may be tokens in the subject and the text of a message."""
    parsed = email.message_from_bytes(message[:LARGEST], policy=default)
    return _TOKEN.findall(_words(parsed))


def _words(message: EmailMessage) -> str:
    """Subject and plain text. Folding may have put white space into the token's line, never into the token."""
    body = message.get_body(("plain",))
    try:
        text = str(body.get_content()) if body is not None else ""
    except (LookupError, ValueError):
        text = ""
    return f"{message.get('Subject', '')}\n{text}"
