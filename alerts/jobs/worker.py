"""The worker: takes jobs from the queues, most urgent first."""

from __future__ import annotations

import os

from rq import Queue, SimpleWorker

from alerts.app import create_app
from alerts.core import logs
from alerts.jobs.bells import QUEUES

log = logs.logger(__name__)


def run(*, burst: bool = False) -> None:
    """Work until told to stop (SIGTERM or SIGINT ends the present job's turn first); `burst` stops when all is done.

    Jobs run in this process, without a fork: they hold no state, and a worker that dies is replaced by its supervisor.
    """
    app = create_app()
    queues = [
        Queue(name, connection=app.extensions["redis"], serializer="json")
        for name in dict.fromkeys(("urgent", *QUEUES.values()))
    ]
    with app.app_context():
        worker = SimpleWorker(queues, connection=app.extensions["redis"], serializer="json", name=None)
        log.info("worker.started", pid=os.getpid(), queues=[queue.name for queue in queues])
        worker.work(burst=burst, logging_level="WARNING")
