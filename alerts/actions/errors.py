"""What can go wrong with a case, each told to the person who can mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.actions.states import CaseState
from alerts.core.errors import Busy, Refused, Unknown


class IllegalMove(Refused):
    """The case cannot go from the state it is in to the one that was asked for."""


class Incomplete(Refused):
    """Something is missing for the next step; `faults` lists everything that is."""

    def __init__(self, number: str, missing: Sequence[str]) -> None:
        super().__init__(f"{number} is not ready. Nothing has changed; mend these first:", faults=missing)


class OwnWork(Refused):
    """Whoever wrote or edited a case cannot be the one who approves it."""

    def __init__(self) -> None:
        super().__init__(
            "You wrote or edited this case, so someone else has to approve it."
            " Ask another reviewer; the case keeps waiting."
        )


class BadText(Refused):
    """Words that cannot be kept as they are; `faults` says where and what to write instead."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("The text was not saved. Change these first:", faults=faults)


class Conflict(Busy):
    """Someone else saved the same text first. Nothing was overwritten: both versions are here to be joined.

    `version` is the one that is kept now; save again naming it. `theirs` and `yours` are parts by name.
    """

    def __init__(self, *, version: int, theirs: Mapping[str, object], yours: Mapping[str, object], who: str) -> None:
        super().__init__(
            f"{who} saved this text while you were writing. Nothing was overwritten: compare both, then save again."
        )
        self.version = version
        self.theirs = dict(theirs)
        self.yours = dict(yours)
        self.who = who


class BadPicture(Refused):
    """The file is not a picture that can be shown."""


class VersionGone(Unknown):
    """A replaced version that may not be read any more."""

    def __init__(self) -> None:
        super().__init__("This version is not readable any more.")


class DefenderGone(Unknown):
    """The defender had a page, and every case of theirs was taken down."""


class CaseGone(Unknown):
    """The case was public and is not shown now; `state` says whether it is held or withdrawn."""

    def __init__(self, number: str, state: CaseState) -> None:
        super().__init__(
            f"{number} is not shown at the moment." if state is CaseState.HELD else f"{number} was withdrawn."
        )
        self.number = number
        self.state = state
