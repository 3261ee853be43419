"""The rules of pacing: never more than rate times time and a burst, whatever is asked when; curves; settings."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from alerts.mailings.pacing import (
    PERIODS,
    SECOND,
    Buckets,
    Pace,
    Rate,
    WarmUp,
    available,
    day_of,
    read_pace,
    taken,
    wait_for,
)
from config import BadSettings
from tests.guards.test_settings import GOOD

rates = st.builds(Rate, st.integers(1, 10_000), st.sampled_from(sorted(PERIODS)), st.integers(1, 10))
asked = st.lists(st.tuples(st.integers(0, 30 * SECOND), st.integers(0, 200)), max_size=30)


@given(rates, asked)
def test_no_interval_sees_more_than_rate_times_time_and_a_burst(rate: Rate, questions: list[tuple[int, int]]) -> None:
    full_at, now = 0, 10**15
    left: list[tuple[int, int]] = []
    for pause, wanted in questions:
        now += pause
        mails = min(wanted, available(full_at, now, rate))
        full_at = taken(full_at, now, mails, rate) if mails else full_at
        left.append((now, mails))
    for start in range(len(left)):
        for end in range(start, len(left)):
            mails = sum(count for _, count in left[start : end + 1])
            microseconds = left[end][0] - left[start][0]
            # In whole numbers: mails - burst <= microseconds * mails of the rate / period.
            assert (mails - rate.burst) * PERIODS[rate.period] * SECOND <= microseconds * rate.mails


@given(rates, st.integers(0, 1000))
def test_a_bucket_refills_exactly_and_the_wait_that_is_named_is_neither_short_nor_long(rate: Rate, wanted: int) -> None:
    now = 10**15
    full_at = taken(0, now, rate.burst, rate)
    assert available(full_at, now, rate) == 0
    assert available(full_at, now + rate.every - 1, rate) == 0
    assert available(full_at, now + rate.every, rate) == 1
    assert available(full_at, now + rate.burst * rate.every, rate) == rate.burst
    wanted = max(1, min(wanted, rate.burst))
    wait = round(wait_for(full_at, now, wanted, rate) * SECOND)
    assert available(full_at, now + wait, rate) == wanted
    assert available(full_at, now + wait - 1, rate) == wanted - 1


@given(st.integers(1, 10**6), st.floats(1, 10), st.integers(1, 365), st.integers(1, 400))
def test_a_warm_up_never_falls_and_ends(start: int, growth: float, days: int, day: int) -> None:
    curve = WarmUp(start, growth, days)
    today, tomorrow = curve.allowance(day), curve.allowance(day + 1)
    assert curve.allowance(1) == start
    assert (today is None) == (day > days)
    assert tomorrow is None or (today is not None and tomorrow >= today)


def test_the_days_of_a_warm_up_count_from_the_first_mail() -> None:
    curve, first = WarmUp(1000, 2, 9), date(2026, 3, 1)
    days = [day_of(first, date(2026, 3, day)) for day in (1, 2, 9, 10)]
    assert [curve.allowance(day) for day in days] == [1000, 2000, 256_000, None]
    assert day_of(None, date(2026, 3, 1)) == 1


@given(st.lists(st.sampled_from(["slow.example", "fast.example", "other.example"]), max_size=60))
def test_a_domain_at_its_limit_puts_off_its_own_people_and_nobody_else(domains: list[str]) -> None:
    pace = Pace(domains={"slow.example": Rate(6, "m", 10), "fast.example": Rate(1000, "s", 10)})
    leave = Buckets().ask(pace, domains, 10**15)
    assert len(leave.go) == len(domains)
    slow = [go for domain, go in zip(domains, leave.go, strict=True) if domain == "slow.example"]
    assert all(go for domain, go in zip(domains, leave.go, strict=True) if domain != "slow.example")
    assert slow == [True] * min(1, len(slow)) + [False] * max(0, len(slow) - 1)


def test_settings_are_read_as_they_are_written() -> None:
    pace, faults = read_pace("50", "Mail.example=100/m, *=600/m", "start=1000, growth=2, days=9")
    assert faults == []
    assert pace.rate is not None
    assert (pace.rate.every, pace.rate.burst) == (20_000, 50)
    assert str(pace.of("mail.example")) == "100 a minute"
    assert str(pace.of("any.example")) == "600 a minute"
    assert pace.warm_up == WarmUp(1000, 2, 9)
    assert not read_pace("0", "", "")[0]


@given(st.text(max_size=20), st.text(max_size=30), st.text(max_size=30))
def test_no_setting_whatever_makes_the_reader_fall(rate: str, domains: str, warm_up: str) -> None:
    pace, faults = read_pace(rate, domains, warm_up)
    assert faults or pace.rate is None or pace.rate.every >= 1


def test_all_faults_are_told_at_once() -> None:
    rates = "mail.example=0/m, nowhere=5/s, x.example=1/s, x.example=2/s"
    with pytest.raises(BadSettings) as told:
        config.load(**GOOD, mail_rate="fast", domain_rates=rates, warm_up="days=3")
    words = str(told.value)
    for part in (
        "“fast” is no rate",
        "“0/m” is no rate",
        "“nowhere” is no domain",
        "x.example twice",
        "“days=3”",
    ):
        assert part in words


def test_the_example_in_the_handbook_is_right() -> None:
    handbook = (Path(__file__).parent.parent.parent / "docs" / "running.md").read_text()
    set_there = dict(re.findall(r'^(MAIL_RATE|DOMAIN_RATES|WARM_UP)="([^"]+)"', handbook, re.MULTILINE))
    pace, faults = read_pace(set_there["MAIL_RATE"], set_there["DOMAIN_RATES"], set_there["WARM_UP"])
    assert faults == []
    assert pace.warm_up is not None
    assert pace.warm_up.allowance(9) == 256_000
    assert "256,000 on the ninth" in handbook
