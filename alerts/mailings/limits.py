"""Reading the organisation's limits from its settings, with every fault in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from alerts.actions.states import BulletinKind
from alerts.mailings.plan import Cap, Limits
from alerts.mailings.schedule import BadMoment, Quiet, zone_named

T = TypeVar("T")


def read_limits(
    *, time_zone: str, quiet_hours: str, subscriber_cap: str, mailings_a_day: int, exempt_kinds: str
) -> Limits:
    """The limits these settings mean. Raises ValueError with a line for each setting that cannot be read."""
    faults: list[str] = []

    def read(name: str, words: str, reading: Callable[[str], T]) -> T | None:
        try:
            return reading(words)
        except (ValueError, BadMoment) as fault:
            faults.append(f"{name}: {fault}")
            return None

    zone = read("TIME_ZONE", time_zone.strip(), zone_named)
    quiet = read("QUIET_HOURS", quiet_hours, Quiet.parse)
    cap = read("SUBSCRIBER_CAP", subscriber_cap, Cap.parse)
    exempt = read("EXEMPT_KINDS", exempt_kinds, _kinds)
    if faults:
        raise ValueError("\n".join(faults))
    return Limits(zone.key if zone else "UTC", quiet, cap, mailings_a_day, exempt or frozenset())


def _kinds(words: str) -> frozenset[BulletinKind]:
    names = [name.strip() for name in words.split(",") if name.strip()]
    if unknown := [name for name in names if name not in list(BulletinKind)]:
        raise ValueError(f"{', '.join(unknown)} is no kind of bulletin; there are {', '.join(BulletinKind)}")
    return frozenset(map(BulletinKind, names))
