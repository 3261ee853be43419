"""Pacing, the rules: how much may go out now, in all and to a domain, and how that grows in the first days. No I/O.

Time is counted in whole microseconds and a bucket is one number, the moment at which it will be full again, so that
nothing is lost or won by rounding. `alerts/jobs/pacing.py` has the same arithmetic in Redis, for all workers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

SECOND = 1_000_000
PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SPOKEN = {"s": "a second", "m": "a minute", "h": "an hour", "d": "a day"}
ALL_BURST, DOMAIN_BURST = 1, 10
"""Seconds' worth of mail that may go out at once after a silence: in all, and to one domain."""
FASTEST = 1_000_000
MOST_A_DAY = 1_000_000_000
EVERY_OTHER = "*"
LONGEST_WARM_UP = 365
_RATE = re.compile(r"(\d{1,9})/([smhd])")
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True)
class Rate:
    """So many mails in a period (`s`, `m`, `h` or `d`); `burst` of them at once after a silence."""

    mails: int
    period: str
    burst_seconds: int = DOMAIN_BURST

    @property
    def every(self) -> int:
        """Microseconds a mail takes, rounded up: never faster than the rate."""
        return -(-PERIODS[self.period] * SECOND // self.mails)

    @property
    def burst(self) -> int:
        """Mails a full bucket holds."""
        return max(1, self.burst_seconds * SECOND // self.every)

    def __str__(self) -> str:
        return f"{self.mails:,} {SPOKEN[self.period]}"


@dataclass(frozen=True)
class WarmUp:
    """`start` mails on the first day, `growth` times as many each day, no limit after day `days`."""

    start: int
    growth: float
    days: int

    def allowance(self, day: int) -> int | None:
        """Mails on day `day` (from 1); None where the warm-up is over."""
        if day > self.days:
            return None
        grown = float(self.start)
        for _ in range(1, day):
            grown = min(MOST_A_DAY, grown * self.growth)
        return int(grown)


@dataclass(frozen=True)
class Pace:
    """What was set: a rate in all, rates of domains (`*` for each that is not named), a warm-up."""

    rate: Rate | None = None
    domains: Mapping[str, Rate] = field(default_factory=dict)
    warm_up: WarmUp | None = None

    def __bool__(self) -> bool:
        return self.rate is not None or bool(self.domains) or self.warm_up is not None

    def of(self, domain: str) -> Rate | None:
        """The rate of a domain."""
        return self.domains.get(domain) or self.domains.get(EVERY_OTHER)


def day_of(first: date | None, today: date) -> int:
    """Which day of the warm-up `today` is: the first day that mail left is day 1."""
    return max(1, (today - first).days + 1) if first else 1


def available(full_at: int, now: int, rate: Rate) -> int:
    """Mails that a bucket which is full at `full_at` lets out `now`."""
    return max(0, (rate.burst * rate.every - max(0, full_at - now)) // rate.every)


def taken(full_at: int, now: int, mails: int, rate: Rate) -> int:
    """When the bucket is full again after so many mails have left it."""
    return max(full_at, now) + mails * rate.every


def wait_for(full_at: int, now: int, mails: int, rate: Rate) -> float:
    """Seconds until the bucket lets so many mails out (at most its burst)."""
    missing = max(0, full_at - now) - (rate.burst - min(mails, rate.burst)) * rate.every
    return max(0, missing) / SECOND


@dataclass(frozen=True)
class Leave:
    """Leave to send: for each of the first people asked about, whether their mail may go now (False: put off).

    Whoever is not among them was not decided, since the rate in all lets no more out: ask again in `wait` seconds.
    `domain_wait` is when the domains of those who were put off take more.
    """

    go: Sequence[bool]
    wait: float = 0.0
    domain_wait: float = 0.0


class Pacer(Protocol):
    """Asks, for all workers, how much may go out now."""

    pace: Pace

    def ask(self, domains: Sequence[str]) -> Leave:
        """Take what may go out now to people of these domains, in their order."""
        ...


def least_of(wanted: int, rate: Rate) -> int:
    """The fewest mails worth a window of their own: half a burst, or all that are wanted."""
    return min(wanted, max(1, rate.burst // 2))


@dataclass
class Buckets:
    """The same buckets in one process, for when Redis is away. `full` holds the moments at which they are full."""

    full: dict[str, int] = field(default_factory=dict)

    def ask(self, pace: Pace, domains: Sequence[str], now: int) -> Leave:
        """As `Pacer.ask`, without a warm-up: who is without Redis keeps to a rate that is low enough."""
        left = len(domains)
        if pace.rate is not None:
            left = available(self.full.get("", 0), now, pace.rate)
            least = least_of(len(domains), pace.rate)
            if left < least:
                return Leave([], wait_for(self.full.get("", 0), now, least, pace.rate))
        go: list[bool] = []
        waits = [0.0]
        for domain in domains:
            rate = pace.of(domain)
            full_at = self.full.get(domain, 0)
            may = rate is None or available(full_at, now, rate) > 0
            if may and sum(go) == left:
                break
            if rate is not None:
                waits.append(0.0 if may else wait_for(full_at, now, rate.burst, rate))
                self.full[domain] = taken(full_at, now, 1, rate) if may else full_at
            go.append(may)
        if pace.rate is not None:
            self.full[""] = taken(self.full.get("", 0), now, sum(go), pace.rate)
        return Leave(go, domain_wait=max(waits))


def read_pace(mail_rate: str, domain_rates: str, warm_up: str) -> tuple[Pace, list[str]]:
    """What three settings ask for, and every fault in them, in words."""
    faults: list[str] = []
    plain = mail_rate.strip()
    in_all = f"{plain}/s" if plain.isdecimal() else plain
    rate = _rate(in_all, ALL_BURST, "MAIL_RATE", faults) if plain not in {"", "0"} else None
    domains: dict[str, Rate] = {}
    for part in filter(None, (part.strip() for part in domain_rates.split(","))):
        name, _, value = (word.strip().lower() for word in part.partition("="))
        if name != EVERY_OTHER and not _DOMAIN.fullmatch(name):
            faults.append(f"DOMAIN_RATES: “{name}” is no domain — write mail.example=100/m, or * for the others")
        if name in domains:
            faults.append(f"DOMAIN_RATES names {name} twice — leave one of them out")
        if (found := _rate(value, DOMAIN_BURST, f"DOMAIN_RATES: {name}", faults)) is not None:
            domains[name] = found
    return Pace(rate, domains, _warm_up(warm_up, faults)), faults


def _rate(value: str, burst: int, where: str, faults: list[str]) -> Rate | None:
    match = _RATE.fullmatch(value.strip().lower())
    if match and 0 < int(match[1]) <= FASTEST:
        return Rate(int(match[1]), match[2], burst)
    faults.append(f"{where}: “{value.strip()}” is no rate — write 50/s, 100/m, 2000/h or 20000/d (1 to 1000000)")
    return None


def _warm_up(value: str, faults: list[str]) -> WarmUp | None:
    if not value.strip():
        return None
    parts = dict(part.strip().partition("=")[::2] for part in value.lower().split(","))
    try:
        if set(parts) != {"start", "growth", "days"}:
            raise ValueError
        made = WarmUp(int(parts["start"]), float(parts["growth"]), int(parts["days"]))
    except ValueError:
        made = None
    if made and 1 <= made.start <= FASTEST and 1 <= made.growth <= 10 and 1 <= made.days <= LONGEST_WARM_UP:  # noqa: PLR2004
        return made
    faults.append(
        f"WARM_UP: “{value.strip()}” is no warm-up — write start=1000, growth=2, days=9 (start 1 to 1000000, growth 1"
        f" to 10, days 1 to {LONGEST_WARM_UP})"
    )
    return None
