"""What tests stand on: a real PostgreSQL and a real Valkey, started by the tests themselves, a database per process."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy.session import Session as FlaskSession
from redis import Redis
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from alerts.app import create_app
from alerts.cli.services import postgres, valkey
from alerts.core.db import Base
from alerts.extensions import db
from config import Environment, Settings
from tests.support.databases import database_of, engine_of

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="session")
def services_folder() -> Path:
    """One folder for all processes of this run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"wd-{run[:12]}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def settings(services_folder: Path, worker_id: str) -> Iterator[Settings]:
    """Settings of a test process: its own database and Redis, keys that are no secret, mail to a port nobody hears."""
    fast = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    own = services_folder / worker_id
    with postgres(services_folder / "postgres", **fast) as server, valkey(own) as redis_url:
        yield _settings(database_of(server, worker_id, _settings), redis_url)


def _settings(database_url: str, redis_url: str) -> Settings:
    return Settings(
        environment=Environment.DEVELOPMENT,
        database_url=database_url,
        redis_url=redis_url,
        base_url="http://localhost:8000",
        secret_key="a key for tests, and for nothing else",  # type: ignore[arg-type]
        token_keys=f"1:{KEY}",  # type: ignore[arg-type]
        address_key=KEY,  # type: ignore[arg-type]
        mail_url="smtp://127.0.0.1:9?tls=none",
    )


@pytest.fixture(scope="session")
def whole_app(settings: Settings) -> Flask:
    """The application, made once per process."""
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    return app


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """The application, with queues that are empty."""
    whole_app.extensions["redis"].flushdb()
    return whole_app


@pytest.fixture
def redis(app: Flask) -> Redis:
    """The Redis of this process, empty."""
    found: Redis = app.extensions["redis"]
    return found


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session in a transaction that is undone after the test; a commit only ends a savepoint.

    Requests of `client` have sessions of their own in the same transaction: flush before asking, expire after.
    """
    with engine_of(app).connect() as connection:
        transaction = connection.begin()

        class InTransaction(FlaskSession):
            def get_bind(self, *_: object, **__: object) -> Connection:  # type: ignore[override]
                return connection

        savepoints = {"join_transaction_mode": "create_savepoint"}
        own, db.session = db.session, db._make_scoped_session({"class_": InTransaction, **savepoints})
        try:
            with Session(connection, **savepoints) as session:  # type: ignore[arg-type]
                yield session
        finally:
            db.session = own
            transaction.rollback()


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """A browser without scripts, in the test's own transaction."""
    return app.test_client()


@pytest.fixture
def committed(app: Flask) -> Iterator[Session]:
    """A session that really commits, for tests with several processes or threads; every table is emptied after."""
    engine = engine_of(app)
    try:
        with Session(engine) as session:
            yield session
    finally:
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
