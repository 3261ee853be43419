"""Words as they are compared: without accents, vowel signs and letter case, one form of each letter. Pure.

It says for one word what `search_fold` in the database says for a text; a test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200d"
WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_DROPPED = re.compile(rf"[\u0621{_MARKS}]")
_LETTERS = str.maketrans("ىیکةەہھٱ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "ييكهههها01234567890123456789")


def fold(text: str) -> str:
    """`text` with its words folded, one space between two."""
    flat = unicodedata.normalize("NFKD", text.casefold()).replace("и\u0306", "й")
    flat = _DROPPED.sub("", flat).translate(_LETTERS)
    return " ".join(re.findall(r"[^\W_]+", flat))
