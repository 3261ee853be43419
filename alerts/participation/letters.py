"""Letters that are not all the same: points, order, wording and shape differ from person to person. Pure.

Offices filter what they get a thousand times. The same person gets the same letter each time; another gets another.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from alerts.core.languages import DEFAULT
from alerts.core.text import text_from_markdown

LONGEST = 8000
"""Characters of a letter; longer ones are not read."""
_PHRASES = Path(__file__).with_name("letters.json")


@dataclass(frozen=True)
class Phrases:
    """What a letter in one language is put together from; `{name}` in an opening is the person it is about."""

    openings: tuple[str, ...]
    requests: tuple[str, ...]
    closings: tuple[str, ...]
    farewells: tuple[str, ...]
    subjects: tuple[str, ...]
    digits: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Letter:
    """What a letter says: to whom, about whom, the points that were chosen, and the writer's own words."""

    language: str
    salutation: str
    name: str
    asks: tuple[str, ...]
    own_words: str = ""


def compose(letter: Letter, seed: bytes, *, signed: str = "") -> str:
    """The letter as plain text: every point of it once, and no other. One seed gives one letter.

    The first point stays first, for others may build on it; they follow in an order of the writer's own.
    """
    chance = random.Random(hashlib.blake2b(seed, digest_size=16, person=b"letter").digest())  # noqa: S311 - no secret
    said = phrases(letter.language)
    opening = _about(chance.choice(said.openings), letter.name)
    first, rest = letter.asks[:1], list(letter.asks[1:])
    chance.shuffle(rest)
    points = _points([*first, *rest], said, chance)
    own = letter.own_words.strip()
    body = [opening, own, *points] if chance.random() < 0.5 else [opening, *points, own]  # noqa: PLR2004 - even
    end = f"{chance.choice(said.farewells)}\n{signed}".strip()
    parts = [letter.salutation.strip(), *body, chance.choice(said.closings), end]
    return "\n\n".join(part for part in parts if part)


def subject(title: str, name: str | None, language: str, seed: bytes) -> str:
    """What a letter is headed by: the case's title, or words with the person's name, where it is shown."""
    chance = random.Random(hashlib.blake2b(seed, digest_size=16, person=b"subject").digest())  # noqa: S311 - no secret
    said = [_about(words, name) for words in phrases(language).subjects] if name else []
    return chance.choice([title, *said])


@lru_cache(maxsize=256)
def whole(salutation: str, letter: str) -> str:
    """A case's own letter as plain text, worked out once for all who look at it; `letter` is Markdown."""
    return cleaned(f"{salutation}\n\n{text_from_markdown(letter)}")


def phrases(language: str) -> Phrases:
    """The phrases of a language; English for one we do not speak."""
    known = _all()
    return known.get(language, known[DEFAULT])


def cleaned(text: str) -> str:
    """A letter as it was typed, without what cannot be seen and without space at its ends or in heaps."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen = ("".join(letter for letter in line if _is_seen(letter)).rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(seen)).strip()


def one_line(text: str) -> str:
    """A name or a town as it was typed, on one line, without what cannot be seen."""
    return " ".join(cleaned(text).split())


def _points(asks: Sequence[str], said: Phrases, chance: random.Random) -> list[str]:
    """The points: each a paragraph of its own, with dashes, or numbered; whole sentences, never parts of one."""
    if not asks:
        return []
    lead = chance.choice(said.requests)
    shape = chance.randrange(3) if len(asks) > 1 else 0
    if shape == 1:
        return [lead, "\n".join(f"– {ask}" for ask in asks)]
    if shape == 2:  # noqa: PLR2004 - the third shape
        numbers = (str(number).translate(said.digits) for number in range(1, len(asks) + 1))
        return [lead, "\n".join(f"{number}. {ask}" for number, ask in zip(numbers, asks, strict=True))]
    return [lead, *asks]


def _about(opening: str, name: str) -> str:
    return opening.replace("{name}", name)


def _is_seen(letter: str) -> bool:
    """Letters, marks, space, and the joiners that Persian and Arabic are written with."""
    return letter in "\t\u200c\u200d" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


@cache
def _all() -> dict[str, Phrases]:
    found = json.loads(_PHRASES.read_text("utf-8"))
    digits = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}
    return {
        code: Phrases(**{part: tuple(lines) for part, lines in said.items()}, digits=digits.get(code, {}))
        for code, said in found.items()
    }
