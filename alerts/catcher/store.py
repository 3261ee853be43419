"""Kept mails: one file each, an index in memory that is built again at start."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from alerts.core import clock

KEPT = 10_000
_ENVELOPE = b"X-Envelope-To: "
_HEAD_ENDS = b"\r\n\r\n"


@dataclass(frozen=True)
class Kept:
    """One mail: its envelope's recipients, what the list shows, and the file with its bytes."""

    id: str
    at: datetime
    recipients: tuple[str, ...]
    sender: str
    subject: str
    language: str
    file: Path = field(repr=False)

    def raw(self) -> bytes:
        """The mail as it came. Raises FileNotFoundError where it has just been thrown away."""
        return _taken_apart(self.file.read_bytes())[1]

    def message(self) -> EmailMessage:
        """The mail, parsed."""
        message = BytesParser(policy=default).parsebytes(self.raw())
        assert isinstance(message, EmailMessage)
        return message

    def part(self, subtype: str) -> str:
        """The body of `text/<subtype>`, plain or html; empty where the mail has none."""
        body = self.message().get_body((subtype,))
        if body is None:
            return ""
        try:
            return str(body.get_content())
        except (LookupError, ValueError):  # a character set that does not exist, or bytes that are not in it
            content = body.get_payload(decode=True)
            return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


class Store:
    """The newest mails, for the SMTP server to add to and the page to read from; safe between threads."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._folder = folder
        self._limit = kept
        self._lock = threading.Lock()
        self._mails: dict[str, Kept] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for half_written in folder.glob("*.part"):
            half_written.unlink()
        files = sorted(folder.glob("*.eml"))
        self._last = max((int(file.stem) for file in files if file.stem.isdigit()), default=0)
        for surplus in files[:-kept]:
            surplus.unlink()
        for file in files[-kept:]:
            self._mails[file.stem] = _read(file, file.read_bytes())

    def add(self, data: bytes, recipients: list[str]) -> Kept:
        """Keep a mail; the oldest goes when there are too many."""
        with self._lock:
            self._last += 1
            # Numbered, so that they stay in order over a restart, however many come in one millisecond.
            file = self._folder / f"{self._last:010d}.eml"
        whole = _ENVELOPE + ", ".join(recipients).encode() + b"\r\n" + data
        part = file.with_suffix(".part")
        part.write_bytes(whole)
        part.rename(file)
        mail = _read(file, whole)
        with self._lock:
            self._mails[mail.id] = mail
            surplus = [self._mails.pop(id) for id in list(self._mails)[: max(0, len(self._mails) - self._limit)]]
        for old in surplus:
            old.file.unlink(missing_ok=True)
        return mail

    def newest(self, *, to: str = "", limit: int = 50, skip: int = 0) -> tuple[list[Kept], int]:
        """Mails whose recipient or subject has `to` in it, newest first, and how many there are in all."""
        wanted = to.strip().casefold()
        with self._lock:
            mails = list(self._mails.values())
        found = [mail for mail in reversed(mails) if not wanted or _matches(mail, wanted)]
        return found[skip : skip + limit], len(found)

    def get(self, id: str) -> Kept | None:
        """The mail with this id."""
        with self._lock:
            return self._mails.get(id)

    def clear(self) -> int:
        """Throw all mails away; how many there were."""
        with self._lock:
            mails, self._mails = self._mails, {}
        for mail in mails.values():
            mail.file.unlink(missing_ok=True)
        return len(mails)


def _matches(mail: Kept, wanted: str) -> bool:
    return wanted in mail.subject.casefold() or any(wanted in recipient.casefold() for recipient in mail.recipients)


def _taken_apart(whole: bytes) -> tuple[tuple[str, ...], bytes]:
    """The envelope's recipients and the mail, of a file's bytes."""
    if not whole.startswith(_ENVELOPE):
        return (), whole
    line, _, raw = whole.partition(b"\r\n")
    names = line.removeprefix(_ENVELOPE).decode("utf-8", "replace").split(", ")
    return tuple(name for name in names if name), raw


def _read(file: Path, whole: bytes) -> Kept:
    recipients, raw = _taken_apart(whole)
    head = BytesParser(policy=default).parsebytes(raw.partition(_HEAD_ENDS)[0] + _HEAD_ENDS, headersonly=True)

    def header(name: str, otherwise: str) -> str:
        try:
            return str(head.get(name, otherwise))
        except Exception:  # noqa: BLE001 - the parser of headers fails in many ways on what is none
            return otherwise

    return Kept(
        id=file.stem,
        at=datetime.fromtimestamp(file.stat().st_mtime, clock.now().tzinfo),
        recipients=recipients,
        sender=header("From", ""),
        subject=header("Subject", "") or "(no subject)",
        language=header("Content-Language", ""),
        file=file,
    )
