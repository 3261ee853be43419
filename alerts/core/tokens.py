"""Tokens in links: a purpose and a number under a keyed tag, safe in the path of an address.

Layout before base64url: key id (1 byte), purpose (1), id (8), expiry in Unix minutes (4, zero for never),
extra (0–32), tag (16, keyed BLAKE2b over all before it). Compared in constant time.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from alerts.core import clock, keys

_HEAD = struct.Struct(">BcQI")
_TAG_BYTES = 16
_LONGEST = 120
_IN_PATHS, _FROM_PATHS = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_DUMMY_KEY = bytes(32)


class Purpose(StrEnum):
    """What a token may be used for; also the first letter of its path."""

    ACT = "a"
    CONFIRM = "k"
    LEAVE = "u"
    OFFICE = "o"
    MINE = "m"
    PREFERENCES = "p"
    SIGN_UP = "s"
    RECEIPT = "r"


class BadToken(ValueError):
    """Forged, cut short, of another purpose, or signed with a key that is gone: no more is said."""


class Expired(BadToken):
    """Genuine, but its time is over; `token` is what it said."""

    def __init__(self, token: Token) -> None:
        super().__init__("This link's time is over.")
        self.token = token


@dataclass(frozen=True, slots=True)
class Token:
    """What a verified token says; `extra` is bytes the purpose gives meaning to."""

    purpose: Purpose
    id: int
    expires: datetime | None
    extra: bytes = b""


def mint(purpose: Purpose, id: int, *, expires: datetime | None = None, extra: bytes = b"") -> str:
    """A token for `purpose` and `id` (unsigned 64 bits) that is good until `expires` (UTC; None: for ever)."""
    return minter(purpose, expires=expires)(id, extra)


def minter(purpose: Purpose, *, expires: datetime | None = None) -> Callable[[int, bytes], str]:
    """What mints many tokens of one purpose and expiry: the id and the extra in, the token out. See `mint`."""
    ring = keys.current()
    minutes = 0 if expires is None else int(expires.timestamp()) // 60
    number, letter = ring.signing_id, purpose.value.encode()
    begun = _begun(ring.tokens[number])
    pack = _HEAD.pack

    def mint_one(id: int, extra: bytes = b"") -> str:
        body = pack(number, letter, id, minutes) + extra
        tag = begun.copy()
        tag.update(body)
        return binascii.b2a_base64(body + tag.digest(), newline=False).translate(_IN_PATHS, b"=").decode()

    return mint_one


def read(token: str, purpose: Purpose) -> Token:
    """What `token` says, if it is genuine, for `purpose`, and not over.

    Raises BadToken or its subclass Expired. A forged token costs the same time as a genuine one.
    """
    raw = _decoded(token)
    body, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
    key = keys.current().tokens.get(raw[0], _DUMMY_KEY)
    genuine = hmac.compare_digest(_tag(body, key), tag) and key is not _DUMMY_KEY
    _, letter, number, minutes = _HEAD.unpack(body[: _HEAD.size])
    if not genuine or letter.decode("latin-1") != purpose.value:
        raise BadToken("This link is not one of ours, or it was cut short on its way.")
    expires = datetime.fromtimestamp(minutes * 60, UTC) if minutes else None
    token_read = Token(purpose, number, expires, body[_HEAD.size :])
    if expires is not None and expires < clock.now():
        raise Expired(token_read)
    return token_read


def _decoded(token: str) -> bytes:
    """The token's bytes, or as many zero bytes where it cannot be decoded, so that both take the same way on."""
    try:
        if len(token) > _LONGEST or "=" in token:  # padding is ours to add: a token reads in one form only
            raise ValueError
        padded = (token + "=" * (-len(token) % 4)).encode("ascii").translate(_FROM_PATHS)
        raw = binascii.a2b_base64(padded, strict_mode=True)
    except ValueError:
        raw = b""
    return raw if len(raw) >= _HEAD.size + _TAG_BYTES else bytes(_HEAD.size + _TAG_BYTES)


def _tag(body: bytes, key: bytes) -> bytes:
    tag = _begun(key)
    tag.update(body)
    return tag.digest()


def _begun(key: bytes) -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=_TAG_BYTES, key=key, person=b"link")
