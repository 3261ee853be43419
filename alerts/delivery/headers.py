"""Headers of a mail: those everyone shares encoded once, those of one person encoded as their values come."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import idna

from alerts.core.text import one_line

if TYPE_CHECKING:
    from alerts.delivery.content import Content, Recipient

_ATOMS = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*\Z").match
_PLAIN_WORDS = re.compile(r"[!-~]+(?: [!-~]+)*\Z").match
_ADDRESS = re.compile(
    r"[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\]\u2028\u2029]{1,64}@[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\]/]{1,253}\Z"
).match
_WORD_BYTES = 42
"""Bytes of UTF-8 in one encoded word, so that it stays under the 75 characters of RFC 2047 §2."""
_SHORT = 60
_LINE = 76


def shared(content: Content, boundary: str) -> bytes:
    """The headers that are the same for everyone. Raises ValueError for a value that no header can hold."""
    lines = {
        "From": mailbox(content.sender.name, _ascii(content.sender.email)),
        "Subject": unstructured("Subject", content.subject),
    }
    if content.reply_to:
        lines["Reply-To"] = mailbox(None, _ascii(content.reply_to))
    lines["List-Id"] = f"<{one_line(content.list_id)}>"
    lines["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if content.feedback_id:
        lines["Feedback-ID"] = one_line(content.feedback_id)
    if content.receipt:
        lines["Auto-Submitted"] = "auto-generated"
    lines["Content-Language"] = one_line(content.language)
    lines["MIME-Version"] = "1.0"
    lines["Content-Type"] = f'multipart/alternative;\r\n boundary="{boundary}"'
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode("ascii")


def personal(recipient: Recipient, message_id: str) -> bytes:
    """The headers of one recipient. Raises ValueError for a value that no header can hold."""
    return (
        f"To: {mailbox(recipient.name, recipient.email)}\r\nDate: {_date()}\r\nMessage-ID: {message_id}\r\n"
        f"List-Unsubscribe: {unsubscribe(recipient)}\r\n"
    ).encode()


def mailbox(name: str | None, email: str) -> str:
    """`Name <address>` for a header (RFC 5322 §3.4), folded. Raises ValueError where either cannot stand there."""
    address = f"<{envelope(email)}>"
    if not name:
        return address
    if _ATOMS(name) and len(name) <= _SHORT:
        return f"{name}\r\n {address}"
    if _PLAIN_WORDS(one_line(name)) and len(name) <= _SHORT and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n {address}'
    return "\r\n ".join((*_encoded_words(name), address))


def envelope(email: str) -> str:
    """An address as SMTP wants it: an internationalised domain as A-labels, the local part as written.

    Raises ValueError for what is no address that a command or header can hold.
    """
    if not _ADDRESS(email):
        raise ValueError("This is no address that mail can be sent to.")
    if email.isascii():
        return email
    local, _, domain = email.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def domain_of(email: str) -> str:
    """The domain of an address as it stands in mail, in A-labels. Raises ValueError for what is no address."""
    return envelope(email).rpartition("@")[2].lower()


def unstructured(name: str, value: str) -> str:
    """A text header's value, folded; in encoded words where it is not plain. Raises ValueError for a line break."""
    words = one_line(value).split(" ")
    if not _PLAIN_WORDS(value) or "=?" in value or max(map(len, words)) > _SHORT:
        return "\r\n ".join(_encoded_words(value))
    lines = [words[0]]
    room = _LINE - len(name) - 2
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
            room = _LINE - 1
    return "\r\n ".join(lines)


def unsubscribe(recipient: Recipient, *, fold: str = "\r\n ") -> str:
    """The value of List-Unsubscribe (RFC 2369, RFC 8058): the https address first, then the mailbox."""
    slots = recipient.slots
    return f"<{one_line(slots['leave_url'])}>,{fold}<{one_line(slots['leave_mailto'])}>"


def _ascii(email: str) -> str:
    """Our own address. One beyond ASCII would need every relay and reader on the way to know SMTPUTF8."""
    if not email.rpartition("@")[0].isascii():
        raise ValueError("The part of our own address before the @ must be ASCII.")
    return email


def _encoded_words(text: str) -> Iterator[str]:
    """RFC 2047 §2 encoded words, cut between characters."""
    if len(whole := text.encode()) <= _WORD_BYTES:
        yield f"=?utf-8?b?{b64encode(whole).decode()}?="
        return
    word = b""
    for character in text:
        encoded = character.encode()
        if len(word) + len(encoded) > _WORD_BYTES:
            yield f"=?utf-8?b?{b64encode(word).decode()}?="
            word = b""
        word += encoded
    yield f"=?utf-8?b?{b64encode(word).decode()}?="


_last_date = (0, "")


def _date() -> str:
    """The Date of this second; made once a second, however many mails are filled in it."""
    global _last_date  # noqa: PLW0603 - a cache of one value
    second = int(time.time())
    last = _last_date
    if last[0] != second:
        last = _last_date = (second, format_datetime(datetime.fromtimestamp(second, UTC)))
    return last[1]
