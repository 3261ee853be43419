"""What a result shows of a text: the piece where the words were found, and which of its words they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from alerts.search.folding import WORD, fold

_SHORTEST_STEM = 4
_LONGEST_ENDING = 3


@dataclass(frozen=True)
class Piece:
    """Some text as it was written; `found` where it is a word that was searched for."""

    text: str
    found: bool


def mark(text: str, searched: str) -> tuple[Piece, ...]:
    """`text` in pieces, the words of `searched` (and their inflections) apart from the rest; joined they are `text`."""
    wanted = fold(searched).split()
    pieces: list[Piece] = []
    at = 0
    for match in WORD.finditer(text):
        if _is_one_of(_folded(match.group()), wanted):
            if match.start() > at:
                pieces.append(Piece(text[at : match.start()], found=False))
            pieces.append(Piece(match.group(), found=True))
            at = match.end()
    if at < len(text):
        pieces.append(Piece(text[at:], found=False))
    return tuple(pieces)


def extract(text: str, searched: str, *, longest: int = 260) -> str:
    """At most about `longest` characters of `text`, whole words, around the first word that was searched for."""
    flat = " ".join(text.split())
    if len(flat) <= longest:
        return flat
    wanted = fold(searched).split()
    first = next((m.start() for m in WORD.finditer(flat) if _is_one_of(_folded(m.group()), wanted)), 0)
    start = max(0, min(first - longest // 3, len(flat) - longest))
    if start:
        start = flat.find(" ", start) + 1
    end = start + longest
    cut = flat[start:] if end >= len(flat) else flat[start : max(flat.rfind(" ", start, end), start + 1)]
    return f"{'… ' if start else ''}{cut}{' …' if end < len(flat) else ''}"


def _is_one_of(word: str, wanted: list[str]) -> bool:
    """Whether it is a searched word, begins with one, or differs from one by its ending."""
    for other in wanted:
        if word[:1] != other[:1]:
            continue
        if word == other or (len(other) > 1 and word.startswith(other)):
            return True
        least = min(len(word), len(other))
        shared = next((place for place in range(least) if word[place] != other[place]), least)
        if shared >= _SHORTEST_STEM and max(len(word), len(other)) - shared <= _LONGEST_ENDING:
            return True
    return False


@lru_cache(maxsize=20_000)
def _folded(word: str) -> str:
    """Public texts repeat their words."""
    return fold(word)
