"""When somebody's mail may leave: the sender's moment, an hour on their own clock, and the hours they sleep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.core.errors import Refused

DAY = timedelta(days=1)
HOURS = range(24)
LONGEST_QUIET = 18
"""Hours that can be quiet at most: what is left must outlast every turn of a clock."""
_MOMENT = re.compile(r"(?P<day>[\d-]+)[ T](?P<hour>\d{1,2}:\d{2})\s*(?P<zone>\S+)?")


class BadMoment(Refused):
    """The moment cannot be read, is over, or was never on that clock."""


@dataclass(frozen=True)
class Quiet:
    """Local hours in which nobody is mailed: from `begin`:00 up to (not with) `end`:00, past midnight too."""

    begin: int
    end: int

    @classmethod
    def parse(cls, words: str) -> Quiet | None:
        """Read `22-7`; empty is None. Raises ValueError that says how to write it."""
        if not words.strip():
            return None
        begin, dash, end = (part.strip() for part in words.partition("-"))
        if not (dash and begin.isdecimal() and end.isdecimal() and int(begin) in HOURS and int(end) in HOURS):
            raise ValueError("write two hours of the day, as in 22-7")
        quiet = cls(int(begin), int(end))
        if not 0 < quiet.length <= LONGEST_QUIET:
            raise ValueError(f"between 1 and {LONGEST_QUIET} hours can be quiet")
        return quiet

    def __str__(self) -> str:
        return f"{self.begin}-{self.end}"

    @property
    def length(self) -> int:
        """Hours from its begin to its end, on a clock that nobody turns."""
        return (self.end - self.begin) % 24

    def holds(self, here: datetime) -> bool:
        """Whether a local moment is one of them."""
        return (here.hour - self.begin) % 24 < self.length


def start_for(zone: ZoneInfo, at: datetime, local_hour: int | None = None, quiet: Quiet | None = None) -> datetime:
    """The first moment (UTC), not before `at`, at which someone in `zone` may be mailed.

    With `local_hour` their clock shows that hour; quiet hours win over it, and are waited out.
    An hour that a day lacks, where clocks go forward, is the moment at which they do; of an hour that comes twice,
    the first one not before `at` is taken.
    """
    start = at.astimezone(UTC) if local_hour is None else next_hour(zone, at, local_hour)
    if quiet is not None and quiet.holds(start.astimezone(zone)):
        start = next_hour(zone, start, quiet.end)
    return start


def quiet_from(zone: ZoneInfo, start: datetime, quiet: Quiet) -> datetime:
    """When the next quiet hours begin, for someone who may be mailed from `start` on."""
    return next_hour(zone, start, quiet.begin)


def next_hour(zone: ZoneInfo, at: datetime, hour: int) -> datetime:
    """The first moment (UTC), not before `at`, at which clocks in `zone` show `hour`:00; see `start_for` for gaps."""
    today = at.astimezone(zone).date()
    for days in range(-1, 4):
        moments = [moment for moment in _showing(zone, today + days * DAY, hour) if moment >= at]
        if moments:
            return min(moments)
    raise AssertionError(f"{zone} has no {hour}:00 after {at}")


def moment_in(zone: ZoneInfo, words: str) -> datetime:
    """Read `2026-12-01 09:00`, in `zone` unless a zone stands behind it (`… Europe/Berlin`, `…Z`). UTC.

    Of a moment that comes twice the first is meant. Raises BadMoment, also where clocks skip it.
    """
    read = _MOMENT.fullmatch(words.strip())
    named = (read and read["zone"]) or ""
    place = zone_named("UTC" if named == "Z" else named) if named else zone
    try:
        text = f"{read['day']} {read['hour']}" if read else ""
        there = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=place)
    except ValueError:
        raise BadMoment(
            f"“{words}” is no moment that can be read. Write day and hour, as in 2026-12-01 09:00, with a zone behind"
            " it where it is another than the organisation's: 2026-12-01 09:00 Europe/Berlin."
        ) from None
    if there.astimezone(UTC).astimezone(place).replace(tzinfo=None) != there.replace(tzinfo=None):
        raise BadMoment(f"In {place} clocks go forward past {text}: it never comes. Choose a moment before or after.")
    return there.astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """The zone with this IANA name. Raises BadMoment."""
    try:
        return _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadMoment(f"There is no time zone “{name}”. Write one as in Europe/Berlin.") from None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _showing(zone: ZoneInfo, day: date, hour: int) -> list[datetime]:
    """The moments at which clocks show that hour of that day: one, two, or the end of the gap that swallowed it."""
    wall = datetime.combine(day, time(hour), tzinfo=zone)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if second >= first:
        return [first, second]
    if first - second >= DAY:
        return []  # the whole day was skipped, as where a country changed sides of the date line
    return [_jump(zone, second, first)]


def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second between two moments at which the zone's clocks go forward."""
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while low + 1 < high:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)
