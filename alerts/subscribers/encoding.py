"""Which encoding a list is in: told by its mark, else by its bytes; guessed only where it must be."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from charset_normalizer import from_bytes

from alerts.core.errors import Refused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WEST = "áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿßÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝ"
_CENTRE = _WEST + "ąćęłńśźżčďěňřšťůžőűăşţđĄĆĘŁŃŚŹŻČĎĚŇŘŠŤŮŽŐŰĂŞŢĐ"
# In the Latin script letters beyond ASCII stand alone or in twos among ASCII ones.
_ALONE = r"(?<![^\x00-\x7f])[{}]{{1,2}}(?![^\x00-\x7f])"
_CYRILLIC = r"\b(?:[А-ЯЁІЇЄҐ]?[а-яёіїєґ]+|[А-ЯЁІЇЄҐ]+)\b"
_EXPECTED = {
    "cp1252": _ALONE.format(_WEST),
    "cp1251": _CYRILLIC,
    "koi8_r": _CYRILLIC,
    "cp1256": r"[\u0600-\u06ff\u200c-\u200f]+",
    "cp1250": _ALONE.format(_CENTRE),
    "mac_roman": _ALONE.format(_WEST),
    "cp866": _CYRILLIC,
}
_NEUTRAL = frozenset("’‘“”«»¿¡ªº€\xa0")
_SURE = 0.8
# Codecs that Python counts as text and no spreadsheet writes: they can make characters no database takes.
_NO_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"})
_BLOCK = 1 << 16
_SAMPLE = 1 << 16


def encoding_named(name: str) -> str:
    """The encoding a person named, as Python calls it. Raises Refused where there is none of that name."""
    try:
        known = codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError, UnicodeError):
        known = None
    if known is None or known.name in _NO_FILES:
        raise Refused(f"There is no encoding called {name[:40]!r}. Write utf-8, cp1252, cp1251, utf-16 …")
    return known.name


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a file that can be rewound; it is left where it was.

    Without a mark, a list is UTF-8 if its bytes beyond ASCII are (nearly all) valid UTF-8, wherever in the file they
    stand; only otherwise is the encoding guessed, from a bounded sample of the lines that have such bytes.
    """
    start = file.tell()
    head = file.read(4096)
    file.seek(start)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if wide := _sixteen_bits(head):
        return wide
    sample = _telling_lines(file)
    file.seek(start)
    return "utf-8" if _mostly_utf8(sample) else _guess(sample)


def _sixteen_bits(head: bytes) -> str | None:
    """UTF-16 without its mark shows as NUL in every second byte of text that is mostly ASCII."""
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs > 1 and max(even, odd) > 0.4 * pairs and min(even, odd) < 0.1 * pairs:
        return "utf-16-be" if even > odd else "utf-16-le"
    return None


def _telling_lines(file: BinaryIO) -> bytes:
    """Lines with bytes beyond ASCII, from anywhere in the file, as many as a bounded sample holds."""
    sample: list[bytes] = []
    size = 0
    rest = b""
    while size < _SAMPLE and (block := file.read(_BLOCK)):
        if block.isascii() and rest.isascii():
            rest = b""
            continue
        *lines, rest = (rest + block).split(b"\n")
        rest = rest[-_BLOCK:]
        for line in lines:
            if not line.isascii() and size < _SAMPLE:
                sample.append(line[:_BLOCK])
                size += len(sample[-1])
    if not rest.isascii():
        sample.append(rest)
    return b"\n".join(sample)


def _mostly_utf8(sample: bytes) -> bool:
    """A damaged line or two do not make a UTF-8 file another: those lines are reported as bad."""
    text = sample.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd") - sample.count("\ufffd".encode())
    return damaged == 0 or sum(not character.isascii() for character in text) - damaged > 10 * damaged


def _guess(sample: bytes) -> str:
    """The encoding in which most of the sample reads as words; charset-normalizer's guess where none does.

    Its statistics want more text than a list of names has, so the encodings of our readers are tried first.
    """
    likely, encoding = max((_likeness(sample, name), -rank, name) for rank, name in enumerate(_EXPECTED))[::2]
    if likely >= _SURE:
        return encoding
    matches = from_bytes(sample, cp_exclusion=["utf_7"])
    return next((match.encoding for match in matches if _leaves_ascii_alone(match.encoding)), "cp1252")


def _leaves_ascii_alone(encoding: str) -> bool:
    """Whether the bytes of ASCII mean ASCII; mainframes' encodings differ, and no list comes from one."""
    plain = bytes(range(0x20, 0x7F))
    return plain.decode(encoding, errors="replace").encode("utf-8") == plain


def _likeness(sample: bytes, encoding: str) -> float:
    """The share of the characters beyond ASCII that are where its language would have them."""
    text = sample.decode(encoding, errors="replace")
    telling = sum(not character.isascii() and character not in _NEUTRAL for character in text)
    found = sum(len(match.group()) for match in re.finditer(_EXPECTED[encoding], text))
    return found / telling if telling else 0.0
