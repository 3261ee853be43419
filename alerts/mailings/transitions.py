"""The legal moves of a mailing, as data."""

from __future__ import annotations

from alerts.core.errors import Refused
from alerts.mailings.models import Mailing, MailingState

S = MailingState

MOVES: dict[MailingState, frozenset[MailingState]] = {
    S.SCHEDULED: frozenset({S.RUNNING, S.PAUSED, S.CANCELLED}),
    S.RUNNING: frozenset({S.PAUSED, S.PARKED, S.STOPPED, S.CANCELLED, S.DONE}),
    S.PAUSED: frozenset({S.SCHEDULED, S.RUNNING, S.CANCELLED}),
    S.PARKED: frozenset({S.RUNNING, S.PAUSED, S.STOPPED, S.CANCELLED}),
    S.STOPPED: frozenset({S.RUNNING, S.CANCELLED}),
    S.CANCELLED: frozenset(),
    S.DONE: frozenset({S.RUNNING}),
}

OPEN = frozenset(MOVES) - {S.CANCELLED, S.DONE}
"""States in which a mailing still goes on, or waits to; what is done runs again only where something is tried again."""


def move(mailing: Mailing, to: MailingState) -> None:
    """Move a (locked) mailing on. Raises Refused for a move that is not in the table; nothing has changed then."""
    at = MailingState(mailing.state)
    if to not in MOVES[at]:
        onward = ", ".join(sorted(MOVES[at])) or "nothing: it has ended"
        raise Refused(f"A mailing that is {at} cannot become {to}. From here it can become {onward}.")
    mailing.state = to.value
