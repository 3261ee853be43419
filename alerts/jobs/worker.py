"""The worker: takes jobs from the queues, most urgent first."""

from __future__ import annotations

import os
from types import FrameType

from rq import Queue, SimpleWorker

from alerts.core import logs
from alerts.foundation import create_foundation
from alerts.jobs.bells import QUEUES
from alerts.jobs.turns import stopping
from config import Settings

log = logs.logger(__name__)

QUEUE_ORDER = tuple(dict.fromkeys(("urgent", *QUEUES.values())))
"""The queues a worker takes from, the most urgent first."""


class AlertsWorker(SimpleWorker):  # type: ignore[misc]
    """A worker whose present turn ends after its window when it is asked to stop."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """First signal: end the turn, then the worker."""
        stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def run(settings: Settings | None = None, *, burst: bool = False) -> None:
    """Work until told to stop (SIGTERM or SIGINT); `burst` stops when the queues are empty.

    Jobs run in this process, without a fork: they hold no state, and a worker that dies is replaced by its supervisor.
    """
    app = create_foundation(settings)
    redis = app.extensions["redis"]
    queues = [Queue(name, connection=redis, serializer="json") for name in QUEUE_ORDER]
    with app.app_context():
        log.info("worker.started", pid=os.getpid(), queues=[queue.name for queue in queues])
        AlertsWorker(queues, connection=redis, serializer="json").work(burst=burst, logging_level="WARNING")
