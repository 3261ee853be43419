"""When mail may leave: the right hour on every clock of the world, whatever its country does to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.mailings.schedule import BadMoment, Quiet, moment_in, quiet_from, start_for

ZONES = sorted(available_timezones() - {"localtime"})
NOTHING = timedelta(0)
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.integers(946_684_800, 2_524_607_999).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
hours = st.integers(0, 23)
quiets = st.builds(lambda begin, length: Quiet(begin, (begin + length) % 24), hours, st.integers(1, 18))
BERLIN, TROLL, APIA, NUUK = map(ZoneInfo, ("Europe/Berlin", "Antarctica/Troll", "Pacific/Apia", "America/Nuuk"))


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def shown_on(zone: ZoneInfo, at: datetime) -> set[tuple[object, int]]:
    """Every hour of every day that clocks show from a day before to three days after, found by looking at them."""
    looks = (at + timedelta(minutes=15 * step) for step in range(-4 * 26, 4 * 72))
    return {(there.date(), there.hour) for there in (look.astimezone(zone) for look in looks)}


@given(zone=zones, at=moments, hour=hours)
@example(zone=BERLIN, at=utc("2026-03-28 12:00"), hour=2)
@example(zone=BERLIN, at=utc("2026-10-25 00:30"), hour=2)
@example(zone=TROLL, at=utc("2026-10-25 00:30"), hour=9)
@example(zone=APIA, at=utc("2011-12-29 22:00"), hour=9)
@example(zone=NUUK, at=utc("2026-03-28 22:00"), hour=23)
def test_nobody_is_mailed_before_the_launch_or_more_than_a_turn_of_their_clock_after_it(
    zone: ZoneInfo, at: datetime, hour: int
) -> None:
    start = start_for(zone, at, hour)
    before, after = at.astimezone(zone).utcoffset(), start.astimezone(zone).utcoffset()
    assert before is not None
    assert after is not None
    turned_back = max(NOTHING, before - after)
    assert at <= start <= at + timedelta(days=1) + turned_back


@given(zone=zones, at=moments, hour=hours)
@example(zone=BERLIN, at=utc("2026-03-28 12:00"), hour=2)
@example(zone=ZoneInfo("Australia/Lord_Howe"), at=utc("2026-10-03 10:00"), hour=2)
@example(zone=APIA, at=utc("2011-12-29 22:00"), hour=9)
def test_the_local_clock_shows_the_wanted_hour_whenever_that_day_has_it(
    zone: ZoneInfo, at: datetime, hour: int
) -> None:
    there = start_for(zone, at, hour).astimezone(zone)
    if there.hour == hour:
        assert there.second == 0 or there.utcoffset() != (there - timedelta(hours=1)).utcoffset()
    else:
        moment_before = (there.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone)
        shown = shown_on(zone, at)
        lacking = [day for day in (moment_before.date(), there.date()) if (day, hour) not in shown]
        assert lacking, "the hour was there to be had"
        assert moment_before.utcoffset() != there.utcoffset(), "only where clocks go forward may it be another"


@given(zone=zones, at=moments, hour=st.none() | hours, quiet=quiets)
@example(zone=BERLIN, at=utc("2026-10-25 00:30"), hour=None, quiet=Quiet(22, 2))
@example(zone=NUUK, at=utc("2026-03-28 22:00"), hour=23, quiet=Quiet(20, 23))
def test_nobody_is_mailed_in_their_quiet_hours(zone: ZoneInfo, at: datetime, hour: int | None, quiet: Quiet) -> None:
    start = start_for(zone, at, hour, quiet)
    assert not quiet.holds(start.astimezone(zone))
    undisturbed = start_for(zone, at, hour)
    assert start >= undisturbed
    assert start == undisturbed or quiet.holds(undisturbed.astimezone(zone)), "waits only where it must"


@given(zone=zones, at=moments, quiet=quiets)
def test_from_a_start_to_the_next_quiet_hours_no_moment_is_quiet(zone: ZoneInfo, at: datetime, quiet: Quiet) -> None:
    start = start_for(zone, at, None, quiet)
    until = quiet_from(zone, start, quiet)
    assert until > start
    steps = int((until - start) / timedelta(minutes=15))
    open_moments = [start + timedelta(minutes=15 * step) for step in range(steps)]
    seasons = {moment.astimezone(zone).utcoffset() for moment in [*open_moments, until]}
    if len(seasons) == 1:
        assert not any(quiet.holds(moment.astimezone(zone)) for moment in open_moments)
        assert quiet.holds(until.astimezone(zone))


def test_an_hour_that_a_spring_day_lacks_is_the_moment_clocks_go_forward() -> None:
    assert start_for(BERLIN, utc("2026-03-28 12:00"), 2) == utc("2026-03-29 01:00")


def test_an_hour_that_comes_twice_in_autumn_is_taken_the_first_time_unless_that_is_over() -> None:
    assert start_for(BERLIN, utc("2026-10-24 12:00"), 2) == utc("2026-10-25 00:00")
    assert start_for(BERLIN, utc("2026-10-25 00:30"), 2) == utc("2026-10-25 01:00")


def test_nine_in_the_morning_goes_around_the_world() -> None:
    at = utc("2026-12-01 00:00")
    starts = [start_for(ZoneInfo(name), at, 9) for name in ("Asia/Tokyo", "Europe/Berlin", "America/Lima")]
    assert starts == [utc("2026-12-01 00:00"), utc("2026-12-01 08:00"), utc("2026-12-01 14:00")]


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2026-12-01 09:00", "2026-12-01 08:00"),
        ("2026-12-01T09:00", "2026-12-01 08:00"),
        ("2026-12-01 09:00 America/Lima", "2026-12-01 14:00"),
        ("2026-12-01 09:00Z", "2026-12-01 09:00"),
        ("2026-10-25 02:30", "2026-10-25 00:30"),
    ],
)
def test_a_moment_is_read_in_the_organisations_zone_unless_it_names_one(words: str, moment: str) -> None:
    assert moment_in(BERLIN, words) == utc(moment)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("tomorrow", "no moment that can be read"),
        ("2026-13-01 09:00", "no moment that can be read"),
        ("", "no moment that can be read"),
        ("2026-12-01 09:00 Europe/Exampleton", "no time zone “Europe/Exampleton”"),
        ("2026-12-01 09:00 ../etc", "no time zone"),
        ("2026-03-29 02:30", "it never comes"),
    ],
)
def test_a_moment_that_is_none_is_refused_in_words(words: str, told: str) -> None:
    with pytest.raises(BadMoment, match=told):
        moment_in(BERLIN, words)


@pytest.mark.parametrize("words", ["22", "22-24", "late-7", "7-7", "22-21", "-1-7", "22-7-8"])
def test_hours_that_cannot_be_quiet_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"as in 22-7|can be quiet"):
        Quiet.parse(words)


def test_quiet_hours_read_as_they_are_written() -> None:
    assert (str(Quiet.parse("22-7")), Quiet.parse(" ")) == ("22-7", None)
