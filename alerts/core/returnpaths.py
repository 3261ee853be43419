"""Return paths nobody can make up: which mail it was, under a keyed tag, in letters that survive a change of case.

Written as `d123-` and 26 letters behind the mailbox's plus sign. Relays may fold the case of a local part, and anybody
can write to the mailbox, so the tag is base32 of 128 bits (keyed BLAKE2b over what stands before it).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from dataclasses import dataclass

from alerts.core import keys

TAG_BYTES = 16
LONGEST = 1 + 19 + 1 + 26
"""Characters of a reference: a letter, the longest number, a hyphen, the tag."""
LONGEST_MAILBOX = 64 - 1 - LONGEST
"""Characters the mailbox may have before its plus sign, so that a local part stays within RFC 5321 §4.5.3.1.1."""
LARGEST_NUMBER = 2**63 - 1
_REFERENCE = re.compile(rb"\+([a-z])([0-9]{1,19})-([a-z2-7]{26})@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """A mail that is really ours: `kind` is the letter of its numbering (`d` deliveries, `c` confirmations)."""

    kind: str
    number: int


def signed(kind: str, number: int) -> str:
    """The reference of mail `number` of a kind, to stand behind the plus sign of a return path."""
    ring = keys.current()
    return f"{kind}{number}-{_tag(kind, number, ring.tokens[ring.signing_id])}"


def find(text: bytes) -> Reference | None:
    """The first genuine reference in `text`, between a plus sign and an @; None where there is none. Never raises."""
    for letter, digits, tag in _REFERENCE.findall(text):
        kind, number = letter.decode().lower(), int(digits)
        if number <= LARGEST_NUMBER and _genuine(kind, number, tag.decode().lower()):
            return Reference(kind, number)
    return None


def _genuine(kind: str, number: int, tag: str) -> bool:
    """Whether any key made this tag: bounces come back for days, over a change of keys as well."""
    return any(hmac.compare_digest(_tag(kind, number, key), tag) for key in keys.current().tokens.values())


def _tag(kind: str, number: int, key: bytes) -> str:
    digest = hashlib.blake2b(f"{kind}{number}".encode(), digest_size=TAG_BYTES, key=key, person=b"return path")
    return b32encode(digest.digest()).decode().rstrip("=").lower()
