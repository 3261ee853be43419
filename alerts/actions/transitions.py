"""The legal moves of a case, as data, and what each does to it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from alerts.actions.errors import IllegalMove
from alerts.actions.states import CaseState

S = CaseState

MOVES: dict[CaseState, frozenset[CaseState]] = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset({S.APPROVED, S.DRAFT, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.PUBLISHED, S.HELD, S.DRAFT, S.WITHDRAWN}),
    S.PUBLISHED: frozenset({S.HELD, S.CLOSED, S.WITHDRAWN}),
    S.HELD: frozenset({S.PUBLISHED, S.CLOSED, S.DRAFT, S.WITHDRAWN}),
    S.CLOSED: frozenset({S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
}

SHOWN = frozenset({S.PUBLISHED, S.CLOSED})
"""States in which the public sees a case."""

EDITABLE = frozenset({S.DRAFT, S.IN_REVIEW, S.APPROVED, S.HELD})
"""States from which words and facts may be changed; the change takes the case back to draft."""

_NAMES = {
    S.DRAFT: "a draft",
    S.IN_REVIEW: "in review",
    S.APPROVED: "approved",
    S.PUBLISHED: "published",
    S.HELD: "held",
    S.CLOSED: "closed",
    S.WITHDRAWN: "withdrawn",
}


class Movable(Protocol):
    """What a move needs to know of a case, and changes."""

    state: str
    approved_by: UUID | None
    published_at: datetime | None
    ended_at: datetime | None

    @property
    def number(self) -> str: ...


def check_move(case: Movable, to: CaseState) -> None:
    """Raise IllegalMove, saying what can be done instead, for a move that is not in the table."""
    now = CaseState(case.state)
    if to not in MOVES[now]:
        onward = ", ".join(_NAMES[state] for state in CaseState if state in MOVES[now])
        remedy = f"From here it can become: {onward}." if onward else "Nothing more can be done with it."
        raise IllegalMove(f"{case.number} is {_NAMES[now]} and cannot become {_NAMES[to]}. {remedy}")


def move(case: Movable, to: CaseState, *, at: datetime) -> None:
    """Move a (locked) case at `at` (UTC). Raises IllegalMove, with nothing changed, for a move not in the table.

    Back to draft loses the approval; the first publication and the end are dated.
    """
    check_move(case, to)
    case.state = to.value
    if to is S.DRAFT:
        case.approved_by = None
    if to is S.PUBLISHED and case.published_at is None:
        case.published_at = at
    if to in (S.CLOSED, S.WITHDRAWN):
        case.ended_at = at


def state_name(state: CaseState) -> str:
    """The state as it stands in a sentence: `in review`, `a draft`."""
    return _NAMES[state]
