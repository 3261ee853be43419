"""Markdown as runs: text with its stress and nothing else of its form; for paper, where data never becomes markup."""

from __future__ import annotations

import re
from html import unescape

from alerts.core.text import flat_html

STRESS = ("strong", "em")
_TAG = re.compile(r"<(/?)(strong|em)>")

Run = tuple[str, str]
"""Some text, and how it is stressed: `strong`, `em`, both with a space between, or nothing."""


def runs_from_markdown(text: str) -> list[list[Run]]:
    """The paragraphs of `text`, as `text_from_markdown` has them, each in runs; a heading is a strong paragraph."""
    depth = dict.fromkeys(STRESS, 0)
    parts = flat_html(text, keep=set(STRESS)).split("\n\n")
    return [runs for part in parts if (runs := _runs(part.strip(), depth))]


def _runs(html: str, depth: dict[str, int]) -> list[Run]:
    """One paragraph in runs. `depth`: how many of each tag are open, also from the paragraph before."""
    runs: list[Run] = []
    text, *rest = _TAG.split(html)
    steps = [("", "", text), *zip(rest[::3], rest[1::3], rest[2::3], strict=True)]
    for slash, tag, words in steps:
        if tag:
            depth[tag] += -1 if slash else 1
        if words:
            runs.append((unescape(words), " ".join(name for name in STRESS if depth[name])))
    return runs
