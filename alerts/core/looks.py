"""Statements that stand alone, asked very often by an event loop, each its own transaction, on one open connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection

LONGEST = 5
"""Seconds."""


class Looks:
    """One open connection, for one question at a time: no pool to ask for it, and one round trip for each statement.

    A statement that has not ended after LONGEST fails: all who come after wait for the one question.

    Its plans are made once: for a statement that finds rows by their keys, planning takes longer than finding.

    A connection that failed is closed, and the error raised (psycopg's); the next statement opens another.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[Any] | None = None

    async def rows(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a statement, committed when this returns; `%(name)s` stands for each value."""
        try:
            connection = self._connection or await self._opened()
            asked = await connection.execute(sql, values)  # type: ignore[call-overload]
            rows: list[tuple[Any, ...]] = await asked.fetchall()
        except BaseException:
            await self.close()  # nobody gets it back in a state that is not known
            raise
        return rows

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _opened(self) -> AsyncConnection[Any]:
        made = self._connection = await AsyncConnection.connect(self._url, autocommit=True)
        await made.execute("SET plan_cache_mode = force_generic_plan")
        await made.execute(f"SET statement_timeout = '{LONGEST}s'")
        return made
