"""What the words of a case may be: how long, how many lines, which characters. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.actions.errors import BadText


@dataclass(frozen=True)
class Limit:
    """A part's name for people, its longest length in characters, and whether it is a single line."""

    label: str
    longest: int
    one_line: bool = True


LIMITS: dict[str, Limit] = {
    "title": Limit("title", 120),
    "call": Limit("call", 80),
    "summary": Limit("summary", 700, one_line=False),
    "story": Limit("story", 20_000, one_line=False),
    "letter": Limit("letter", 6_000, one_line=False),
    "ask": Limit("point to ask for", 300),
    "copy": Limit("office that gets a copy", 160),
    "correction": Limit("line on what was wrong", 300),
    "name": Limit("name", 120),
    "pseudonym": Limit("pseudonym", 120),
    "role": Limit("role", 160),
    "life": Limit("person's story", 10_000, one_line=False),
    "office": Limit("office", 160),
    "salutation": Limit("salutation", 120),
    "address": Limit("postal address", 500, one_line=False),
    "reason": Limit("explanation", 4_000, one_line=False),
    "headline": Limit("headline", 120),
    "strap_line": Limit("strap line", 200),
    "narrative": Limit("narrative", 10_000, one_line=False),
    "block_title": Limit("title", 80),
    "block_intro": Limit("introduction", 300, one_line=False),
    "quotation": Limit("quotation", 500, one_line=False),
    "figure_text": Limit("words of a figure", 200),
    "button": Limit("button", 40),
}
MOST_ASKS = 10
MOST_COPIES = 10
_TAG = re.compile(r"<(?!https?://)[A-Za-z/!?][^\n>]{0,80}>?")
_OVERRIDES = frozenset("\u202d\u202e")


@dataclass(frozen=True)
class WordFault:
    """What is wrong with a text, what to write instead, and how many lines into the text it is."""

    problem: str
    instead: str
    line: int = 0


def word_faults(part: str, value: str) -> list[WordFault]:
    """Everything wrong with `value` as the part `part` (a key of LIMITS); an empty list where it may stand."""
    limit = LIMITS[part]
    faults = []
    if len(value) > limit.longest:
        faults.append(
            WordFault(f"the {limit.label} has {len(value)} characters", f"write at most {limit.longest} characters")
        )
    if limit.one_line and "\n" in value.strip():
        faults.append(WordFault(f"the {limit.label} has more than one line", "write it in one line"))
    faults += _bad_characters(limit, value)
    if tag := _TAG.search(value):
        line = value.count("\n", 0, tag.start())
        faults.append(
            WordFault(
                f"HTML in the {limit.label}: {tag.group()[:40]!r}", "write plain words or Markdown, without tags", line
            )
        )
    return faults


def _bad_characters(limit: Limit, value: str) -> list[WordFault]:
    for line, text in enumerate(value.split("\n")):
        for character in text:
            if character in _OVERRIDES or (character != "\t" and unicodedata.category(character) in ("Cc", "Co", "Cs")):
                return [
                    WordFault(
                        f"the {limit.label} has an invisible character, U+{ord(character):04X}",
                        "delete it and type the words around it again",
                        line,
                    )
                ]
    return []


def names_within(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as whole words, whatever the case, the accents and the space between."""
    wanted = _folded(name)
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _folded(text)) is not None


def _folded(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def faults_in(parts: Mapping[str, str], *, required: tuple[str, ...] = ()) -> list[str]:
    """Everything wrong with `parts` (by their key in LIMITS), in sentences; those in `required` may not be empty."""
    found = []
    for part, value in parts.items():
        if part in required and not value.strip():
            found.append(f"The {LIMITS[part].label} is missing.")
        found += [
            f"{fault.problem[0].upper()}{fault.problem[1:]}: {fault.instead}." for fault in word_faults(part, value)
        ]
    return found


def checked(parts: Mapping[str, str], *, required: tuple[str, ...] = (), faults: Sequence[str] = ()) -> None:
    """Raise BadText with everything wrong with `parts`, and the `faults` that were found before."""
    if found := [*faults, *faults_in(parts, required=required)]:
        raise BadText(found)


def is_postal(address: str) -> bool:
    """Whether the text has at least two parts, on lines of their own or between commas."""
    return re.search(r"\S\s*[\n,]\s*[^\s,]", address) is not None
