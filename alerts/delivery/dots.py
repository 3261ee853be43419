"""Lines that begin with a dot, as they go over the wire (RFC 5321 §4.5.2)."""

from __future__ import annotations

_DOTTED = b"\r\n."
_BREAK = len(_DOTTED) - 1


def stuffed(message: bytes) -> bytes:
    """`message`, which begins with a header, with one more dot in each line that begins with one.

    Looked for from the end: in a message of short lines that is several times as fast as `replace`, which was the
    dearest part of a mail but for the socket.
    """
    end = len(message)
    pieces = []
    while (at := message.rfind(_DOTTED, 0, end)) >= 0:
        pieces.append(message[at + _BREAK : end])
        end = at + _BREAK
    if not pieces:
        return message
    pieces.append(message[:end])
    pieces.reverse()
    return b".".join(pieces)
