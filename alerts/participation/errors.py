"""What can stand in the way of an act."""

from __future__ import annotations

from uuid import UUID

from alerts.core.errors import Refused


class NoMoreNames(Refused):
    """The case is closed, not shown, or its deadline is over: no name is added to its letter any more."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__("This case takes no more names. Yours was not added.")
        self.case_id = case_id
