"""Whose turn it is: rank first, equals by turns, nobody for ever behind a large one."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from alerts.mailings.fairness import EVERY, InLine, Memory


def in_line(number: int, rank: int, *, freezing: bool = False, ready: bool = True) -> InLine:
    return InLine(UUID(int=number), rank, freezing, ready)


def served(line: list[InLine], pieces: int) -> list[int]:
    """Who is served, by number, where the first in order always has work."""
    memory, chosen = Memory(), []
    for _ in range(pieces):
        first = memory.order(line)[0]
        memory.served(first, froze=False)
        chosen.append(first.mailing_id.int)
    return chosen


def test_the_most_urgent_goes_first() -> None:
    assert served([in_line(1, 3), in_line(2, 0)], EVERY - 1) == [2] * (EVERY - 1)


@given(st.integers(2, 6), st.integers(1, 5))
def test_mailings_of_one_rank_share_equally(mailings: int, rounds: int) -> None:
    counts = Counter(served([in_line(number, 2) for number in range(mailings)], mailings * rounds))
    assert set(counts.values()) == {rounds}


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_whoever_waits_is_served_in_the_end_whatever_the_ranks(ranks: list[int]) -> None:
    line = [in_line(number, rank) for number, rank in enumerate(ranks)]
    assert set(served(line, EVERY * len(line))) == set(range(len(line)))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=6))
def test_most_pieces_go_to_the_best_rank(ranks: list[int]) -> None:
    line = [in_line(number, rank) for number, rank in enumerate(ranks)]
    best = [number for number, rank in enumerate(ranks) if rank == min(ranks)]
    got = served(line, EVERY * 10)
    assert sum(number in best for number in got) >= 10 * (EVERY - 1)


def test_a_mailing_that_freezes_also_hands_over_what_is_ready() -> None:
    memory, one = Memory(), in_line(1, 0, freezing=True)
    turns = []
    for _ in range(4):
        froze = memory.freezes(one)
        memory.served(one, froze=froze)
        turns.append(froze)
    assert turns == [True, False, True, False]


def test_nothing_ready_means_freeze_on() -> None:
    memory, one = Memory(), in_line(1, 0, freezing=True, ready=False)
    memory.served(one, froze=True)
    assert memory.freezes(one)
