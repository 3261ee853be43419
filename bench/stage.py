"""A whole installation for one measurement: servers of its own, an organiser, an approved case, a sink for mail."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from alerts.app import create_app
from alerts.cli.services import services
from config import Environment, Settings
from tests.standins.relay import a_relay

KEY = base64.b64encode(bytes(range(32))).decode()
SINK = shutil.which("smtp-sink", path=f"/usr/sbin:{Path.home()}/bin:/usr/bin")


@dataclass(frozen=True)
class Stage:
    """Where things are: the app, its settings, the sink's port, a folder."""

    app: Flask
    settings: Settings
    sink_port: int
    folder: Path


@contextmanager
def a_stage() -> Iterator[Stage]:
    """A fresh, migrated installation, gone at the end of the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        addresses = stack.enter_context(services(folder))
        port = stack.enter_context(_sink())
        settings = Settings(
            environment=Environment.DEVELOPMENT,
            database_url=addresses.database_url,
            redis_url=addresses.redis_url,
            secret_key="a key for benchmarks only",  # type: ignore[arg-type]
            token_keys=f"1:{KEY}",  # type: ignore[arg-type]
            address_key=KEY,  # type: ignore[arg-type]
            mail_url=f"smtp://127.0.0.1:{port}?tls=none",
            data_dir=folder,
        )
        app = create_app(settings)
        with app.app_context():
            upgrade()
        yield Stage(app, settings, port, folder)


@contextmanager
def _sink() -> Iterator[int]:
    if SINK is None:
        with a_relay() as relay:
            yield relay.port
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    sink = subprocess.Popen([SINK, "-u", "nobody", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        yield port
    finally:
        sink.terminate()
        sink.wait()
