"""Counts by day of all that was reported: nothing is dropped, odd or repeated without being counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock

_COUNT = text("""
INSERT INTO report_counts AS c (day, by, what, times)
SELECT :day, :by, e.what, e.times FROM unnest(CAST(:whats AS text[]), CAST(:times AS int[])) AS e (what, times)
ORDER BY e.what
ON CONFLICT (day, by, what) DO UPDATE SET times = c.times + excluded.times
""")


def count(session: Session, by: str, what: Mapping[str, int] | Counter[str]) -> None:
    """Add to today's counts (UTC)."""
    told = {name: times for name, times in what.items() if times}
    if told:
        values = {"whats": list(told), "times": list(told.values())}
        session.execute(_COUNT, {"day": clock.now().date(), "by": by, **values})
