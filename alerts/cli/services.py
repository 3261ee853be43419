"""The services below the app, PostgreSQL and Valkey: those in the settings, or embedded ones while a block runs."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from alerts.cli.embedded import postgres, valkey
from alerts.core.errors import Busy

REMEMBERED = "services.json"
KEYS = "keys.env"
LOCK = "services.lock"


@dataclass(frozen=True)
class Addresses:
    """Where the services are: what `DATABASE_URL` and `REDIS_URL` would say."""

    database_url: str
    redis_url: str


@contextmanager
def services(
    data_dir: Path,
    *,
    database_url: str = "",
    redis_url: str = "",
    also: Mapping[str, str] = MappingProxyType({}),
    **tuning: str,
) -> Iterator[Addresses]:
    """Both services for as long as the block; one whose address is given is used as it is, and not started.

    `tuning` goes to PostgreSQL's settings. The addresses are remembered in `data_dir` while the block runs, with what
    is `also` set, so that commands started elsewhere find them. Raises Busy where another process runs services there.
    """
    if database_url and redis_url:
        yield Addresses(database_url, redis_url)
        return
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_alone(data_dir))
        addresses = Addresses(
            database_url or stack.enter_context(postgres(data_dir / "postgres", **tuning)),
            redis_url or stack.enter_context(valkey(data_dir / "valkey")),
        )
        set_ = {"DATABASE_URL": addresses.database_url, "REDIS_URL": addresses.redis_url}
        stack.enter_context(_remembering(data_dir, {**also, **set_}))
        yield addresses


def remembered(data_dir: Path) -> dict[str, str]:
    """The settings under which services run with this folder, by the names of the environment; empty where none do."""
    try:
        with (data_dir / LOCK).open() as lock:
            if _take(lock):
                return {}
        found: dict[str, str] = json.loads((data_dir / REMEMBERED).read_text())
    except (OSError, ValueError):
        return {}
    return found


def development(data_dir: Path) -> dict[str, str]:
    """What development needs besides services: keys of its own, made once, kept in the folder for this user."""
    file = data_dir / KEYS
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_hex(32),
            "TOKEN_KEYS": f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "ADDRESS_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        _write_privately(file, "".join(f"{name}={value}\n" for name, value in made.items()))
    return {"ENVIRONMENT": "development", **dict(line.split("=", 1) for line in file.read_text().splitlines())}


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hold this folder against a second run; the system lets go of it when we end, however we end."""
    with (data_dir / LOCK).open("a") as lock:
        if not _take(lock):
            raise Busy(
                f"The services with their files in {data_dir} run already (`alerts services` or `make demo`)."
                " Stop those first, or set DATA_DIR to another folder."
            )
        yield


def _take(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _remembering(data_dir: Path, settings: Mapping[str, str]) -> Iterator[None]:
    file = data_dir / REMEMBERED
    _write_privately(file, json.dumps(dict(settings)))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _write_privately(file: Path, text: str) -> None:
    """Readable for this user alone from its first moment."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)


def wait_for_signal() -> None:
    """Until SIGINT or SIGTERM; a second one does not disturb what ends after the first."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def as_environment(addresses: Addresses) -> dict[str, str]:
    """This process's environment with the services' addresses in it, for processes to be started."""
    return {**os.environ, "DATABASE_URL": addresses.database_url, "REDIS_URL": addresses.redis_url}
