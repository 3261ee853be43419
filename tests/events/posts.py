"""Helpers: post events as a provider does, let a worker expand them, read what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.events import inbox
from alerts.events.expanding import expand_next


def report(session: Session, events: Iterable[Any]) -> None:
    """Store one post of these events and expand it."""
    store(session, json.dumps(list(events)).encode())
    expand(session)


def store(session: Session, body: bytes) -> None:
    """Store a post, as the hook does."""
    inbox.store(session, body)
    session.commit()


def expand(session: Session) -> None:
    """Expand all that waits, as a worker does."""
    while expand_next(session):
        session.commit()
    session.rollback()
    session.expire_all()


def counts(session: Session, by: str = "hook") -> dict[str, int]:
    """What was counted today and before, by what it is."""
    found = session.execute(text("SELECT what, times FROM report_counts WHERE by = :by"), {"by": by})
    return {row.what: row.times for row in found}


def rows(session: Session, query: str, **names: Any) -> list[tuple[Any, ...]]:
    """The rows of a query, as plain tuples."""
    return [tuple(row) for row in session.execute(text(query), names)]
