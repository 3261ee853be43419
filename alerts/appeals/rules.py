"""Rules of bringing letters: how long one waits, how far apart they go, how a name is signed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from unicodedata import bidirectional

from alerts.participation.models import ShownAs

GRACE = timedelta(minutes=30)
"""How long a letter waits after the act, so that there is time to choose how the name is shown, or to withdraw."""
HURRY = timedelta(hours=1)
"""So near to the deadline nothing waits any more."""
DIGEST_EVERY = timedelta(days=1)
IDLE = timedelta(minutes=1)
"""How long a target is not looked at again that nothing waited for."""
STUCK_AFTER = timedelta(minutes=2)
MOST_IN_DIGEST = 1000
LARGEST_DIGEST = 48_000
"""Bytes that people's names and letters may take of a digest, so that the whole stays under what readers cut off."""
_LONGEST_WAIT = timedelta(hours=6)
_FIRST_WAIT = timedelta(minutes=2)


def apart(per_hour: int, chance: float) -> timedelta:
    """How long after one mail the next may go: around the even gap, from half to one and a half of it.

    `chance` is from 0 up to 1. Mail that comes like clockwork looks like what it is not: a machine's.
    """
    return timedelta(hours=1) / per_hour * (0.5 + chance)


def wait_after(tries: int, chance: float) -> timedelta:
    """How long to wait after so many tries in a row that nobody took: twice as long each time, up to hours."""
    doubled: timedelta = _FIRST_WAIT * 2 ** min(tries - 1, 20)
    return min(_LONGEST_WAIT, doubled) * (0.75 + chance / 2)


@dataclass(frozen=True)
class Signatory:
    """How a person stands before a target: a whole name, or initials; and where they live, as far as they allowed."""

    name: str
    place: str

    def __str__(self) -> str:
        return f"{self.name}, {self.place}" if self.place else self.name

    @property
    def in_mail(self) -> str:
        """The same where it stands in a line of mail: a name that runs the other way than its place keeps to itself.

        Without that (UAX 9, 2.5: isolates) the comma and the place would change sides.
        """
        if not self.place or _runs_left(self.name) == _runs_left(self.place):
            return str(self)
        return f"\u2068{self.name}\u2069, {self.place}"


def signatory(name: str | None, shown_as: ShownAs, *, town: str | None, country: str) -> Signatory | None:
    """A person as they allowed it; None for who is only counted, or gave no name."""
    if not name or shown_as is ShownAs.COUNTED:
        return None
    if shown_as is ShownAs.INITIALS:
        return Signatory(initials(name), ", ".join(part for part in (town, country) if part))
    return Signatory(name, country)


def as_allowed(letter: str, name: str | None, shown_as: ShownAs) -> str:
    """A letter in somebody's own words, without their whole name where they did not allow it."""
    if not name or shown_as is ShownAs.FULL:
        return letter
    return letter.replace(name, initials(name))


def _runs_left(text: str) -> bool:
    return any(bidirectional(letter) in ("R", "AL") for letter in text)


def initials(name: str) -> str:
    """The first letter of each part of a name."""
    return " ".join(f"{part[0].upper()}." for part in name.split())
