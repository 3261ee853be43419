"""A mail before it is anybody's: words with slots, compiled once to byte segments, filled by joining bytes.

A slot stands in the words between two private-use characters. Each value is encoded for the place it stands in
(text or HTML, both quoted-printable; header), never put into text that is already encoded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from alerts.delivery import headers
from alerts.delivery.quoting import quoted_printable

_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
LARGEST = 100_000
"""Bytes of a whole message: mail readers clip HTML at 102 KB."""


def slot(name: str) -> str:
    """How a slot is written in the words of a mail."""
    return f"{_OPEN}{name}{_CLOSE}"


def slots_in(text: str) -> set[str]:
    """The names of the slots that stand in `text`."""
    return set(_SLOT.findall(text))


def replace_slots(text: str, value_of: Callable[[str], str]) -> str:
    """`text` with each slot replaced by what `value_of` gives for its name."""
    return _SLOT.sub(lambda match: value_of(match[1]), text)


class BadContent(ValueError):
    """Words that cannot be sent: too large, or a slot where none may stand."""


@dataclass(frozen=True)
class Sender:
    """Whom a mail is from: a name for people, an address for machines."""

    name: str
    email: str


@dataclass(frozen=True)
class Content:
    """One language of one mailing. `receipt` marks an answer to something a person did (Auto-Submitted)."""

    language: str
    direction: str
    subject: str
    text: str
    html: str
    sender: Sender
    reply_to: str | None
    list_id: str
    feedback_id: str | None
    receipt: bool


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person's values: `slots` holds what the words need, plus `leave_url` and `leave_mailto` for the header."""

    delivery_id: int
    email: str
    name: str | None
    slots: Mapping[str, str]


@dataclass(frozen=True)
class Compiled:
    """A mail as immutable byte segments with places to fill; made by `compile_content`."""

    content: Content
    domain: str
    id_prefix: str
    _segments: tuple[bytes, ...] = field(repr=False)
    _places: tuple[tuple[int, Callable[[Recipient], bytes]], ...] = field(repr=False)

    def message_id(self, recipient: Recipient) -> str:
        """The message id of this recipient's mail, with its angle brackets: one per delivery, the same at each try."""
        return f"<{self.id_prefix}{recipient.delivery_id}@{self.domain}>"

    def fill(self, recipient: Recipient) -> bytes:
        """The whole message for one person (RFC 5322, CRLF). Raises ValueError for a value no header can hold."""
        out = list(self._segments)
        for index, encode in self._places:
            out[index] = encode(recipient)
        return b"".join(out)


def compile_content(content: Content, *, domain: str, id_prefix: str = "d") -> Compiled:
    """Compile the words of one language. Raises BadContent."""
    if slots_in(content.subject):
        raise BadContent("A subject holds no slots: it is the same for everyone.")
    boundary = "=_" + hashlib.blake2b((content.text + content.html).encode(), digest_size=12).hexdigest()
    segments: list[bytes] = []
    places: list[tuple[int, Callable[[Recipient], bytes]]] = []
    for piece in _pieces(content, domain, id_prefix, boundary):
        if isinstance(piece, bytes):
            segments.append(piece)
        else:
            places.append((len(segments), piece))
            segments.append(b"")
    size = sum(map(len, segments))
    if size > LARGEST:
        raise BadContent(f"The mail is {size:,} bytes; at most {LARGEST:,} arrive whole. Shorten the story or the letter.")
    return Compiled(content, domain, id_prefix, tuple(segments), tuple(places))


_Piece = bytes | Callable[[Recipient], bytes]


def _pieces(content: Content, domain: str, id_prefix: str, boundary: str) -> Iterator[_Piece]:
    yield from headers.pieces(content, domain, id_prefix, boundary)
    yield _part_head(boundary, "text/plain")
    yield from _body(content.text.replace("\r\n", "\n"), lambda value: value)
    yield b"\r\n" + _part_head(boundary, "text/html")
    yield from _body(content.html.replace("\r\n", "\n"), lambda value: escape(value, quote=True))
    yield f"\r\n--{boundary}--\r\n".encode()


def _part_head(boundary: str, type_: str) -> bytes:
    return (
        f"--{boundary}\r\nContent-Type: {type_}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _body(text: str, guard: Callable[[str], str]) -> Iterator[_Piece]:
    """Static stretches encoded now, slots later; a soft line break keeps each slot on lines of its own."""
    parts = _SLOT.split(text)
    for number, part in enumerate(parts):
        if number % 2 == 0:
            encoded = quoted_printable(part)
            before = b"=\r\n" if number and not part.startswith("\n") else b""
            after = b"=\r\n" if number + 1 < len(parts) and part and not part.endswith("\n") else b""
            yield before + encoded + after if part else before
        else:
            yield _filler(part, guard)


def _filler(name: str, guard: Callable[[str], str]) -> Callable[[Recipient], bytes]:
    def fill(recipient: Recipient) -> bytes:
        return quoted_printable(guard(recipient.slots[name]))

    return fill


