"""Waves: people whose clocks agree, and who may therefore be mailed from the same moment on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from alerts.mailings.plan import Plan
from alerts.mailings.schedule import next_hour, quiet_from, start_for, zone_named

AHEAD = [timedelta(days=days) for days in range(0, 60, 3)]
"""Clocks agree for quiet hours that do so for two months, in which a mailing ends."""


@dataclass(frozen=True)
class Wave:
    """People who may be mailed from `start` until their next quiet hours at `quiet_from` (UTC; None: they have none).

    `zone` is one of their zones; any would do.
    """

    start: datetime
    quiet_from: datetime | None
    zone: str


@dataclass(frozen=True)
class Waves:
    """All waves of a mailing as of one moment, and in which one each zone is; who told no zone we know is in `rest`."""

    waves: tuple[Wave, ...]
    by_zone: tuple[tuple[str, int], ...]
    rest: int

    def late(self, deadline: datetime | None) -> list[int]:
        """The waves whose turn would come when the case's deadline has passed."""
        return [number for number, wave in enumerate(self.waves) if deadline is not None and wave.start >= deadline]


def waves_of(plan: Plan, starts_at: datetime, now: datetime) -> Waves:
    """The waves of a mailing that began at `starts_at`, for people who are frozen `now`."""
    return _waves(plan, starts_at, max(starts_at, now.replace(second=0, microsecond=0)))


@lru_cache(maxsize=32)
def _waves(plan: Plan, starts_at: datetime, now: datetime) -> Waves:
    """Kept from slice to slice: hours begin with a minute, so one answer holds for a minute."""
    numbers: dict[tuple[object, ...], int] = {}
    waves: list[Wave] = []
    by_zone: dict[str, int] = {}
    for name in sorted(_known() | {plan.time_zone}):
        zone = zone_named(name)
        start, until = _span(zone, plan, starts_at, now)
        agree = (start, until, *((now + ahead).astimezone(zone).utcoffset() for ahead in AHEAD if until))
        if agree not in numbers:
            numbers[agree] = len(waves)
            waves.append(Wave(start, until, name))
        by_zone[name] = numbers[agree]
    return Waves(tuple(waves), tuple(by_zone.items()), by_zone[plan.time_zone])


def _span(zone: ZoneInfo, plan: Plan, starts_at: datetime, now: datetime) -> tuple[datetime, datetime | None]:
    """An hour that is over (the mailing was paused) is over: then it is now, unless that is quiet."""
    hour = starts_at if plan.local_hour is None else next_hour(zone, starts_at, plan.local_hour)
    start = start_for(zone, max(hour, now), None, plan.quiet)
    return start.astimezone(UTC), quiet_from(zone, start, plan.quiet) if plan.quiet else None


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime"}
