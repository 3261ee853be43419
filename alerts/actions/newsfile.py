"""Later bulletins in a case folder: `bulletin-<number>.<language>.md`, read into facts and texts. Pure.

The format is described for people in `docs/case-files.md`. Every fault is gathered, none is raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from alerts.actions.casefaults import Fault, Findings, did_you_mean, listed
from alerts.actions.fields import Fields
from alerts.actions.frontmatter import EMPTY, Document, part_of, read_document
from alerts.actions.states import BulletinKind, Outcome
from alerts.actions.wording import names_within
from alerts.core.languages import LANGUAGES

_NAME = re.compile(r"bulletin-([1-9][0-9]{0,2})\.([^.]{1,40})\.md")
_FACTS = ("kind", "outcome")


@dataclass(frozen=True)
class NewsText:
    """A later bulletin in one language; `story` is Markdown."""

    language: str
    title: str
    summary: str
    story: str


@dataclass(frozen=True)
class NewsFile:
    """A later bulletin as its files say it, the text in the case's main language first."""

    number: int
    kind: BulletinKind
    outcome: Outcome | None
    texts: tuple[NewsText, ...]


@dataclass
class _Page:
    """One language's file on its way to being understood."""

    language: str
    document: Document
    fields: Fields
    findings: Findings = field(repr=False)


def is_news(name: str) -> bool:
    """Whether the file with this name belongs to a later bulletin."""
    return _NAME.fullmatch(name) is not None


def parse_news(
    files: Mapping[str, bytes], *, main_language: str, hidden_name: str, label: str
) -> tuple[tuple[NewsFile, ...], list[Fault]]:
    """The later bulletins among `files`, by number, and every fault in them.

    `hidden_name` is the name that no text may hold; empty where it may be shown.
    """
    faults: list[Fault] = []
    pages: dict[int, list[_Page]] = {}
    for name in sorted(files):
        if (match := _NAME.fullmatch(name)) is None:
            continue
        number, language = int(match[1]), match[2]
        findings = Findings(f"{label}/{name}")
        if language not in LANGUAGES:
            remedy = did_you_mean(language, tuple(LANGUAGES), f"write one of {listed(LANGUAGES)}")
            faults.append(Fault(findings.file, 1, f"unknown language {language!r}", remedy))
            continue
        document = read_document(files[name], ("Story",), findings)
        pages.setdefault(number, []).append(_Page(language, document, Fields(document.front, findings), findings))
    found = []
    for place, number in enumerate(sorted(pages), start=2):
        if number != place:
            remedy = f"call it bulletin-{place}: the first is the case itself, and none is left out"
            faults.append(Fault(pages[number][0].findings.file, 1, f"there is no bulletin {place} before it", remedy))
            break
    for number, own in sorted(pages.items()):
        news, more = _news(number, own, main_language, hidden_name, label)
        faults += more + [fault for page in own for fault in page.findings.found]
        found += [news] if news else []
    return tuple(found), faults


def _news(
    number: int, pages: list[_Page], main_language: str, hidden_name: str, label: str
) -> tuple[NewsFile | None, list[Fault]]:
    main = next((page for page in pages if page.language == main_language), None)
    if main is None:
        file = f"{label}/bulletin-{number}.{main_language}.md"
        return None, [Fault(file, 1, "the text in the case's main language is missing", "add this file")]
    kind = main.fields.word("kind", BulletinKind)
    outcome = _outcome(main, kind)
    if kind is BulletinKind.FIRST:
        remedy = f"write {listed(one for one in BulletinKind if one is not BulletinKind.FIRST)}"
        main.findings.add(main.fields.line("kind"), "the first bulletin is the case itself", remedy)
    texts = [_text(page, hidden_name) for page in sorted(pages, key=lambda page: page is not main)]
    for page in pages:
        page.fields.done(_FACTS)
    return (NewsFile(number, kind, outcome, tuple(texts)) if kind else None), []


def _outcome(main: _Page, kind: BulletinKind | None) -> Outcome | None:
    """What became of the person: always of an outcome, where it is known of a stop, never of news."""
    fields = main.fields
    given = fields.has("outcome")
    outcome = fields.word("outcome", Outcome) if given or kind is BulletinKind.OUTCOME else None
    if not given:
        fields.asked.append("outcome")
    if given and kind is BulletinKind.FURTHER_INFORMATION:
        main.findings.add(fields.line("outcome"), "news has no outcome", "take it out, or write `kind: outcome`")
    return outcome


def _text(page: _Page, hidden_name: str) -> NewsText:
    fields = page.fields
    text = NewsText(
        page.language,
        fields.text("title", "title"),
        fields.text("summary", "summary"),
        part_of(page.document, "Story", "story", page.findings),
    )
    if hidden_name and page.document.front is not EMPTY:
        story = page.document.parts.get("Story")
        lines = {"title": fields.line("title"), "summary": fields.line("summary"), "story": story.line if story else 1}
        for part, line in lines.items():
            if names_within(getattr(text, part), hidden_name):
                page.findings.add(line, f"the name that must not be shown stands in the {part}", "write around it")
    return text
