"""The one door for time; every datetime in the system is aware and in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_set_back = timedelta()


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC) - _set_back


@contextmanager
def set_back(by: timedelta) -> Iterator[None]:
    """Within the block it is `by` earlier, for the whole process: how the demo comes by a past. Nothing else may."""
    global _set_back  # noqa: PLW0603 - there is one time, and this is its door
    before, _set_back = _set_back, by
    try:
        yield
    finally:
        _set_back = before
