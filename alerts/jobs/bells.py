"""Ringing: the one place where a job is put on a queue."""

from __future__ import annotations

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from alerts.core import logs
from alerts.core.db import install_ringer

log = logs.logger(__name__)

QUEUES: dict[str, str] = {"prepare": "urgent", "confirm": "urgent", "deliver": "delivery"}
"""Which queue each job waits in; workers take from `urgent` first."""

WEEK = 7 * 24 * 3600


def install(app: Flask) -> None:
    """Connect the features' `ring_after_commit` to this app's queues."""
    redis = Redis.from_url(
        app.extensions["settings"].redis_url or "redis://127.0.0.1:6379/0",
        socket_connect_timeout=2,
        socket_timeout=5,
    )
    app.extensions["redis"] = redis

    def ring(job: str, ids: tuple[str, ...]) -> None:
        ring_now(redis, job, *ids)

    install_ringer(ring)


def ring_now(redis: Redis, job: str, *ids: str) -> bool:
    """Put `job` on its queue; a bell that hangs there already is not hung twice. False where Redis is away.

    Losing a bell loses nothing: the clock rings again for all that is due.
    """
    queue = Queue(QUEUES[job], connection=redis, serializer="json")
    try:
        if not redis.set(f"bell:{job}:{':'.join(ids)}", 1, nx=True, ex=5):
            return False
        queue.enqueue(f"alerts.jobs.tasks.{job}", *ids, result_ttl=0, failure_ttl=WEEK, job_timeout=120)
    except RedisError as error:
        log.warning("bell.lost", job=job, ids=ids, error=type(error).__name__)
        return False
    return True
