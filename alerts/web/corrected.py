"""Forms that were open while their case was corrected: nobody's name goes under words that they did not see.

The address that a form is sent to ends in a mark: when the words on the page were last corrected, in microseconds since
1970 (UTC). Where they never were, there is none.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.actions.queries import PublicCase
from alerts.core.tokens import BadToken

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 17
"""Digits of a mark; they are enough until the year 5138."""


def mark_of(case: PublicCase) -> str | None:
    """The mark of a page that shows the case as it is now; None where it was never corrected."""
    return None if case.corrected_at is None else str((case.corrected_at - _NEVER) // timedelta(microseconds=1))


def read_by(mark: str) -> datetime:
    """When the words were last corrected that a page with this mark shows (UTC). Raises BadToken where it is none."""
    if not mark:
        return _NEVER
    if len(mark) > _LONGEST or not (mark.isascii() and mark.isdecimal()):
        raise BadToken("This is the mark of no page.")
    return _NEVER + timedelta(microseconds=int(mark))
