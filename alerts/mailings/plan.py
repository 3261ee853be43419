"""The plan of a mailing: when the sender wants it, what the organisation allows, and what is fixed at launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.actions.states import BulletinKind
from alerts.mailings.schedule import Quiet

MOST_MAILS, MOST_DAYS = 100, 366


@dataclass(frozen=True)
class Cap:
    """No more than `mails` mails to one person within `days` days."""

    mails: int
    days: int

    @classmethod
    def parse(cls, words: str) -> Cap | None:
        """Read `3/7`; empty is None. Raises ValueError that says how to write it."""
        if not words.strip():
            return None
        mails, _, days = (part.strip() for part in words.partition("/"))
        if not (mails.isdecimal() and days.isdecimal()):
            raise ValueError("write mails and days, as in 3/7")
        if not (1 <= int(mails) <= MOST_MAILS and 1 <= int(days) <= MOST_DAYS):
            raise ValueError(f"1 to {MOST_MAILS} mails in 1 to {MOST_DAYS} days can be a limit")
        return cls(int(mails), int(days))

    def __str__(self) -> str:
        return f"{self.mails}/{self.days}"


@dataclass(frozen=True)
class When:
    """What the sender chose: from `at` (UTC; None is now), in each person's zone at `local_hour` where one is given."""

    at: datetime | None = None
    local_hour: int | None = None


@dataclass(frozen=True)
class Limits:
    """What the organisation allows, from its settings. Bulletins of the kinds in `exempt` are held back by nothing.

    `time_zone` is the organisation's own, and that of people who told none. `mailings_a_day` 0 is no limit.
    """

    time_zone: str = "UTC"
    quiet: Quiet | None = None
    cap: Cap | None = None
    mailings_a_day: int = 0
    exempt: frozenset[BulletinKind] = frozenset()


@dataclass(frozen=True)
class Trial:
    """A test of variants on `share` percent of the audience; the rest wait for the winner.

    `decide_after` the first hand-over the clock chooses; None: a person does. `variants` counts the bulletin's own
    words too.
    """

    share: int
    decide_after: timedelta | None = None
    variants: int = 0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Trial:
        """The trial as it was stored with a mailing."""
        seconds = value.get("decide_after")
        after = None if seconds is None else timedelta(seconds=seconds)
        return cls(value["share"], after, value["variants"])

    def to_json(self) -> dict[str, Any]:
        """The trial as it is stored with a mailing."""
        after = {} if self.decide_after is None else {"decide_after": int(self.decide_after.total_seconds())}
        return {"share": self.share, "variants": self.variants, **after}


@dataclass(frozen=True)
class Plan:
    """What holds for one mailing, whatever the settings become later; the empty plan is an ordinary mailing."""

    local_hour: int | None = None
    quiet: Quiet | None = None
    cap: Cap | None = None
    time_zone: str = "UTC"
    trial: Trial | None = None

    @classmethod
    def of(cls, kind: BulletinKind, when: When, limits: Limits) -> Plan:
        """The plan of a bulletin of this kind."""
        held = kind not in limits.exempt
        return cls(when.local_hour, limits.quiet if held else None, limits.cap if held else None, limits.time_zone)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Plan:
        """The plan as it was stored with a mailing."""
        return cls(
            value.get("local_hour"),
            Quiet.parse(value.get("quiet", "")),
            Cap.parse(value.get("cap", "")),
            value.get("time_zone", "UTC"),
            Trial.from_json(value["trial"]) if "trial" in value else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The plan as it is stored with a mailing: nothing that does not differ from an ordinary one."""
        values = {"quiet": self.quiet and str(self.quiet), "cap": self.cap and str(self.cap)}
        stored = {"local_hour": self.local_hour, **values, "trial": self.trial and self.trial.to_json()}
        kept = {name: value for name, value in stored.items() if value is not None}
        return {**kept, "time_zone": self.time_zone} if kept else {}

    @property
    def by_zone(self) -> bool:
        """Whether people in different zones may have to wait for different moments."""
        return self.local_hour is not None or self.quiet is not None


NOW = When()
NO_LIMITS = Limits()
ORDINARY = Plan()
