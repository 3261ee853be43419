"""Working ahead in a thread."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

import pytest

from alerts.core.ahead import Ahead


def test_items_come_in_order() -> None:
    with Ahead(range(1000), 3) as items:
        assert list(items) == list(range(1000))


def test_what_the_source_raises_comes_in_its_place() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    with Ahead(source(), 3) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="two"):
            next(items)


def test_the_thread_ends_when_the_items_are_no_longer_wanted() -> None:
    before = threading.active_count()
    with Ahead(itertools.count(), 2) as items:
        assert next(items) == 0
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_no_more_is_made_ahead_than_asked_for() -> None:
    made = []

    def source() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    with Ahead(source(), 2) as items:
        for number in items:
            assert len(made) <= number + 5
