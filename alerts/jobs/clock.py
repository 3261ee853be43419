"""The clock: one process in the whole installation that rings for everything that is due, every second."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerts.appeals.relaying import RELAY, relays_due
from alerts.core import logs
from alerts.events import inbox
from alerts.events.bouncing import forget_soft_bounces
from alerts.extensions import current_limits, current_transport_key, db
from alerts.foundation import create_foundation
from alerts.jobs.bells import Bells
from alerts.mailings import holds, parking, recovery, reported, upkeep
from alerts.mailings.digests import make_due
from alerts.mailings.quiet import wait_out
from alerts.mailings.winners import decide_due
from alerts.mailings.working import in_line
from alerts.participation.asking import MY_PAGE, pages_due
from alerts.participation.confirming import confirmations_due, forget_unconfirmed, remind_unconfirmed
from alerts.subscribers.signing_up import SIGN_UP, forget_sign_ups, sign_ups_due
from config import Settings

log = logs.logger(__name__)

LOCK = 0x0C10C4
HEARTBEAT = "clock:heartbeat"
HEARTBEAT_SECONDS = 10
_LOCK = text("SELECT pg_try_advisory_lock(:key)")


def run_clock(settings: Settings | None = None, *, interval: float = 1.0) -> None:
    """Tick until told to stop. A second clock waits until the first is gone (an advisory lock in PostgreSQL)."""
    stop = threading.Event()

    def halt(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, halt)
    signal.signal(signal.SIGINT, halt)
    app = create_foundation(settings)
    with app.app_context():
        while not stop.is_set():
            try:
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    _tick_while_ours(app, connection, stop, interval)
            except SQLAlchemyError as error:
                log.error("clock.database_away", error=type(error).__name__)
            stop.wait(interval)


def _tick_while_ours(app: Flask, connection: Connection, stop: threading.Event, interval: float) -> None:
    if not connection.scalar(_LOCK, {"key": LOCK}):
        return
    log.info("clock.started")
    while not stop.is_set():
        connection.execute(text("SELECT 1"))
        tick(app)
        stop.wait(interval)


def tick(app: Flask) -> None:
    """Do once what is due now: end, start and finish mailings, then ring for those with work."""
    session = db.session()
    try:
        upkeep.end_overtaken(session)
        upkeep.start_due(session)
        settings = app.extensions["settings"]
        make_due(session, hour=settings.digest_hour, weekday=settings.weekly_digest_on(), limits=current_limits())
        wait_out(session)
        decide_due(session)
        way = current_transport_key()
        parking.park_held(session, way)
        upkeep.finish_complete(session)
        recovery.settle_left_behind(session)
        forget_unconfirmed(session)
        forget_sign_ups(session)
        remind_unconfirmed(session)
        reported.settle_late(session)
        inbox.forget_old(session)
        forget_soft_bounces(session)
        session.commit()
        bells = app.extensions["bells"]
        if in_line(session, way):
            for slot in range(bells.workers()):
                bells.ring("deliver", str(slot))
        if holds.is_open(session, way):
            _ring_for_single_mails(session, bells)
        if inbox.waiting(session):
            bells.ring(inbox.EXPAND)
        _beat(app)
    finally:
        db.session.remove()


def _ring_for_single_mails(session: Session, bells: Bells) -> None:
    """Mails to one person each: confirmations, links to one's own page, sign-ups, letters to a target."""
    due: dict[str, Sequence[object]] = {
        "confirm": confirmations_due(session),
        MY_PAGE: pages_due(session),
        SIGN_UP: sign_ups_due(session),
        RELAY: relays_due(session),
    }
    for job, ids in due.items():
        for id in ids:
            bells.ring(job, str(id))


def _beat(app: Flask) -> None:
    try:
        app.extensions["redis"].set(HEARTBEAT, 1, ex=HEARTBEAT_SECONDS)
    except RedisError as error:
        log.warning("clock.redis_away", error=type(error).__name__)
