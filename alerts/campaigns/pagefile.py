"""A campaign's page as files: one Markdown file per language, read into blocks. Pure.

The format is described for people in `docs/campaign-files.md`. The files are read whole or not at all: every fault is
gathered, with file and line, and raised at once as CaseFileFaults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.actions.casefaults import CaseFileFaults, Fault
from alerts.actions.casefile import PAGE_HEADINGS, _digest, _main_page, _pages, _slug_faults, _stray_files
from alerts.actions.fields import Fields
from alerts.actions.frontmatter import EMPTY
from alerts.actions.frontmatter import Mapping as Group
from alerts.actions.frontmatter import Sequence as Listing
from alerts.campaigns.figures import Figure, figure_faults
from alerts.campaigns.kinds import FIGURE_PARTS, MOST_FIGURES, PARTS, BlockKind

Words = dict[str, str]
_BODY = {BlockKind.HERO: ("narrative", PAGE_HEADINGS[0]), BlockKind.NARRATIVE: ("text", PAGE_HEADINGS[1])}
"""The part of a block that is the text under a heading."""
_FIGURE_FACTS = ("value", "year", "before", "share", "over", "source", "source_name")
_WHOLE = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True)
class PageFile:
    """A campaign's page: the shown blocks in their order, words by kind and language, figures, what it is known by."""

    slug: str
    main_language: str
    home: bool
    shown: tuple[BlockKind, ...]
    words: Mapping[BlockKind, Mapping[str, Words]]
    figures: tuple[Figure, ...]
    digest: str


def parse_page(files: Mapping[str, bytes], *, slug: str, label: str = "") -> PageFile:
    """The page that `files` (by name inside the folder) make up. Raises CaseFileFaults, and nothing else."""
    label = label or slug
    faults: list[Fault] = [*_slug_faults(slug, label), *_stray_files(files, label, ())]
    pages = _pages(files, label, PAGE_HEADINGS)
    main = _main_page(pages, label, faults)
    words: dict[BlockKind, dict[str, Words]] = {kind: {} for kind in BlockKind}
    figures: tuple[Figure, ...] = ()
    shown: tuple[BlockKind, ...] = ()
    home = False
    for page in sorted(pages, key=lambda one: one is not main):
        is_main = page is main
        if is_main:
            home, shown = page.fields.flag("home"), page.fields.words("blocks", BlockKind)
        for kind in BlockKind:
            found, facts = _block(page, kind, is_main, kind in shown, len(figures))
            if found:
                words[kind][page.language] = found
            figures = facts if is_main and kind is BlockKind.NUMBERS else figures
        page.fields.done(("home", "blocks"))
    faults += [fault for page in pages for fault in page.findings.found]
    if faults or main is None:
        raise CaseFileFaults(faults)
    shown = shown or tuple(kind for kind in BlockKind if words[kind])
    return PageFile(slug, main.language, home, shown, words, figures, _digest(files))


def _block(page: Any, kind: BlockKind, is_main: bool, wanted: bool, figures: int) -> tuple[Words, tuple[Figure, ...]]:
    """The block's words in this language, empty where the file has none; its figures where it is the main file."""
    begun = kind is BlockKind.HERO or page.fields.has(kind.value)
    if not begun and not (is_main and wanted):
        page.fields.asked.append(kind.value)
        return {}, ()
    fields = page.fields if kind is BlockKind.HERO else page.fields.section(kind.value)
    body = _BODY.get(kind)
    words: Words = {}
    for rule in PARTS[kind]:
        if body and rule.name == body[0]:
            words[rule.name] = _body(page, body[1], rule.limit, rule.needed)
        elif rule.name not in FIGURE_PARTS:
            words[rule.name] = fields.text(rule.name, rule.limit, required=rule.needed)
    found: tuple[Figure, ...] = ()
    if kind is BlockKind.NUMBERS:
        found, texts = _figures(fields, is_main, figures)
        words |= dict(zip(FIGURE_PARTS, texts, strict=False))
    if kind is not BlockKind.HERO:
        fields.done()
    return {name: value for name, value in words.items() if value}, found


def _body(page: Any, heading: str, limit: str, needed: bool) -> str:
    part = page.document.parts.get(heading)
    if part is not None and part.text:
        page.findings.check_words(limit, part.text, part.line)
        return str(part.text)
    if needed and page.document.front is not EMPTY:
        page.findings.add(page.document.last_line, f"`## {heading}` is missing or empty", f"add `## {heading}`")
    return ""


def _figures(fields: Fields, is_main: bool, expected: int) -> tuple[tuple[Figure, ...], list[str]]:
    """Figures (of the main file) and their words; another language has as many words as the main file has figures."""
    fields.asked.append("figures")
    node = fields.mapping.entries.get("figures")
    line, note = fields.line("figures"), fields.findings.add
    if not isinstance(node, Listing) or not all(isinstance(item, Group) for item in node.items):
        if fields.mapping is not EMPTY:
            note(line, "`numbers.figures` is missing, or no list of figures", "begin each with a dash and `text: …`")
        return (), []
    figures, texts = [], []
    for number, item in enumerate(node.items[:MOST_FIGURES], 1):
        assert isinstance(item, Group)
        one = Fields(item, fields.findings, f"numbers.figures.{number}.")
        texts.append(one.text("text", "figure_text"))
        if is_main:
            figures.append(_figure(one))
        one.done(_FIGURE_FACTS)
    if len(node.items) > MOST_FIGURES:
        note(line, f"{len(node.items)} figures", f"write at most {MOST_FIGURES}")
    elif not is_main and expected and len(texts) != expected:
        note(line, f"{len(texts)} figures, and the main file has {expected}", "give words for each, in the same order")
    return tuple(figures), texts


def _figure(fields: Fields) -> Figure:
    figure = Figure(
        value=_whole(fields, "value") or 0,
        year=_whole(fields, "year") or 0,
        before=_whole(fields, "before", required=False),
        share=fields.flag("share"),
        over=fields.flag("over"),
        source=fields.text("source", "strap_line"),
        source_name=fields.text("source_name", "name"),
    )
    if all(fields.has(key) for key in ("value", "year", "source", "source_name")):
        for fault in figure_faults([figure]):
            problem, _, remedy = fault.removeprefix("Figure 1: ").rstrip(".").partition("; ")
            fields.findings.add(fields.line("value"), problem, remedy or "correct it")
    return figure


def _whole(fields: Fields, key: str, *, required: bool = True) -> int | None:
    text = fields.text(key, "name", required=required).replace(",", "")
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        fields.findings.add(fields.line(key), f"`{fields.where}{key}: {text[:30]}` is no number", "write digits only")
        return None
    return int(text)
