"""A mail as its reader has it: headers decoded, both parts, and what the HTML shows, links to and loads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from html.parser import HTMLParser

_TEXT_LINK = re.compile(r"https?://[^\s<>\"]+")
_LOADING_TAGS = frozenset({"img", "script", "link", "iframe", "object", "embed", "video", "audio", "source", "input"})
_CSS_URL = re.compile(r"url\(\s*[^)\s]|@import")
_UNSEEN = frozenset({"style", "script", "title"})


class Page(HTMLParser):
    """What an HTML part holds: `links` it offers, what it `loads` by itself, the `words` it shows.

    `everything` is those and what is hidden in attributes and comments; `broken`: it could not be read to its end.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.html: dict[str, str] = {}
        self.body: dict[str, str] = {}
        self.words = ""
        self.everything = ""
        self._unseen = 0
        self.broken = False
        try:
            self.feed(html)
            self.close()
        except AssertionError:  # what the parser raises at a section it cannot make sense of
            self.broken = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag begins."""
        found = {name: value or "" for name, value in attrs}
        if tag in {"html", "body"}:
            setattr(self, tag, found)
        if tag in {"a", "area", "form"} and (found.get("href") or found.get("action")):
            self.links.append(found.get("href") or found["action"])
        if tag in _LOADING_TAGS:
            self.loads.append(tag)
        if found.get("background") or _CSS_URL.search(found.get("style", "")):
            self.loads.append("background")
        self._unseen += tag in _UNSEEN
        self.everything += " ".join(("", *found.values(), ""))

    def handle_endtag(self, tag: str) -> None:
        """One tag ends."""
        self._unseen -= tag in _UNSEEN

    def handle_data(self, data: str) -> None:
        """Words between tags."""
        self.everything += data
        if self._unseen <= 0:
            self.words += f" {data}"
        elif _CSS_URL.search(data):
            self.loads.append("style")

    def handle_comment(self, data: str) -> None:
        """What one reader (Outlook) takes for HTML, and nobody else sees."""
        self.everything += data


@dataclass(frozen=True)
class Letter:
    """One mail, read."""

    raw: bytes = field(repr=False)
    message: Message
    parts: tuple[Message, ...]
    text: str
    html: str
    page: Page

    def header(self, name: str) -> str:
        """A header's value on one line, as it was written; empty where there is none."""
        return " ".join(str(self.message.get(name, "")).split())

    @property
    def subject(self) -> str:
        """The subject as people see it."""
        value = str(self.message.get("Subject", ""))
        try:
            return str(make_header(decode_header(value)))
        except (HeaderParseError, LookupError, UnicodeDecodeError):
            return value

    @property
    def text_links(self) -> list[str]:
        """The addresses in the text, as readers make them pressable: without what closes a sentence or a bracket."""
        return [found.rstrip(").,;:!?") for found in _TEXT_LINK.findall(self.text)]


def read_letter(raw: bytes) -> Letter:
    """Any bytes as a mail; what is not there is empty."""
    message = message_from_bytes(raw)
    inner = message.get_payload() if message.is_multipart() else [message]
    parts = tuple(part for part in inner if isinstance(part, Message))
    text, html = (_words_of(parts, kind) for kind in ("text/plain", "text/html"))
    return Letter(raw, message, parts, text, html, Page(html))


def _words_of(parts: tuple[Message, ...], kind: str) -> str:
    for part in parts:
        if part.get_content_type() == kind:
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""
