"""The processes that do the work: two workers and the clock, and what they used of the machine."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rq import Worker

from bench.stage import Stage
from tests.support.processes import environment_of, running, wait_until

WORKERS = 2
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True)
class Crew:
    """Workers that are up, by their process ids, and the database's first process."""

    workers: tuple[int, ...]
    database: int

    def cpu(self) -> Cpu:
        """Seconds of processor time used so far."""
        return Cpu(sum(map(_seconds, self.workers)), _seconds(self.database))

    def peak_megabytes(self) -> float:
        """The most memory any of the workers ever held at once (VmHWM), in MB of a million bytes."""
        return max(_peak(process) for pid in self.workers for process in _family(pid)) * 1024 / 1_000_000


@dataclass(frozen=True)
class Cpu:
    """Seconds of processor time, user and system: of the workers, and of PostgreSQL with all its processes."""

    workers: float
    database: float

    def since(self, before: Cpu) -> Cpu:
        """What was used after `before`."""
        return Cpu(self.workers - before.workers, self.database - before.database)


@dataclass(frozen=True)
class Busy:
    """A moment in the machine's life: seconds of processor time used by all, and by us and all we started."""

    at: float
    everyone: float
    ours: float

    @classmethod
    def now(cls) -> Busy:
        """This moment."""
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0)
        return cls(time.monotonic(), sum(times) - idle, _seconds(os.getpid()))

    def others(self) -> float:
        """The share of all cores that went to others since then; time that a host took away counts as theirs."""
        then = Busy.now()
        theirs = (then.everyone - self.everyone) - (then.ours - self.ours)
        return max(0.0, theirs) / ((then.at - self.at) * (os.cpu_count() or 1))


@contextmanager
def a_crew(stage: Stage, *, workers: int = WORKERS) -> Iterator[Crew]:
    """Clock and workers as processes of their own, up and waiting for work."""
    environment = environment_of(stage.settings)
    log = stage.folder / "processes.log"
    with ExitStack() as stack:
        stack.enter_context(running("clock", environment, log=log))
        started = [stack.enter_context(running("worker", environment, log=log)) for _ in range(workers)]
        redis = stage.app.extensions["redis"]
        wait_until(lambda: Worker.count(connection=redis) == workers, what="the workers to be up")
        yield Crew(tuple(worker.pid for worker in started), _postmaster(stage.folder))


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def _family(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _seconds(pid: int) -> float:
    """Of the process and all below it, those that have ended included."""
    total = 0.0
    for process in _family(pid):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue  # counted with its parent from now on
        total += used.user + used.system + used.children_user + used.children_system
    return total


def _peak(process: psutil.Process) -> int:
    try:
        found = _PEAK.search(Path(f"/proc/{process.pid}/status").read_text())
    except FileNotFoundError:
        return 0
    return int(found[1]) if found else 0
