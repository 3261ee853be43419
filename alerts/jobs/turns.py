"""A worker's turn: the session, the transport and the time one job may take."""

from __future__ import annotations

import functools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import ParamSpec

import structlog
from flask import current_app

from alerts.delivery.dkim import Signer
from alerts.delivery.headers import domain_of
from alerts.delivery.opening import open_transport
from alerts.delivery.transport import Transport
from alerts.extensions import current_site, current_transport_key, db
from alerts.jobs.bells import Bells
from alerts.jobs.pacing import RedisPacer
from alerts.mailings import holds
from alerts.mailings.fairness import Memory
from alerts.mailings.handover import Turn
from alerts.mailings.pacing import Pacer
from config import Settings

P = ParamSpec("P")

stopping = threading.Event()
"""Set when the worker was asked to stop: turns end after the present window."""

memory = Memory()
"""Whom this process served last."""

_transports: dict[str, Transport] = {}
_pacers: dict[str, RedisPacer] = {}


def job(work: Callable[P, None]) -> Callable[P, None]:
    """Give a job its ids in the log, take its bell down so that it can be rung again, and leave no session behind."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        current_app.extensions["bells"].take_down(work.__name__, *(str(arg) for arg in args))
        with structlog.contextvars.bound_contextvars(job=work.__name__, ids=[str(arg) for arg in args]):
            try:
                work(*args, **kwargs)
            finally:
                db.session.remove()

    return run


@contextmanager
def turn(*, seconds: float) -> Iterator[Turn]:
    """A turn of at most `seconds`, with a transport that is kept open from one turn to the next.

    It is over as well when the worker was asked to stop, or a more urgent bell hangs.
    """
    until = time.monotonic() + seconds
    bells: Bells = current_app.extensions["bells"]
    yield Turn(
        session=db.session(),
        transport=transport(),
        site=current_site(),
        worker=f"{socket.gethostname()}:{os.getpid()}",
        commit=db.session.commit,
        still_mine=lambda: time.monotonic() < until and not stopping.is_set() and not bells.urgent(),
        pacer=_pacer(),
    )


def may_go_out(mine: Turn) -> bool:
    """Whether a single mail may leave now; where the provider asked for patience it waits for the clock."""
    return holds.is_open(mine.session, current_transport_key())


def ring(job: str, *ids: str) -> None:
    """Ring for a further turn."""
    current_app.extensions["bells"].ring(job, *ids)


def transport() -> Transport:
    """This process's connection to the provider that `MAIL_URL` names."""
    settings = _settings()
    if settings.mail_url not in _transports:
        _transports[settings.mail_url] = open_transport(
            settings.mail_url,
            sendgrid_key=settings.sendgrid_api_key.get_secret_value(),
            sendgrid_url=settings.sendgrid_api_url,
            catcher_port=settings.smtp_port,
            window=settings.smtp_window,
            bounce_mailbox=settings.bounce_mailbox,
            patience=settings.lease_seconds * 0.75,
            signer=_signer(settings),
            connections=settings.smtp_connections,
        )
    return _transports[settings.mail_url]


def _pacer() -> Pacer | None:
    """This process's pacer; none where no pace is set."""
    settings = _settings()
    if not (pace := settings.pace()):
        return None
    key = current_transport_key()

    def first_day() -> date | None:
        return holds.standing(db.session(), key).first_day

    def sent_on(day: date) -> int:
        return holds.sent_since(db.session(), datetime.combine(day, datetime.min.time(), UTC))

    if key not in _pacers:
        redis = current_app.extensions["redis"]
        _pacers[key] = RedisPacer(redis, key, pace, first_day=first_day, sent_on=sent_on)
    return _pacers[key]


def _signer(settings: Settings) -> Signer | None:
    keys = settings.dkim_key_ring()
    return Signer(domain_of(settings.mail_from), keys) if keys else None


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
