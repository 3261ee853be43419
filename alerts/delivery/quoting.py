"""Quoted-printable (RFC 2045 §6.7), with CRLF and lines of at most 76 characters."""

from __future__ import annotations

import binascii
import re

_PLAIN = re.compile(r"[!-<>-~](?:[ -<>-~]{0,70}[!-<>-~])?\Z")


def quoted_printable(text: str) -> bytes:
    """`text` (LF line ends) encoded. What is one short line of plain ASCII stays as it is."""
    if _PLAIN.match(text) and text[0] != ".":
        return text.encode()
    return binascii.b2a_qp(text.encode(), istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
