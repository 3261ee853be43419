"""A whole installation for one measurement: a fresh database with people in it, queues that are empty, keys."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from alerts.app import create_app
from alerts.cli.services import services
from bench.people import fill
from config import Environment, Settings
from tests.standins.sendgrid_standin import KEY as SENDGRID_KEY
from tests.support.databases import engine_of, sibling

KEY = base64.b64encode(bytes(range(32))).decode()
NOWHERE = "smtp://127.0.0.1:9?tls=none"
TUNING = {"shared_buffers": "2GB", "max_wal_size": "8GB"}
"""What differs from what `alerts services` sets: room for a million people. Every commit reaches the disk as always."""


@dataclass
class Servers:
    """PostgreSQL and Valkey for the whole run, and which databases were filled already, by number of people."""

    database_url: str
    redis_url: str
    folder: Path
    filled: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Stage:
    """Where things are: the app, its settings, a folder, and how many people there are."""

    app: Flask
    settings: Settings
    folder: Path
    people: int

    def session(self, on: Connection | None = None) -> Session:
        """A session of its own on the stage's database, or on the one connection given."""
        return Session(on or engine_of(self.app))


@contextmanager
def servers() -> Iterator[Servers]:
    """Both servers with their files in a folder that is gone at the end of the block."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        services(Path(folder), shared_buffers=TUNING["shared_buffers"], max_wal_size=TUNING["max_wal_size"]) as found,
    ):
        yield Servers(found.database_url, found.redis_url, Path(folder))


@contextmanager
def a_stage(running: Servers, people: int, **changed: Any) -> Iterator[Stage]:
    """A database of this many people that nobody was ever mailed from, gone at the end of the block.

    It is a copy of one that is filled once in a run. `changed` are settings, as MAIL_URL in lower case.
    """
    template = _filled(running, people)
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE stage TEMPLATE {template} STRATEGY FILE_COPY")
        connection.execute("CHECKPOINT")
    app = create_app(_settings(running, "stage", **changed))
    app.extensions["redis"].flushdb()
    try:
        yield Stage(app, app.extensions["settings"], running.folder, people)
    finally:
        engine_of(app).dispose()
        with psycopg.connect(running.database_url, autocommit=True) as connection:
            connection.execute("DROP DATABASE stage WITH (FORCE)")


def _filled(running: Servers, people: int) -> str:
    name = f"people_{people}"
    if name not in running.filled:
        with psycopg.connect(running.database_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        settings = _settings(running, name)
        app = create_app(settings)
        with app.app_context():
            upgrade()
        fill(settings.database_url, people)
        engine_of(app).dispose()
        running.filled.add(name)
    return name


def _settings(running: Servers, database: str, **changed: Any) -> Settings:
    given: dict[str, Any] = {
        "environment": Environment.DEVELOPMENT,
        "database_url": sibling(running.database_url, database),
        "redis_url": running.redis_url,
        "secret_key": "a key for benchmarks only",
        "token_keys": f"1:{KEY}",
        "address_key": KEY,
        "mail_url": NOWHERE,
        "sendgrid_api_key": SENDGRID_KEY,
        "data_dir": running.folder,
    }
    return Settings(**{**given, **changed})
