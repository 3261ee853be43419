"""What was taken out of a text and what was added, word by word. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MOST_PAIRS = 2_000_000
"""Pairs of equal words that are compared at most: a text that says one word over and over is shown whole instead."""
_WORDS = re.compile(r"\s*\S+|\s+")


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    OUT = "out"
    IN = "in"


@dataclass(frozen=True)
class Piece:
    """Some words in a row that stayed, were taken out, or came in."""

    change: Change
    text: str


def differences(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces of both texts in order: without those that came in it is `old`, without those taken out `new`."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    return tuple(piece for piece in _pieces(before, after) if piece.text)


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    counted, against = Counter(before), Counter(after)
    if sum(times * against[word] for word, times in counted.items()) > MOST_PAIRS:
        yield from (Piece(Change.OUT, "".join(before)), Piece(Change.IN, "".join(after)))
        return
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece(Change.SAME, "".join(before[i:j]))
        else:
            yield from _replaced("".join(before[i:j]), "".join(after[k:m]))


def _replaced(out: str, into: str) -> Iterator[Piece]:
    """Words for words; the space that stands before both stays."""
    space = out[: len(out) - len(out.lstrip())]
    if not (space and into.startswith(space) and into[len(space) :].lstrip() == into[len(space) :]):
        space = ""
    yield from (Piece(Change.SAME, space), Piece(Change.OUT, out[len(space) :]), Piece(Change.IN, into[len(space) :]))
