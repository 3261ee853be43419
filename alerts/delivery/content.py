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
from typing import NamedTuple

from alerts.core import returnpaths
from alerts.core.errors import Refused
from alerts.delivery import headers
from alerts.delivery.quoting import SOFT_BREAK, quoted_printable

_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
LARGEST = 100_000
"""Bytes of the HTML: mail readers clip what is over 102 KB, and the way to leave stands at the end."""


def slot(name: str) -> str:
    """How a slot is written in the words of a mail."""
    return f"{_OPEN}{name}{_CLOSE}"


def slots_in(text: str) -> set[str]:
    """The names of the slots that stand in `text`."""
    return set(_SLOT.findall(text))


def replace_slots(text: str, value_of: Callable[[str], str]) -> str:
    """`text` with each slot replaced by what `value_of` gives for its name."""
    return _SLOT.sub(lambda match: value_of(match[1]), text)


class BadContent(Refused):
    """Words that cannot be sent: too large, a slot where none may stand, a header that no mail can have."""


def check_size(html: str) -> None:
    """Raises BadContent where readers would clip the mail."""
    size = len(html.encode())
    if size > LARGEST:
        raise BadContent(
            f"The mail's HTML has {size:,} bytes; over {LARGEST:,} mail readers cut it off. Shorten the story."
        )


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


class Recipient(NamedTuple):
    """One person's values: `slots` holds what the words need, plus `leave_url` and `leave_mailto` for the header."""

    delivery_id: int
    email: str
    name: str | None
    slots: Mapping[str, str]


Encode = Callable[[Recipient], bytes]


@dataclass(frozen=True)
class Compiled:
    """A mail as immutable byte segments with places to fill; made by `compile_content`."""

    content: Content
    domain: str
    id_prefix: str
    _segments: tuple[bytes, ...] = field(repr=False)
    _places: tuple[tuple[Encode, tuple[int, ...]], ...] = field(repr=False)

    @property
    def shared_headers(self) -> bytes:
        """The header lines that every filled message begins with."""
        return self._segments[0]

    def reference(self, recipient: Recipient) -> str:
        """What this recipient's mail is called in its return path: one per delivery, and nobody else can make it."""
        return returnpaths.signed(self.id_prefix, recipient.delivery_id)

    def message_id(self, recipient: Recipient) -> str:
        """The message id of this recipient's mail, with its angle brackets: one per delivery, the same at each try."""
        return f"<{self.id_prefix}{recipient.delivery_id}@{self.domain}>"

    def fill(self, recipient: Recipient) -> bytes:
        """The whole message for one person (RFC 5322, CRLF). Raises ValueError for a value no header can hold."""
        out = list(self._segments)
        out[1] = headers.personal(recipient, self.message_id(recipient))
        for encode, indexes in self._places:
            value = encode(recipient)
            for index in indexes:
                out[index] = value
        return b"".join(out)


def compile_content(content: Content, *, domain: str, id_prefix: str = "d") -> Compiled:
    """Compile the words of one language. Raises BadContent.

    `id_prefix` tells kinds of mail apart whose recipients are numbered separately: `d` for deliveries.
    """
    if slots_in(content.subject):
        raise BadContent("A subject holds no slots: it is the same for everyone.")
    check_size(content.html)
    boundary = "=_" + hashlib.blake2b((content.text + content.html).encode(), digest_size=12).hexdigest()
    try:
        segments = [headers.shared(content, boundary), b"", b""]
    except ValueError as error:
        raise BadContent(f"This mail cannot have its headers: {error}") from error
    places: dict[Encode, list[int]] = {}
    for piece in _parts(content, boundary):
        if isinstance(piece, bytes):
            segments[-1] += piece
        else:
            places.setdefault(piece, []).append(len(segments))
            segments += (b"", b"")
    filled = tuple((encode, tuple(indexes)) for encode, indexes in places.items())
    return Compiled(content, domain, id_prefix, tuple(segments), filled)


_Piece = bytes | Encode


def _parts(content: Content, boundary: str) -> Iterator[_Piece]:
    """Both parts, text first: what a reader prefers comes last (RFC 2046 §5.1.4)."""
    yield b"\r\n" + _part_head(boundary, "plain")
    yield from _body(content.text, _as_text)
    yield b"\r\n" + _part_head(boundary, "html")
    yield from _body(content.html, _as_html)
    yield f"\r\n--{boundary}--\r\n".encode()


def _part_head(boundary: str, subtype: str) -> bytes:
    head = f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
    return f"{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode()


def _body(text: str, encoder: Callable[[str], Encode]) -> Iterator[_Piece]:
    """Static stretches encoded now, slots later; a soft line break keeps each slot on lines of its own."""
    pieces = _SLOT.split(text.replace("\r\n", "\n"))
    encoders = {name: encoder(name) for name in set(pieces[1::2])}
    yield quoted_printable(pieces[0])
    for before, name, after in zip(pieces[0::2], pieces[1::2], pieces[2::2], strict=False):
        if before and not before.endswith("\n"):
            yield SOFT_BREAK
        yield encoders[name]
        yield (b"" if after.startswith("\n") else SOFT_BREAK) + quoted_printable(after)


def _as_text(name: str) -> Encode:
    return lambda recipient: quoted_printable(recipient.slots[name])


def _as_html(name: str) -> Encode:
    return lambda recipient: quoted_printable(escape(recipient.slots[name]))
