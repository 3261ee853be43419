"""Replies of a relay, as they come in (RFC 5321 §4.2): read one by one from bytes that may end anywhere."""

from __future__ import annotations

_CODE = 3
_LONGEST = 65_536
"""Bytes of one reply with all its lines: a relay that never ends one is not let fill our memory."""


class NoReply(OSError):
    """What came is no reply, or more of it than was asked for: this relay and we no longer understand each other."""


def read_reply(heard: bytes, start: int) -> tuple[int, str, int] | None:
    """The reply that begins at `start`: its code, its text on one line, and where it ends; None while it is not whole.

    Raises NoReply.
    """
    texts = []
    begun = start
    while True:
        end = heard.find(b"\n", start)
        if end < 0:
            if len(heard) - begun > _LONGEST:
                raise NoReply("The relay's reply has no end.")
            return None
        code = heard[start : start + _CODE]
        if len(code) < _CODE or not code.isdigit():
            raise NoReply("The relay answered with something that is no reply.")
        texts.append(heard[start + _CODE + 1 : end].strip())
        more = heard[start + _CODE : start + _CODE + 1] == b"-"
        start = end + 1
        if not more:
            return int(code), b" ".join(texts).decode("utf-8", "replace"), start
