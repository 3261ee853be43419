"""What can go wrong with a campaign's page, each told to the person who can mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.core.errors import Busy, Refused, Unknown


class NotOpen(Refused):
    """The revision cannot go from the state it is in to the one that was asked for."""


class PageIncomplete(Refused):
    """Something is missing for the next step; `faults` lists everything that is."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("The page is not ready. Nothing has changed; mend these first:", faults=missing)


class PageDown(Refused):
    """The campaign's page was taken down, and nobody has let it return yet."""

    def __init__(self) -> None:
        super().__init__(
            "This campaign's page was taken down, and publishing would show it again. Nothing has changed."
            " First somebody who may withdraw lets it return, and says why that is safe now."
        )


class BadBlock(Refused):
    """A block that cannot be kept as it is; `faults` says what to write instead."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("The block was not saved. Change these first:", faults=faults)


class OwnPage(Refused):
    """Whoever wrote or edited a page cannot be the one who approves it."""

    def __init__(self) -> None:
        super().__init__(
            "You wrote or edited this page, so someone else has to approve it."
            " Ask another reviewer; the page keeps waiting."
        )


class BlockConflict(Busy):
    """Someone else saved the same words first. Nothing was overwritten: both are here to be joined.

    `version` is the one that is kept now; save again naming it. `theirs` and `yours` are parts by name.
    """

    def __init__(self, *, version: int, theirs: Mapping[str, str], yours: Mapping[str, str], who: str) -> None:
        super().__init__(
            f"{who} saved this block while you were writing. Nothing was overwritten: compare both, then save again."
        )
        self.version = version
        self.theirs = dict(theirs)
        self.yours = dict(yours)
        self.who = who


class CampaignGone(Unknown):
    """The campaign had a page, and it was taken down."""
