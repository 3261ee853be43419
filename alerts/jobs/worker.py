"""The worker: takes jobs from the queues, most urgent first."""

from __future__ import annotations

import os
from types import FrameType
from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested

from alerts.core import logs
from alerts.foundation import create_foundation
from alerts.jobs.bells import QUEUES
from alerts.jobs.turns import stopping
from config import Settings

log = logs.logger(__name__)

QUEUE_ORDER = tuple(dict.fromkeys(("urgent", *QUEUES.values())))
"""The queues a worker takes from, the most urgent first."""


LONGEST_BREATH = 30.0
"""Seconds a worker waits at most after jobs that failed one after the other."""


class AlertsWorker(SimpleWorker):  # type: ignore[misc]
    """A worker whose present turn ends after its window when it is asked to stop, and that does not fail in haste."""

    max_connection_wait_time = 2.0
    failed = 0

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """First signal: end the turn, then the worker."""
        stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        """Do the job; after one that failed, wait, and longer each time.

        Where a database takes no more, each turn can hand over a window and not write down what became of it: those go
        out again later. A worker in haste would do so to every batch.
        """
        done: bool = super().perform_job(*args, **kwargs)
        self.failed = 0 if done else self.failed + 1
        if not done:
            stopping.wait(min(LONGEST_BREATH, 2.0 ** (self.failed - 1)))
        return done


def run(settings: Settings | None = None, *, burst: bool = False) -> None:
    """Work until told to stop (SIGTERM or SIGINT); `burst` stops when the queues are empty.

    Jobs run in this process, without a fork: they hold no state, and a worker that dies is replaced by its supervisor.
    """
    app = create_foundation(settings)
    with app.app_context():
        log.info("worker.started", pid=os.getpid(), queues=list(QUEUE_ORDER))
        try:
            _work(app, burst)
            while not burst and not stopping.is_set():
                stopping.wait(1)
                _work(app, burst)
        except (StopRequested, RedisError):
            if burst or not stopping.is_set():
                raise


def _work(app: Flask, burst: bool) -> None:
    """Work until told to stop, or until Redis is lost in the middle of a job: then RQ's worker gives up."""
    redis = app.extensions["redis"]
    queues = [Queue(name, connection=redis, serializer="json") for name in QUEUE_ORDER]
    try:
        AlertsWorker(queues, connection=redis, serializer="json").work(burst=burst, logging_level="WARNING")
    except RedisError as error:
        if burst:
            raise
        log.warning("worker.redis_away", error=type(error).__name__)
