"""DKIM signatures (RFC 6376): the sender's domain vouches for each mail, with RSA, Ed25519 (RFC 8463) or both.

Headers and body are canonicalised as `relaxed`, so that a relay may fold a header anew or trim a line. Headers that are
the same for everyone are canonicalised once; the body is hashed once, however many keys sign.

There is no `l=`: it would let anybody append to a mail that we vouch for (RFC 6376 §8.2).
"""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache

from alerts.delivery.dkim_keys import Key

SIGNED = frozenset(
    b"from to subject date message-id reply-to list-id list-unsubscribe list-unsubscribe-post feedback-id"
    b" mime-version content-type content-transfer-encoding".split()
)
"""Headers that are signed where they stand; RFC 8058 §4 demands both of the ones to leave by."""
OVERSIGNED = b"from:subject:to:date"
"""Named once more than they stand: that signs that there is no further one (RFC 6376 §5.4.2, §8.15). Otherwise another
From or Subject could be put on top of a mail of ours, and readers that show the first would show it as signed by us."""
EXPIRES_AFTER = 10 * 24 * 3600
"""Seconds until `x=`. A relay tries for five days (RFC 5321 §4.5.4.1), and one that forwards may need five more. After
that nobody has an honest reason to deliver the mail; who kept a copy, to send it to strangers in our name, cannot."""
_LINE = 72


class Signer:
    """Signs for one domain with each of its keys. `domain` is that of From, or DMARC does not count the signature."""

    def __init__(self, domain: str, keys: Sequence[Key]) -> None:
        # RSA comes first in `keys` and so on top: verifiers that look at one signature only know RSA.
        self._keys = [(_opening(domain, key), key.sign) for key in keys]

    def sign(self, message: bytes, *, shared: bytes = b"") -> bytes:
        """`message` (CRLF) with a signature of each key above it. `shared`: lines it begins with, as others do."""
        end = message.index(b"\r\n\r\n") + 2
        own_names, own = _relaxed_headers(message[len(shared) : end])
        shared_names, rest = _relaxed_once(shared)
        digest = b64encode(hashlib.sha256(_relaxed_body(message[end + 2 :])).digest())
        now = int(time.time())
        closing = b" t=%d; x=%d;\r\n h=%s;\r\n bh=%s;\r\n b=" % (
            now,
            now + EXPIRES_AFTER,
            _folded_names(own_names + shared_names + OVERSIGNED),
            digest,
        )
        signatures = []
        for opening, sign in self._keys:
            header = opening + closing
            # The signature's own header is signed too: last, without its line end and the value of b= (RFC 6376 §3.7).
            signature = b64encode(sign(own + rest + b"dkim-signature:" + header.replace(b"\r\n ", b" ")))
            signatures += [b"DKIM-Signature: ", header, _folded(signature), b"\r\n"]
        return b"".join((*signatures, message))


def _opening(domain: str, key: Key) -> bytes:
    return f"v=1; a={key.algorithm.value}; c=relaxed/relaxed; d={domain};\r\n s={key.selector};".encode("ascii")


def _relaxed_headers(head: bytes) -> tuple[bytes, bytes]:
    """The signed ones among header lines (RFC 6376 §3.4.2): their names, each with a colon behind, and their lines.

    From the last to the first, which is how verifiers take headers that stand more than once (§5.4.2).
    """
    names, lines = b"", b""
    for line in reversed(_one_space(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")).split(b"\r\n")):
        name, _, value = line.partition(b":")
        name = name.rstrip().lower()
        if name in SIGNED:
            names += name + b":"
            lines += name + b":" + value.strip(b" ") + b"\r\n"
    return names, lines


_relaxed_once = lru_cache(maxsize=64)(_relaxed_headers)


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4: runs of blanks as one, none at line ends, no empty lines at the end."""
    body = _one_space(body + b"\r\n").replace(b" \r\n", b"\r\n")
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body + b"\r\n" if body else b""


def _one_space(text: bytes) -> bytes:
    """Each run of spaces and tabs as one space, but for one at the very end, which counts for nothing.

    One search for two spaces, and the pieces between: several times quicker than a pattern.
    """
    first, *others = text.replace(b"\t", b" ").split(b"  ")
    return b" ".join([first, *(piece for other in others if (piece := other.lstrip(b" ")))]) if others else first


@lru_cache(maxsize=64)
def _folded_names(names: bytes) -> bytes:
    """Names in lines of a header, broken behind colons (RFC 6376 §3.5, `h=`)."""
    lines = [b""]
    for name in names.replace(b":", b": ").split():
        if lines[-1] and len(lines[-1]) + len(name) > _LINE:
            lines.append(b"")
        lines[-1] += name
    return b"\r\n ".join(lines)


def _folded(value: bytes) -> bytes:
    """Base64 in lines of a header; verifiers pass over the blanks in it."""
    return b"\r\n ".join([value[start : start + _LINE] for start in range(0, len(value), _LINE)])
