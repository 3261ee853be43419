"""Scenes in which what the processes stand on is taken away: the database, Redis, the disk, the clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from redis import Redis
from rq import Queue
from rq.registry import FailedJobRegistry

from alerts.jobs.bells import QUEUES
from chaos.providers import Way
from chaos.stage import LEASE, WORKERS, Act, Needs, Scene

EARLY = 0.3
HOUR = 3600
LONG, SHORT = 30.0, 3.0
LOG = 500
"""Megabytes that fill the log on a disk of 400."""
FAKETIME = "*/faketime/libfaketime.so.1"
"""Where Debian's package libfaketime has it, below /usr/lib; `LIBFAKETIME` names another place."""


def faketime() -> str | None:
    """The library that sets a process's clock, where it is installed."""
    return os.environ.get("LIBFAKETIME") or next(map(str, Path("/usr/lib").glob(FAKETIME)), None)


def database_away(seconds: float, with_signal: signal.Signals | None = None) -> Callable[[Act], None]:
    """PostgreSQL ends in the middle, and comes back after so many seconds."""

    def play(act: Act) -> None:
        assert act.servers is not None
        act.begin()
        act.until_taken(EARLY)
        act.servers.database.stop(with_signal)
        act.losses += WORKERS
        act.wait(seconds)
        act.servers.database.start()
        act.mended()
        act.until_done()

    return play


def redis_emptied(act: Act) -> None:
    """Everything in Redis is gone."""
    act.begin()
    act.until_taken(EARLY)
    with Redis.from_url(act.ground.settings.redis_url) as redis:
        redis.flushdb()
    act.mended()
    act.until_done()


def redis_away(seconds: float) -> Callable[[Act], None]:
    """Valkey ends in the middle, and comes back after so many seconds."""

    def play(act: Act) -> None:
        assert act.servers is not None
        act.provider.slow()
        act.begin()
        act.until_taken(EARLY / 3)
        act.servers.bell.stop()
        act.wait(seconds)
        act.servers.bell.start()
        act.mended()
        act.provider.hurry()
        act.until_done()

    return play


def disk_full(*, to_the_last_byte: bool) -> Callable[[Act], None]:
    """The file system under PostgreSQL is full in the middle, and cleared again.

    At first tables cannot grow, and what fits into the write-ahead log is still written; `to_the_last_byte` fills that
    as well, and PostgreSQL gives up.
    """

    def play(act: Act) -> None:
        assert act.servers is not None
        act.begin()
        act.until_taken(EARLY)
        ballast = act.servers.disk / "ballast"
        _fill(ballast)
        if to_the_last_byte:
            _fill_log(act)
        act.wait(2 * SHORT)
        ballast.unlink()
        if not act.servers.database.answers():
            act.notes.append("PostgreSQL had to be started again")
            act.servers.database.stop()
            act.servers.database.start()
        act.mended()
        act.until_done()
        failed = _failed_turns(act)
        act.losses += failed + WORKERS
        act.notes.append(f"{failed} turns could not write")

    return play


def database_clock_jumps(act: Act) -> None:
    """The clock that leases and waits are measured by jumps an hour ahead: every lease has run out at once."""
    assert act.servers is not None
    act.provider.slow()
    act.begin()
    act.until_taken(EARLY / 3)
    before = _database_time(act)
    act.servers.set_clock(HOUR)
    act.must(_database_time(act) - before >= HOUR, "the database's clock did not jump")
    act.losses += WORKERS
    act.mended()
    act.wait(1)
    act.provider.hurry()
    act.until_done()


def worker_clock_ahead(act: Act) -> None:
    """One worker's clock is an hour ahead of everyone's."""
    act.mailing_id = act.ground.launch()
    act.crew.hire("clock")
    act.crew.hire("worker")
    act.crew.hire("worker", CHAOS_CLOCK_AHEAD=str(HOUR))
    act.mended()
    act.until_done()


def two_on_one_lease(point: str) -> Callable[[Act], None]:
    """A worker stands still until its lease has run out and another has taken its batch; then it goes on."""

    def play(act: Act) -> None:
        act.begin(point, with_signal=signal.SIGSTOP)
        act.until(act.crew.flag(point).exists, "a worker to stand still")
        act.mended()
        act.losses += 1
        act.until_done()
        act.crew.wake()
        act.wait(LEASE)

    return play


def _failed_turns(act: Act) -> int:
    """How many turns ended with an error: each may have handed over a window that is not written down."""
    with Redis.from_url(act.ground.settings.redis_url) as redis:
        return FailedJobRegistry(queue=Queue(QUEUES["deliver"], connection=redis, serializer="json")).count


def _fill_log(act: Act) -> None:
    """Write to the log of PostgreSQL until it has no room."""
    try:
        with psycopg.connect(act.ground.settings.database_url, autocommit=True) as connection:
            for _ in range(LOG):
                connection.execute("SELECT pg_logical_emit_message(false, 'ballast', repeat('x', 1000000))")
    except psycopg.Error:
        return
    act.must(False, "the log of PostgreSQL still has room")


def _fill(ballast: Path) -> None:
    block = bytes(1 << 20)
    with ballast.open("wb", buffering=0) as file:
        try:
            while block:
                written = file.write(block)
                block = block if written == len(block) else block[: len(block) // 2]
        except OSError:
            return


def _database_time(act: Act) -> float:
    with psycopg.connect(act.ground.settings.database_url) as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    assert row is not None
    return float(row[0])


def _scenes() -> Iterator[Scene]:
    middle, own = "in the middle", Needs.OWN
    yield Scene(middle, f"PostgreSQL stopped for {SHORT:.0f} s", Way.SMTP, database_away(SHORT), needs=own, quick=True)
    for way in Way:
        yield Scene(middle, "PostgreSQL restarted", way, database_away(0), needs=own)
        yield Scene(middle, "PostgreSQL killed (SIGQUIT)", way, database_away(0, signal.SIGQUIT), needs=own)
        yield Scene(middle, f"PostgreSQL stopped for {LONG:.0f} s", way, database_away(LONG), needs=own)
        yield Scene(middle, "Redis emptied", way, redis_emptied)
        yield Scene(
            middle, f"Redis stopped for {SHORT:.0f} s", way, redis_away(SHORT), needs=own, quick=way is Way.SMTP
        )
        yield Scene(middle, f"Redis stopped for {LONG:.0f} s", way, redis_away(LONG), needs=own)
        for words, last in (("the database's disk full", False), ("the database's disk and log full", True)):
            yield Scene(middle, words, way, disk_full(to_the_last_byte=last), needs=Needs.SMALL_DISK)
        yield Scene(middle, "the database's clock jumps an hour", way, database_clock_jumps, needs=Needs.CLOCK)
        yield Scene("all along", "a worker's clock an hour ahead", way, worker_clock_ahead)
        for point in ("mid-window", "after the yes"):
            still = two_on_one_lease(f"{point}, {way}")
            quick = (way, point) == (Way.SMTP, "mid-window")
            yield Scene(point, "a worker stands still past its lease", way, still, quick=quick)


SCENES = tuple(_scenes())
