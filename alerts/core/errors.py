"""Errors written for the person who reads them: what happened, what it means, what to do.

AlertsError
├── Refused      the rules say no; nothing has changed; the reader can mend it
│   └── NotAllowed   the actor lacks the permission
├── Busy         someone or something was quicker, or a service is away; try again
└── Unknown      there is no such thing (or it must not be shown)
"""

from __future__ import annotations

from collections.abc import Sequence


class AlertsError(Exception):
    """Something a person should be told; `message` says what happened, `faults` each thing to mend."""

    def __init__(self, message: str, *, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n  - ".join((self.message, *self.faults))


class Refused(AlertsError):
    """The rules say no; nothing has changed."""


class NotAllowed(Refused):
    """The actor lacks the permission that the verb asks for."""


class Busy(AlertsError):
    """Someone was quicker or a service is away: read again, then try again."""


class Unknown(AlertsError):
    """There is no such thing, or it must not be shown."""
