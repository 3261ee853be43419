"""Answers as they go over the line: deflated (RFC 1951) in a gzip frame (RFC 1952). Pure.

A page that is kept with gaps is deflated once, piece by piece; what fills a gap is put between as it is. Filling a page
so stays a joining of bytes, deflated or not.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Sequence

FEWEST = 600
"""Bytes below which an answer fits into one packet anyway."""
_BEGIN = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_END = b"\x03\x00"  # a last block with nothing in it
_LARGEST_BLOCK = 0xFFFF
_TEXTUAL = re.compile(rb"text/|application/(?:json|xml|atom\+xml|javascript|manifest\+json)|image/svg\+xml")
_ACCEPTED = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?P<q>[0-9.]+)\s*)?(?=,|$)", re.IGNORECASE)
VARY = (b"vary", b"Accept-Encoding")
PACKED = (b"content-encoding", b"gzip")


def is_accepted(said: str) -> bool:
    """Whether a reader who sent this Accept-Encoding (RFC 9110, section 12.5.3) can unpack gzip."""
    found = _ACCEPTED.search(said)
    return found is not None and (found["q"] is None or found["q"].strip("0.") != "")


def is_worth_it(headers: Iterable[tuple[bytes, bytes]], size: int) -> bool:
    """Whether an answer with these headers (names in lower case) gets smaller, and may."""
    said = dict(headers)
    return (
        size >= FEWEST
        and _TEXTUAL.match(said.get(b"content-type", b"")) is not None
        and not said.keys() & {b"content-encoding", b"content-range", b"set-cookie"}
    )


def gzipped(body: bytes, level: int = 6) -> bytes:
    """A body whole, in a frame that is the same whenever it is made."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b"".join((_BEGIN, packer.compress(body), packer.flush(), _trailer(body)))


def deflated(piece: bytes) -> bytes:
    """A piece for itself, ended at a whole byte, so that anything may follow."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)


def joined(pieces: Sequence[bytes], packed: Sequence[bytes]) -> bytes:
    """The `pieces` of one body in a frame: `packed` are those at even places, deflated; the others fill gaps."""
    parts = [_BEGIN]
    for place, piece in enumerate(pieces):
        parts.append(_as_it_is(piece) if place % 2 else packed[place // 2])
    return b"".join((*parts, _END, _trailer(b"".join(pieces))))


def _as_it_is(piece: bytes) -> bytes:
    blocks = (piece[at : at + _LARGEST_BLOCK] for at in range(0, len(piece), _LARGEST_BLOCK))
    return b"".join(struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF) + block for block in blocks)


def _trailer(body: bytes) -> bytes:
    return struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)
