"""Finding what the public may read, by its words, the best first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.text import text_from_markdown
from alerts.search.folding import fold
from alerts.search.marking import Piece, extract, mark
from alerts.search.models import Kind

PER_PAGE = 10
LONGEST = 120
MOST_WORDS = 10
_CLOSE = 0.74
"""How alike two words must be for one to be offered for the other."""


@dataclass(frozen=True)
class Hit:
    """One result. Cases and bulletins have a number, `state` and deadline; defenders and campaigns a `slug`."""

    kind: Kind
    language: str
    title: tuple[Piece, ...]
    extract: tuple[Piece, ...]
    year: int | None
    sequence: int | None
    state: str | None
    deadline: datetime | None
    slug: str | None
    is_home: bool

    @property
    def number(self) -> str:
        """The case's number as people write it."""
        return f"UA {self.sequence}/{(self.year or 0) % 100:02d}"


@dataclass(frozen=True)
class Found:
    """A page of results; `total` is how many there are on all pages."""

    words: str
    total: int
    hits: tuple[Hit, ...]
    page: int
    pages: int


def typed(words: str) -> str:
    """What somebody typed, as far as it is looked at: one line, not endless, no character a database refuses."""
    plain = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in words)[:LONGEST]
    return " ".join(plain.encode("utf-8", "ignore").decode().split()[:MOST_WORDS])


def search(session: Session, language: str, words: str, page: int = 1) -> Found:
    """What readers of `language` may find by all of `words`, the last of which may be unfinished.

    Names, numbers and titles weigh more than the rest; among equals the newest comes first. Nothing that is not shown
    at this moment is ever among the hits. A page past the end is the last one.
    """
    words = typed(words)
    if not fold(words):
        return Found(words, 0, (), 1, 1)
    values = {"words": words, "language": [language], "limit": PER_PAGE, "at": clock.now()}
    page = min(max(page, 1), 1_000)
    rows = session.execute(_SEARCH, values | {"offset": (page - 1) * PER_PAGE}).all()
    if not rows and page > 1:
        return search(session, language, words)
    total = rows[0].total if rows else 0
    hits = tuple(_hit(row, words) for row in rows)
    return Found(words, total, hits, page, max(1, -(-total // PER_PAGE)))


def close_to(session: Session, language: str, words: str) -> str | None:
    """Names that are alike to those among `words` and find something; None where nothing comes close."""
    offered: list[str] = []
    folded = fold(typed(words)).split()
    for word in folded:
        known = session.scalars(_NAMES, {"language": [language], "first": word[:1] + "%", "length": len(word)}).all()
        offered += [word] if word in known else get_close_matches(word, known, 1, _CLOSE)
    ways = [" ".join(offered), *offered]
    return next((way for way in ways if way and way != " ".join(folded) and search(session, language, way).total), None)


# What was matched is looked at again as it stands now, so that a document that is late by a moment shows nothing.
_SEARCH = text(
    """
    WITH ranked AS MATERIALIZED (
        SELECT kind, subject_id, language, case_id, ts_rank(heading, (SELECT search_query(:words))) AS rank
        FROM search_documents
        WHERE words @@ (SELECT search_query(:words)) AND readers @> CAST(:language AS text[])
    ), matched AS MATERIALIZED (
        SELECT ranked.*, (SELECT count(*) FROM ranked) AS total FROM ranked
        ORDER BY rank DESC, subject_id DESC LIMIT :limit OFFSET :offset
    )
    SELECT m.kind, m.language, m.total, s.title, s.body, c.year, c.sequence, c.state, c.deadline, c.ended_at,
        coalesce(d.slug, p.slug) AS slug, coalesce(p.is_home, false) AS is_home
    FROM matched m
    JOIN search_documents s USING (kind, subject_id, language)
    LEFT JOIN urgent_actions c ON c.id = m.case_id AND case_is_shown(c.state)
    LEFT JOIN defenders d ON m.kind = 'defender' AND d.id = m.subject_id AND d.visibility <> 'withheld'
        AND EXISTS (SELECT FROM urgent_actions o WHERE o.defender_id = d.id AND case_is_shown(o.state))
    LEFT JOIN campaigns p ON m.kind = 'campaign' AND p.id = m.subject_id
        AND NOT campaign_is_barred(p.id, m.language, :at)
    WHERE coalesce(c.id, d.id, p.id) IS NOT NULL
    ORDER BY m.rank DESC, m.subject_id DESC
    """
)

_NAMES = text(
    """
    SELECT DISTINCT word.lexeme FROM search_documents, unnest(heading) AS word
    WHERE readers @> CAST(:language AS text[]) AND 'A' = ANY (word.weights) AND word.lexeme LIKE :first
        AND abs(length(word.lexeme) - :length) <= 2 AND length(word.lexeme) > 2
    LIMIT 5000
    """
)


def _hit(row: Row[Any], words: str) -> Hit:
    return Hit(
        kind=Kind(row.kind),
        language=row.language,
        title=mark(row.title, words),
        extract=mark(extract(text_from_markdown(row.body), words), words),
        year=row.year,
        sequence=row.sequence,
        state=row.state,
        deadline=row.deadline,
        slug=row.slug,
        is_home=row.is_home,
    )
