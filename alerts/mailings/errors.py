"""What can go wrong between a launch and the last delivery."""

from __future__ import annotations

from alerts.core.errors import Busy, Refused


class NotApproved(Refused):
    """The case has not been approved (or is closed): there is nothing that may be launched."""


class AlreadyLaunched(Busy):
    """Someone was quicker: a mailing of this bulletin is under way."""


class AudienceChanged(Busy):
    """The number that was confirmed is not the number there is now: look again, then confirm."""


class TooLate(Refused):
    """The moment that was chosen is over, or the case's deadline is by then: choose another."""


class DayIsFull(Refused):
    """The organisation starts no more mailings on that day; the message names the next free one."""


class LeaseLost(Exception):
    """Another worker holds the batch now: drop it, write nothing."""
