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
_BLOCK, _TRAILER = struct.Struct("<BHH"), struct.Struct("<II")
_LARGEST_BLOCK = 0xFFFF
_TEXTUAL = re.compile(rb"text/|application/(?:json|xml|atom\+xml|javascript|manifest\+json)|image/svg\+xml")
_ACCEPTED = re.compile(r"(?:^|,)\s*(gzip|\*)\s*(?:;\s*q=([0-9.]+)\s*)?(?=,|$)", re.IGNORECASE)
VARY = (b"vary", b"Accept-Encoding")
PACKED = (b"content-encoding", b"gzip")


def is_accepted(said: str) -> bool:
    """Whether a reader who sent this Accept-Encoding (RFC 9110, section 12.5.3) can unpack gzip.

    What is said of gzip itself counts for more than what is said of all.
    """
    weights: dict[str, str] = {name.lower(): weight for name, weight in _ACCEPTED.findall(said)}
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and (weight == "" or weight.strip("0.") != "")


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
    return b"".join(
        (_BEGIN, packer.compress(body), packer.flush(), _TRAILER.pack(zlib.crc32(body), len(body) & 0xFFFFFFFF))
    )


def deflated(piece: bytes) -> bytes:
    """A piece for itself, ended at a whole byte, so that anything may follow."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)


class Packed:
    """A body in pieces, those at even places deflated for themselves, so that the gaps between them can be filled.

    Whole where it has no gaps; it is then packed once, and for good.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = [piece.encode() for piece in pieces]
        self._deflated = [deflated(piece) for piece in self._pieces[::2]]
        self._first_crc = zlib.crc32(self._pieces[0])
        self._whole = b""
        if len(pieces) == 1:
            self._whole = self.filled(())

    def filled(self, gaps: Sequence[bytes]) -> bytes:
        """The body in a frame, with `gaps` in the gaps, in their order."""
        if self._whole:
            return self._whole
        parts, crc, size = [_BEGIN, self._deflated[0]], self._first_crc, len(self._pieces[0])
        for gap, piece, packed in zip(gaps, self._pieces[2::2], self._deflated[1:], strict=True):
            parts += (_as_it_is(gap), packed)
            crc, size = zlib.crc32(piece, zlib.crc32(gap, crc)), size + len(gap) + len(piece)
        parts += (_END, _TRAILER.pack(crc, size & 0xFFFFFFFF))
        return b"".join(parts)


def _as_it_is(piece: bytes) -> bytes:
    if len(piece) <= _LARGEST_BLOCK:
        return _BLOCK.pack(0, len(piece), len(piece) ^ 0xFFFF) + piece
    blocks = (piece[at : at + _LARGEST_BLOCK] for at in range(0, len(piece), _LARGEST_BLOCK))
    return b"".join(map(_as_it_is, blocks))
