"""Reading what arrives at the bounce mailbox: which of our mails it is about, and what it says of it. Takes any bytes.

Delivery status notifications (RFC 3464) and complaints (RFC 5965) are read here, other bounces by flufl.bounce. Who
sent a message is not looked at: only the tag in our return path, or the token of a way to leave, says that it is about
a mail of ours.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from flufl.bounce import all_failures

from alerts.core import returnpaths
from alerts.core.logs import struck_out
from alerts.core.returnpaths import Reference
from alerts.core.tokens import BadToken, Purpose, read

LARGEST = 256 * 1024
"""Bytes that are looked at: what a report says stands in front of the mail that it returns."""
MOST_PARTS = 20
"""Parts within parts; a report has four or five. More is no report, and would take long to take apart."""
LONGEST_WORDS = 300
_NESTING = re.compile(rb"boundary\s*=|message/", re.IGNORECASE)
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{50,120}")
_MOST_TOKENS = 200
_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_AUTOREPLY = ("auto-replied", "auto-generated", "auto-notified")
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list"})


class Says(StrEnum):
    """What a message says of our mail: whether it arrived, what was thought of it; or nothing, or nothing readable."""

    FAILED = "failed"
    DELAYED = "delayed"
    ARRIVED = "arrived"
    COMPLAINT = "complaint"
    AUTOREPLY = "autoreply"
    NOTHING = "nothing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Returned:
    """One message. `reference` and `address_hash` are genuine where they are given; `code` is RFC 3463's, or empty."""

    says: Says
    reference: Reference | None = None
    address_hash: bytes | None = None
    code: str = ""
    words: str | None = None


def read_returned(message: bytes, *, to: str = "") -> Returned:
    """What a message says, and of which mail. Never raises.

    `to` is the address it came for, where the mail server tells.
    """
    raw = message[:LARGEST]
    if len(_NESTING.findall(raw)) > MOST_PARTS:
        return Returned(Says.UNREADABLE)
    reference = returnpaths.find(to.encode("utf-8", "replace") + b"\n" + raw)
    try:
        says, code, words = _read(email.message_from_bytes(raw), known=reference is not None)
    except Exception:  # noqa: BLE001 - anybody writes to this mailbox, and parsers of mail fail in many ways
        return Returned(Says.UNREADABLE, reference)
    address_hash = _who_could_leave(raw) if says is Says.COMPLAINT else None
    return Returned(says, reference, address_hash, code, _harmless(words))


def _read(message: Message, *, known: bool) -> tuple[Says, str, str]:
    """What it says, the code, the words. `known`: it is about a mail of ours, so that it is worth a closer look."""
    for part in message.walk():
        match part.get_content_type():
            case "message/delivery-status":
                return _status(part)
            case "message/feedback-report":
                kind = str(_fields(part).get("feedback-type", "")).strip().lower()
                return (Says.COMPLAINT if kind in _COMPLAINTS else Says.NOTHING), "", kind
    if _is_autoreply(message):
        return Says.AUTOREPLY, "", ""
    return _by_its_looks(message) if known else (Says.NOTHING, "", "")


def _is_autoreply(message: Message) -> bool:
    """Somebody is away (RFC 3834). Older servers call their bounces that as well, and name who could not be reached."""
    if message.get("X-Failed-Recipients"):
        return False
    told = re.match(r"\s*([\w-]*)", str(message.get("Auto-Submitted", "")))
    return bool((told and told[1].lower() in _AUTOREPLY) or message.get("X-Autoreply") or message.get("X-Autorespond"))


def _status(part: Message) -> tuple[Says, str, str]:
    """RFC 3464 §2.3: `Action` and `Status` of the recipient; each of our mails has one, so the first that is told."""
    for fields in _blocks(part):
        action = str(fields.get("action", "")).strip().lower()
        code = (_CODE.search(str(fields.get("status", ""))) or [""])[0]
        words = str(fields.get("diagnostic-code", ""))
        match action:
            case "failed":
                return Says.FAILED, _more_exact(code, words), words
            case "delayed":
                return Says.DELAYED, code, words
            case "delivered" | "relayed" | "expanded":
                return Says.ARRIVED, code, words
    return Says.NOTHING, "", ""


def _more_exact(code: str, words: str) -> str:
    """Some servers write 5.0.0 as the status and the code that says why in their words."""
    if code and not code.endswith(".0.0"):
        return code
    return (_CODE.search(words) or [code])[0]


def _by_its_looks(message: Message) -> tuple[Says, str, str]:
    """A bounce of a server that knows no RFC 3464, told by its words (flufl.bounce)."""
    for_now, for_good = all_failures(message)
    if for_good:
        words = _plain_words(message)
        return Says.FAILED, (re.search(r"\b5\.\d{1,3}\.\d{1,3}\b", words) or [""])[0], words
    return (Says.DELAYED if for_now else Says.NOTHING), "", ""


def _plain_words(message: Message) -> str:
    """The first text of the message, in front of the mail it returns."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            return text.partition("Return-Path:")[0][:10_000]
    return ""


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields of a delivery status: one about the mail, then one for each recipient."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _fields(part: Message) -> Message:
    """The fields of a feedback report, which the parser takes for the body of a message, or for one."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    return email.message_from_string(str(payload).lstrip())


def _who_could_leave(raw: bytes) -> bytes | None:
    """Whom the returned mail's own List-Unsubscribe would take off: the hash in its token, where one is genuine."""
    for candidate in _TOKEN.findall(raw)[:_MOST_TOKENS]:
        try:
            return read(candidate.decode(), Purpose.LEAVE).extra
        except BadToken:
            continue
    return None


def _harmless(words: str) -> str | None:
    """A server's words, for the ledger: one line, not too long, without the address that they like to name."""
    line = " ".join(words.replace("\x00", "").split())[: 2 * LONGEST_WORDS]
    return struck_out(line.encode("utf-8", "replace").decode())[:LONGEST_WORDS] or None
