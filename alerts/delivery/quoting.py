"""Quoted-printable (RFC 2045 §6.7), with CRLF and lines of at most 76 characters."""

from __future__ import annotations

import binascii

_LINE = 75
"""Characters before a soft break, whose mark is the 76th."""
SOFT_BREAK = b"=\r\n"
"""Ends a line on the wire and none in the text."""


def quoted_printable(text: str) -> bytes:
    """`text` encoded, with room for a soft break behind it; its lines may end in LF or CRLF."""
    if text.isascii() and text.isprintable() and "=" not in text and text[-1:] != " ":
        plain = text.encode("ascii")
        if len(plain) <= _LINE:
            return plain
        return SOFT_BREAK.join([plain[start : start + _LINE] for start in range(0, len(plain), _LINE)])
    if "\r" in text:
        # One that ends no line is a character like others, encoded on a line of its own: a bare one never leaves us.
        parts = text.replace("\r\n", "\n").split("\r")
        return (SOFT_BREAK + b"=0D" + SOFT_BREAK).join(map(_encode, parts))
    return _encode(text)


def _encode(text: str) -> bytes:
    quoted = binascii.b2a_qp(text.encode("utf-8"), istext=True)
    if len(quoted) - quoted.rfind(b"\n") - 1 > _LINE:
        # Room for the mark of a soft break behind the last line.
        last = 3 if quoted[-3:-2] == b"=" else 1
        quoted = quoted[:-last] + b"=\n" + quoted[-last:]
    return quoted.replace(b"\n", b"\r\n")
