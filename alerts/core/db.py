"""The database as features see it: the declarative base, row locks, named constraints, bells rung after commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from psycopg import Error
from sqlalchemy import BigInteger, DateTime, Engine, LargeBinary, MetaData, Text, event, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session

from alerts.core.errors import AlertsError, Unknown

IDLE = 2.0
"""Seconds after which a connection may have been cut without our knowing."""
LONGEST = 30
"""Seconds after which a statement for a page is given up: who asked for it has gone, and its connection is wanted."""
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


BigInt = Annotated[int, "bigint"]
"""A 64-bit column: ids of tables that grow with the audience."""


class Base(DeclarativeBase):
    """Every table of the product; datetimes are `timestamptz`, strings `text`, ids `uuid` or `bigint`."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
        UUID: PG_UUID(as_uuid=True),
        bytes: LargeBinary,
        BigInt: BigInteger,
    }


Row = TypeVar("Row", bound=Base)


def lock(session: Session, model: type[Row], key: Any) -> Row:
    """The row, read afresh and locked until the transaction ends. Raises Unknown where there is none."""
    row = session.get(model, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise Unknown(f"There is no {model.__tablename__.rstrip('s').replace('_', ' ')} with this id.")
    return row


def lock_if_free(session: Session, model: type[Row], key: Any) -> Row | None:
    """The row, read afresh and locked against other writers; None where another transaction has it, or it is gone."""
    how = {"skip_locked": True, "key_share": True}
    return session.get(model, key, with_for_update=how, populate_existing=True)


@contextmanager
def translated(constraints: Mapping[str, Callable[[], AlertsError]]) -> Iterator[None]:
    """Turn the database's refusal by a named constraint (or a trigger raising under that name) into our error."""
    try:
        yield
    except IntegrityError as error:
        name = constraint_of(error)
        if name in constraints:
            raise constraints[name]() from error  # noqa: RSE102 - a function that makes the error
        raise


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that refused, or under which a trigger did; empty where there is none."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""


_Ringer = Callable[[str, tuple[str, ...]], None]
_ringers: list[_Ringer] = []


def install_ringer(ringer: _Ringer) -> None:
    """Name the one function that puts a job (by name, with ids) on its queue; the last call wins."""
    _ringers[:] = [ringer]


def ring_after_commit(session: Session, job: str, *ids: object) -> None:
    """Ring the bell for `job` with `ids` once this transaction has committed; nothing is rung if it does not.

    A bell may be lost: the clock rings again for everything that is due.
    """
    bells: list[tuple[str, tuple[str, ...]]] = session.info.setdefault("bells", [])
    bell = (job, tuple(str(id) for id in ids))
    if bell not in bells:
        bells.append(bell)


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    if session.in_nested_transaction():
        return
    bells = session.info.pop("bells", [])
    for job, ids in bells:
        for ringer in _ringers:
            ringer(job, ids)


@event.listens_for(Session, "after_rollback")
def _hush(session: Session) -> None:
    session.info.pop("bells", None)


def look_after(engine: Engine) -> None:
    """Make the engine one for a server of pages, none of whose few connections may be lost or be held for long.

    A connection that was idle is asked whether it still stands, before it is used; one in steady use, never. A
    statement that has not ended after LONGEST fails (as sqlalchemy.exc.OperationalError), and its locks are let go.
    """

    @event.listens_for(engine, "connect")
    def opened(connection: Any, _: Any) -> None:
        connection.execute(f"SET statement_timeout = '{LONGEST}s'")
        connection.commit()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("returned", time.monotonic()) > IDLE and not _stands(connection):
            raise DisconnectionError

    @event.listens_for(engine, "checkin")
    def returned(_: Any, record: Any) -> None:
        record.info["returned"] = time.monotonic()


def _stands(connection: Any) -> bool:
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Error:
        return False
    return True


def exists(session: Session, statement: Any) -> bool:
    """Whether the select has any row."""
    return bool(session.scalar(select(statement.exists())))
