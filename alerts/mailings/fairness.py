"""Whose turn it is: the most urgent mailing first, equals by turns, and nobody waits behind a large one for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

EVERY = 4
"""Each so-manieth piece of a worker's work goes to whoever waited longest, whatever its rank."""


@dataclass(frozen=True)
class InLine:
    """A running mailing with something to do: an audience to freeze (`freezing`), or a batch that waits (`ready`).

    `rank`: 0 is the most urgent.
    """

    mailing_id: UUID
    rank: int
    freezing: bool
    ready: bool


@dataclass
class Memory:
    """What one worker remembers of whom it served, to be fair by itself; losing it does no harm."""

    _piece: int = 0
    _last: dict[UUID, int] = field(default_factory=dict)
    _froze: set[UUID] = field(default_factory=set)

    def order(self, line: Sequence[InLine]) -> list[InLine]:
        """The line in the order this worker should serve it now: by rank, among equals who was served longest ago."""
        self._last = {one.mailing_id: self._last.get(one.mailing_id, -1) for one in line}
        waited = sorted(line, key=lambda one: self._last[one.mailing_id])
        if self._piece % EVERY == EVERY - 1:
            return waited
        return sorted(waited, key=lambda one: one.rank)

    def freezes(self, one: InLine) -> bool:
        """Whether this mailing's next piece is a slice of its audience: every other piece while there are more."""
        return one.freezing and not (one.ready and one.mailing_id in self._froze)

    def served(self, one: InLine, *, froze: bool) -> None:
        """Remember who was served, and with what."""
        self._piece += 1
        self._last[one.mailing_id] = self._piece
        (self._froze.add if froze else self._froze.discard)(one.mailing_id)
