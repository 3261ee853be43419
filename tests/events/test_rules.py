"""Whose fault a code is, and when soft bounces add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.events.rules import IN_A_ROW, LEAST_SPAN, LONGEST_GAP, Blame, blame, given_up

DAY = timedelta(days=1)
BEGIN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MOMENTS = st.lists(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=200)).map(lambda after: BEGIN + after), max_size=8
)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("5.1.1", Blame.HARD),
        ("5.1.2", Blame.HARD),
        ("5.1.10", Blame.HARD),
        ("5.2.1", Blame.HARD),
        ("5.1.7", Blame.OURS),
        ("5.1.8", Blame.OURS),
        ("5.7.1", Blame.OURS),
        ("5.7.26", Blame.OURS),
        ("4.7.0", Blame.OURS),
        ("5.6.0", Blame.OURS),
        ("5.2.2", Blame.SOFT),
        ("4.2.2", Blame.SOFT),
        ("5.0.0", Blame.SOFT),
        ("4.4.1", Blame.SOFT),
        ("5.4.4", Blame.SOFT),
        ("", Blame.SOFT),
        ("550", Blame.SOFT),
        ("5.1.1x", Blame.SOFT),
    ],
)
def test_a_code_says_whose_fault_it_is(code: str, found: Blame) -> None:
    assert blame(code) is found


@pytest.mark.parametrize(
    ("days", "enough"),
    [
        ((), False),
        ((0,), False),
        ((0, 9), False),
        ((0, 1, 2), False),
        ((0, 1, 4.9), False),
        ((0, 1, 5), True),
        ((0, 30, 60), True),
        ((0, 31, 62), False),
        ((0, 2, 4, 40), False),
        ((0, 2, 4, 40, 42), False),
        ((0, 2, 4, 40, 42, 45), True),
        ((0, 0, 0, 0, 0), False),
    ],
)
def test_three_in_a_row_over_five_days_are_enough(days: tuple[float, ...], enough: bool) -> None:
    assert given_up([BEGIN + day * DAY for day in days]) is enough


@given(MOMENTS)
def test_nobody_is_given_up_for_fewer_than_three_mails_or_within_five_days(moments: list[datetime]) -> None:
    if given_up(moments):
        assert len(moments) >= IN_A_ROW
        assert max(moments) - min(moments) >= LEAST_SPAN


@given(MOMENTS, st.randoms())
def test_the_order_they_are_told_in_does_not_matter(moments: list[datetime], chance: object) -> None:
    shuffled = list(moments)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert given_up(shuffled) == given_up(moments)


@given(MOMENTS, MOMENTS)
def test_what_lies_before_a_long_gap_does_not_count(old: list[datetime], new: list[datetime]) -> None:
    before = [moment - timedelta(days=200) - LONGEST_GAP - DAY for moment in old]
    assert given_up(before + new) == (given_up(new) if new else given_up(before))


@given(MOMENTS, st.integers(0, 30))
def test_one_more_in_the_row_never_makes_it_less(moments: list[datetime], days: int) -> None:
    if given_up(moments):
        assert given_up([*moments, max(moments) + days * DAY])
