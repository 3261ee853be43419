"""Statements that stand alone, asked very often: each its own transaction, on a connection that its thread keeps."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session


class Looks:
    """One open connection for each thread that asks: no pool to ask for it, and one round trip for each statement.

    A connection that failed is closed, and the error raised (psycopg's); the next statement opens another.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._own = engine, threading.local()

    def first_row(self, sql: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of a statement, committed when this returns."""
        connection = getattr(self._own, "connection", None) or self._opened()
        try:
            row: tuple[Any, ...] | None = connection.execute(sql, values).fetchone()
        except BaseException:
            self.close()  # nobody gets it back in a state that is not known
            raise
        return row

    def close(self) -> None:
        """Close the connection of this thread."""
        connection, self._own.connection = getattr(self._own, "connection", None), None
        if connection is not None:
            connection.close()

    def _opened(self) -> Any:
        """A connection as the engine opens it, taken out of its pool."""
        taken = self._engine.raw_connection()
        connection: Any = taken.driver_connection
        taken.detach()
        connection.autocommit = True
        self._own.connection = connection
        return connection


def first_row(where: Session | Looks, sql: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a statement with `%(name)s` for each value, in a session's transaction or in one of its own."""
    if isinstance(where, Looks):
        return where.first_row(sql, values)
    found = where.connection().exec_driver_sql(sql, dict(values)).first()
    return None if found is None else tuple(found)
