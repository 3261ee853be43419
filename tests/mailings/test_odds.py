"""Odds: shares with honest intervals, chances that sum to one, and the same answer for the same counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mailings.odds import FEW, Tally, leader, odds_of_best, read, too_few, wilson

COUNTS = st.tuples(st.integers(0, 200_000), st.floats(0, 1)).map(lambda drawn: (drawn[0], int(drawn[0] * drawn[1])))
SEVERAL = st.lists(COUNTS, min_size=2, max_size=4)


@given(SEVERAL)
def test_the_odds_are_chances_and_sum_to_one(counts: list[tuple[int, int]]) -> None:
    odds = odds_of_best(counts)
    assert all(0 <= chance <= 1 for chance in odds)
    assert sum(odds) == pytest.approx(1)


@given(SEVERAL)
def test_the_order_in_which_variants_are_named_does_not_matter(counts: list[tuple[int, int]]) -> None:
    assert odds_of_best(counts[::-1]) == pytest.approx(odds_of_best(counts)[::-1], abs=1e-9)


@given(COUNTS, st.integers(2, 4))
def test_variants_with_the_same_counts_have_the_same_odds(counts: tuple[int, int], number: int) -> None:
    assert odds_of_best([counts] * number) == pytest.approx([1 / number] * number)


@given(st.integers(1, 3_000), st.integers(1, 3_000), st.data())
def test_one_more_act_never_makes_a_variant_less_likely_the_best(mailed: int, others: int, data: st.DataObject) -> None:
    acted = data.draw(st.integers(0, mailed - 1))
    other = (others, data.draw(st.integers(0, others)))
    before, after = (odds_of_best([(mailed, count), other])[0] for count in (acted, acted + 1))
    assert after >= before - 1e-6


@given(COUNTS)
def test_the_interval_holds_the_rate_and_lies_between_nobody_and_everybody(counts: tuple[int, int]) -> None:
    mailed, acted = counts
    low, high = wilson(mailed, acted)
    assert 0 <= low <= high <= 1
    if mailed:
        assert low <= acted / mailed <= high


@given(st.integers(1, 1_000), st.integers(2, 50))
def test_more_people_make_the_interval_narrower(mailed: int, times: int) -> None:
    acted = mailed // 3
    narrow, wide = wilson(mailed * times, acted * times), wilson(mailed, acted)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


def test_known_figures() -> None:
    assert wilson(100, 10) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    # Beta(2, 2) against Beta(1, 3): the chance that the first is larger is 4/5, by hand.
    assert odds_of_best([(2, 1), (2, 0)])[0] == pytest.approx(0.8, abs=1e-4)


def test_it_is_too_little_to_tell_until_it_is_clear() -> None:
    assert leader(read([Tally(0, 1_000, 50), Tally(1, 1_000, 55)])) is None
    assert leader(read([Tally(0, 0, 0), Tally(1, 0, 0)])) is None
    clear = leader(read([Tally(0, 1_000, 50), Tally(1, 1_000, 90)]))
    assert clear is not None
    assert clear.variant == 1


def test_a_sample_too_small_is_told() -> None:
    assert "about 5 people" in too_few(100, 10, 2)
    assert too_few(FEW * 20, 10, 2) == ""
