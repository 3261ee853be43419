"""A database for each test process, copied from one that was migrated once."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Engine

from alerts.app import create_app
from alerts.extensions import db
from config import Settings

TEMPLATE = "template_migrated"
_ONE_AT_A_TIME = 77


def database_of(server_url: str, name: str, settings_for: Callable[[str, str], Settings]) -> str:
    """The address of a fresh database for this process, at the newest migration."""
    database = f"test_{name}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_ONE_AT_A_TIME,))
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            migrate(settings_for(sibling(server_url, TEMPLATE), "redis://127.0.0.1:9/0"))
        connection.execute(f"DROP DATABASE IF EXISTS {database}")
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    return sibling(server_url, database)


def sibling(server_url: str, database: str) -> str:
    """The address of another database on the same server."""
    head, _, query = server_url.partition("?")
    return f"{head.rpartition('/')[0]}/{database}?{query}"


def migrate(settings: Settings) -> None:
    """Bring the database of these settings to the newest migration, leaving no connection behind."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()


def engine_of(app: Flask) -> Engine:
    """The app's engine, without keeping its context."""
    with app.app_context():
        return db.engine
