"""Reading pages as a strict browser does."""

from __future__ import annotations

import re
from html import unescape

import html5lib
from werkzeug.test import TestResponse

_ID = re.compile(r'\sid="([^"]*)"')
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


def whole(answer: TestResponse) -> str:
    """The text of a page that parses without a fault, has one h1, unique ids, and nothing inline the policy forbids."""
    html = answer.get_data(as_text=True)
    html5lib.HTMLParser(strict=True).parse(html)
    assert html.count("<h1") == 1, "one heading of the first rank"
    ids = _ID.findall(html)
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
    assert not _INLINE.search(html), "the policy forbids inline scripts and styles"
    for described in re.findall(r'aria-(?:describedby|labelledby)="([^"]*)"', html):
        assert set(described.split()) <= set(ids), described
    for label in re.findall(r'<label[^>]*\sfor="([^"]*)"', html):
        assert label in ids, label
    return unescape(html)
