"""Quoted-printable (RFC 2045 §6.7), with CRLF and lines of at most 76 characters."""

from __future__ import annotations

import binascii

_LINE = 75
SOFT_BREAK = b"=\r\n"
"""Ends a line on the wire and none in the text."""


def quoted_printable(text: str) -> bytes:
    """`text` encoded; its lines may end in LF or CRLF. What is plain ASCII stays as it is, cut where it is long."""
    if text.isascii() and text.isprintable() and "=" not in text and text[-1:] != " ":
        plain = text.encode("ascii")
        if len(plain) <= _LINE:
            return plain
        return SOFT_BREAK.join([plain[start : start + _LINE] for start in range(0, len(plain), _LINE)])
    if "\r" in text:
        # A carriage return that ends no line is a character like others, on a line of its own. A bare one never leaves us.
        parts = text.replace("\r\n", "\n").split("\r")
        return (SOFT_BREAK + b"=0D" + SOFT_BREAK).join(map(_encode, parts))
    return _encode(text)


def _encode(text: str) -> bytes:
    return binascii.b2a_qp(text.encode("utf-8"), istext=True).replace(b"\n", b"\r\n")
