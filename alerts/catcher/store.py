"""Kept mails: one file each, an index in memory that is built again at start."""

from __future__ import annotations

import email
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from alerts.core import clock
from alerts.core.ids import new_id

KEPT = 20_000


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

    def message(self) -> EmailMessage:
        """The mail as it came, parsed."""
        return email.message_from_bytes(self.file.read_bytes(), policy=default)

    def part(self, type_: str) -> str:
        """The body of a content type, `plain` or `html`; empty where the mail has none."""
        body = self.message().get_body((type_,))
        return str(body.get_content()) if body is not None else ""


class Store:
    """The newest mails, for the SMTP server to add to and the page to read from; safe between threads."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._folder = folder
        self._limit = kept
        self._lock = threading.Lock()
        self._mails: deque[Kept] = deque()
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.glob("*.eml"))[-kept:]:
            self._mails.append(_read(file))

    def add(self, data: bytes, recipients: list[str]) -> Kept:
        """Keep a mail; the oldest goes when there are too many."""
        file = self._folder / f"{new_id()}.eml"
        file.write_bytes(f"X-Envelope-To: {', '.join(recipients)}\r\n".encode() + data)
        mail = _read(file)
        with self._lock:
            self._mails.append(mail)
            while len(self._mails) > self._limit:
                self._mails.popleft().file.unlink(missing_ok=True)
        return mail

    def newest(self, *, to: str = "", limit: int = 50, skip: int = 0) -> tuple[list[Kept], int]:
        """Mails whose recipient or subject has `to` in it, newest first, and how many there are in all."""
        wanted = to.strip().casefold()
        with self._lock:
            found = [mail for mail in reversed(self._mails) if not wanted or _matches(mail, wanted)]
        return found[skip : skip + limit], len(found)

    def get(self, id: str) -> Kept | None:
        """The mail with this id."""
        with self._lock:
            return next((mail for mail in self._mails if mail.id == id), None)

    def clear(self) -> int:
        """Throw all mails away; how many there were."""
        with self._lock:
            mails, self._mails = self._mails, deque()
        for mail in mails:
            mail.file.unlink(missing_ok=True)
        return len(mails)


def _matches(mail: Kept, wanted: str) -> bool:
    return wanted in mail.subject.casefold() or any(wanted in recipient.casefold() for recipient in mail.recipients)


def _read(file: Path) -> Kept:
    with file.open("rb") as lines:
        head = email.message_from_binary_file(lines, policy=default)
    at = datetime.fromtimestamp(file.stat().st_mtime, clock.now().tzinfo)
    recipients = tuple(part.strip() for part in str(head.get("X-Envelope-To", "")).split(",") if part.strip())
    return Kept(
        file.stem,
        at,
        recipients,
        str(head.get("From", "")),
        str(head.get("Subject", "(no subject)")),
        str(head.get("Content-Language", "")),
        file,
    )
