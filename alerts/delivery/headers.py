"""Headers of a mail: those everyone shares encoded once, those of one person encoded as their values come."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.header import Header
from email.utils import formatdate
from typing import TYPE_CHECKING

import idna

from alerts.core.text import one_line

if TYPE_CHECKING:
    from alerts.delivery.content import Content, Recipient

_ATOMS = re.compile(r"[A-Za-z0-9 ]+\Z")
_WORD_BYTES = 42
"""Bytes of UTF-8 in one encoded word, so that it stays under the 75 characters of RFC 2047 §2."""


def pieces(
    content: Content, domain: str, id_prefix: str, boundary: str
) -> Iterator[bytes | Callable[[Recipient], bytes]]:
    """The header block of a message, its empty line included."""
    yield _shared("From", mailbox(content.sender.name, content.sender.email))
    yield lambda recipient: b"To: " + mailbox(recipient.name, recipient.email).encode() + b"\r\n"
    yield _shared("Subject", unstructured("Subject", content.subject))
    yield lambda _: _date()
    yield lambda recipient: f"Message-ID: <{id_prefix}{recipient.delivery_id}@{domain}>\r\n".encode()
    if content.reply_to:
        yield _shared("Reply-To", mailbox(None, content.reply_to))
    yield _shared("List-Id", f"<{one_line(content.list_id)}>")
    yield _list_unsubscribe
    yield _shared("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    if content.feedback_id:
        yield _shared("Feedback-ID", one_line(content.feedback_id))
    if content.receipt:
        yield _shared("Auto-Submitted", "auto-generated")
    yield _shared("Content-Language", content.language)
    yield _shared("MIME-Version", "1.0")
    yield f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode()


def mailbox(name: str | None, email: str) -> str:
    """`Name <address>` for a header (RFC 5322 §3.4). Raises ValueError where either holds a line break."""
    address = f"<{envelope(one_line(email))}>"
    if not name:
        return address
    one_line(name)
    if _ATOMS.match(name):
        return f"{name.strip()}\r\n {address}" if len(name) > 40 else f"{name.strip()} {address}"
    if name.isascii() and name.isprintable() and len(name) <= 60:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n {address}'
    return "\r\n ".join((*_encoded_words(name), address))


def envelope(email: str) -> str:
    """An address as SMTP wants it: an internationalised domain as A-labels, the local part as written."""
    if email.isascii():
        return email
    local, _, domain = email.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def unstructured(name: str, value: str) -> str:
    """A text header's value, in encoded words where it is not ASCII, folded. Raises ValueError for a line break."""
    charset = "us-ascii" if value.isascii() else "utf-8"
    return Header(one_line(value), charset, header_name=name, maxlinelen=76).encode(linesep="\r\n")


def unsubscribe(recipient: Recipient) -> str:
    """The value of List-Unsubscribe (RFC 2369, RFC 8058): the https address first, then the mailbox."""
    leave, mailto = recipient.slots["leave_url"], recipient.slots["leave_mailto"]
    return f"<{one_line(leave)}>,\r\n <{one_line(mailto)}>"


def _list_unsubscribe(recipient: Recipient) -> bytes:
    return f"List-Unsubscribe: {unsubscribe(recipient)}\r\n".encode()


def _shared(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


def _encoded_words(text: str) -> Iterator[str]:
    """RFC 2047 §2 encoded words, cut between characters."""
    word = b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(word) + len(encoded) > _WORD_BYTES:
            yield f"=?utf-8?b?{b64encode(word).decode()}?="
            word = b""
        word += encoded
    yield f"=?utf-8?b?{b64encode(word).decode()}?="


_last_date = (0, b"")


def _date() -> bytes:
    """The Date header of this second; made once a second, however many mails are filled in it."""
    global _last_date  # noqa: PLW0603 - a cache of one value
    second = int(time.time())
    if _last_date[0] != second:
        _last_date = (second, f"Date: {formatdate(second, localtime=False, usegmt=False)}\r\n".encode())
    return _last_date[1]
