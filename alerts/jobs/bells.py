"""Ringing: the one place where a job is put on a queue."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker

from alerts.core import logs
from alerts.core.db import install_ringer

log = logs.logger(__name__)

URGENT = "urgent"
QUEUES: dict[str, str] = {
    "confirm": URGENT,
    "my_page": URGENT,
    "sign_up": URGENT,
    "deliver": "delivery",
    "relay": "delivery",
    "expand": "delivery",
}
"""Which queue each job waits in; workers take from `urgent` first."""

WEEK = 7 * 24 * 3600
HANGS = 5
"""Seconds a bell counts as hanging where no worker took it down: then it is hung again."""


@dataclass(frozen=True)
class Bells:
    """The queues in Redis. Losing a bell loses nothing: the clock rings again for all that is due."""

    redis: Redis

    def ring(self, job: str, *ids: str) -> bool:
        """Put `job` on its queue, once while it hangs there. False where it hung already or Redis is away."""
        try:
            if not self.redis.set(_key(job, ids), 1, nx=True, ex=HANGS):
                return False
            queue = Queue(QUEUES[job], connection=self.redis, serializer="json")
            queue.enqueue(f"alerts.jobs.tasks.{job}", *ids, result_ttl=0, failure_ttl=WEEK, job_timeout="1h")
        except RedisError as error:
            log.warning("bell.lost", job=job, ids=list(ids), error=type(error).__name__)
            return False
        return True

    def take_down(self, job: str, *ids: str) -> None:
        """A worker has heard the bell: from now on it may be rung again."""
        try:
            self.redis.delete(_key(job, ids))
        except RedisError as error:
            log.warning("bell.stuck", job=job, error=type(error).__name__)

    def workers(self) -> int:
        """How many workers there are, on all machines; at least one, who may come yet."""
        try:
            return max(1, Worker.count(connection=self.redis))
        except RedisError:
            return 1

    def urgent(self) -> bool:
        """Whether a bell hangs that should not wait for the end of a turn."""
        try:
            return Queue(URGENT, connection=self.redis).count > 0
        except RedisError:
            return False


def install(app: Flask) -> None:
    """Connect the features' `ring_after_commit` to this app's queues."""
    url = app.extensions["settings"].redis_url or "redis://127.0.0.1:6379/0"
    redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=None)
    bells = Bells(redis)
    app.extensions["redis"] = redis
    app.extensions["bells"] = bells

    def ring(job: str, ids: tuple[str, ...]) -> None:
        bells.ring(job, *ids)

    install_ringer(ring)


def _key(job: str, ids: tuple[str, ...]) -> str:
    return f"bell:{job}:{':'.join(ids)}"
