"""Writing down what a provider said, however long the database is away: what is not written down goes out twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from alerts.core import logs

log = logs.logger(__name__)

AGAIN = 0.5
"""Seconds between tries to write an outcome down."""
Answer = TypeVar("Answer")


def written(session: Session, write: Callable[[], Answer], *, commit: Callable[[], None], patience: float) -> Answer:
    """What `write` gives, once it is committed; it may run more than once, and must come to the same.

    Another worker may claim the batch meanwhile, once its lease is over and the database is back. Raises LeaseLost
    then, or what the database raises where it is away for longer than `patience` seconds.
    """
    until = time.monotonic() + patience
    while True:
        try:
            answer = write()
            commit()
        except (OperationalError, InterfaceError) as error:
            session.rollback()
            if time.monotonic() > until:
                raise
            log.warning("outcome.not_written_yet", error=type(error.orig).__name__)
            time.sleep(AGAIN)
        else:
            return answer
