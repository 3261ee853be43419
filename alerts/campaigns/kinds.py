"""The kinds of block a campaign's page is made of, and what each may hold. Pure.

A revision of a page has each kind once; what is not wanted is hidden. Words are kept per language as parts by name,
figures once for all languages. Every check gives all faults at once, in sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from alerts.actions.wording import LIMITS, word_faults

Parts = Mapping[str, str]


class BlockKind(StrEnum):
    """What a block is, in the order in which a new page has them."""

    HERO = "hero"
    GALLERY = "gallery"
    QUOTE = "quote"
    NARRATIVE = "narrative"
    ACTION = "action"
    NUMBERS = "numbers"
    OUTCOMES = "outcomes"
    SHARE = "share"
    SIGN_UP = "sign_up"


@dataclass(frozen=True)
class PartRule:
    """One part of a block's words: its name, and the key of `wording.LIMITS` that bounds it.

    `needed`: a block that is shown cannot be without it, in any language it has words in.
    """

    name: str
    limit: str
    needed: bool = True

    @property
    def one_line(self) -> bool:
        """Whether it is written in one line."""
        return LIMITS[self.limit].one_line


MOST_FIGURES = 6
FIGURE_PARTS = tuple(f"figure_{number}" for number in range(1, MOST_FIGURES + 1))

_TITLE = PartRule("title", "block_title")
_INTRO = PartRule("intro", "block_intro", needed=False)
PARTS: dict[BlockKind, tuple[PartRule, ...]] = {
    BlockKind.HERO: (
        PartRule("headline", "headline"), PartRule("strap_line", "strap_line"),
        PartRule("narrative", "narrative", needed=False),
    ),
    BlockKind.GALLERY: (_TITLE, _INTRO),
    BlockKind.QUOTE: (
        PartRule("text", "quotation"), PartRule("attribution", "name"), PartRule("role", "role", needed=False),
    ),
    BlockKind.NARRATIVE: (_TITLE, PartRule("text", "narrative")),
    BlockKind.ACTION: (_TITLE, _INTRO),
    BlockKind.NUMBERS: (
        _TITLE, _INTRO, *(PartRule(name, "figure_text", needed=False) for name in FIGURE_PARTS),
    ),
    BlockKind.OUTCOMES: (_TITLE, _INTRO),
    BlockKind.SHARE: (_TITLE, PartRule("text", "block_intro")),
    BlockKind.SIGN_UP: (_TITLE, _INTRO, PartRule("button", "button")),
}  # fmt: skip


def words_of(kind: BlockKind, parts: Parts) -> dict[str, str]:
    """The parts that the kind has, without space at their ends; empty ones and unknown ones are left out."""
    cleaned = {rule.name: (parts.get(rule.name) or "").strip() for rule in PARTS[kind]}
    return {name: value for name, value in cleaned.items() if value}


def part_faults(kind: BlockKind, parts: Parts) -> list[str]:
    """Everything wrong with the words of a block in one language; a draft may leave parts empty."""
    known = {rule.name: rule for rule in PARTS[kind]}
    found = [f"A {name_of(kind)} block has no part {name!r}." for name in parts if name not in known]
    for name, value in parts.items():
        if name in known:
            for fault in word_faults(known[name].limit, value):
                found.append(f"{fault.problem[0].upper()}{fault.problem[1:]}: {fault.instead}.")  # noqa: PERF401
    return found


def lacking(kind: BlockKind, texts: Mapping[str, Parts], main_language: str, figures: int) -> list[str]:
    """What a block that is shown still lacks, in sentences: of its main language, and of any it was begun in."""
    if not texts.get(main_language):
        return [f"The {name_of(kind)} block has no words in the main language."]
    wanted = [rule for rule in PARTS[kind] if rule.needed or rule.name in FIGURE_PARTS[:figures]]
    found = []
    for language, parts in sorted(texts.items()):
        if parts:
            names = [LIMITS[rule.limit].label for rule in wanted if not parts.get(rule.name)]
            if names:
                found.append(f"The {name_of(kind)} block lacks its {', '.join(names)} ({language}).")
    if kind is BlockKind.NUMBERS and not figures:
        found.append("The numbers block has no figure.")
    return found


def name_of(kind: BlockKind) -> str:
    """The kind as it stands in a sentence."""
    return kind.value.replace("_", "-")


def part_label(kind: BlockKind, part: str) -> str:
    """The part as it stands in a sentence."""
    return next(LIMITS[rule.limit].label for rule in PARTS[kind] if rule.name == part)
