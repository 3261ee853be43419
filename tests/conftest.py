"""What tests stand on: a real PostgreSQL and a real Valkey, started by the tests themselves, a database per process."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy.session import Session as FlaskSession
from hypothesis import settings as hypothesis
from playwright.sync_api import Browser, Page
from redis import Redis
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from alerts.app import create_app
from alerts.cli.services import Addresses
from alerts.core.db import Base
from alerts.extensions import db
from alerts.limits import limiter
from config import Environment, Settings
from tests.support.browser import a_browser, listening
from tests.support.databases import database_of, engine_of
from tests.support.servers import Servers

_HANG_UP = text(
    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
KEY = base64.b64encode(bytes(range(32))).decode()


hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")
"""How long an example takes says more of what else the machine does than of us; speed is measured by `make bench`."""

_servers = Servers()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each test process where the servers are that this one, which runs no test itself, holds for all."""
    node.workerinput["servers"] = asdict(_servers.addresses())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run is over, however it ended."""
    _servers.stop()


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Addresses:
    """The PostgreSQL and the Valkey of this run."""
    given = getattr(request.config, "workerinput", {}).get("servers")
    return Addresses(**given) if given else _servers.addresses()


@pytest.fixture(scope="session")
def settings(servers: Addresses, worker_id: str) -> Settings:
    """Settings of a test process: its own database and Redis, keys that are no secret, mail to a port nobody hears."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    redis_url = f"{servers.redis_url.removesuffix('/0')}/{number}"
    return _settings(database_of(servers.database_url, worker_id, _settings), redis_url)


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
        page_seconds=0,
    )


@pytest.fixture(scope="session")
def whole_app(settings: Settings) -> Flask:
    """The application, made once per process."""
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    return app


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """The application, with queues that are empty and nobody slowed down."""
    whole_app.extensions["redis"].flushdb()
    limiter.enabled = False  # every app that a test makes switches it on again, for all of them
    return whole_app


@pytest.fixture
def rate_limits(app: Flask) -> Iterator[None]:
    """Rate limits are on and count from nothing, also where an earlier test left them counting in memory."""
    app.config["RATELIMIT_ENABLED"] = True
    try:
        limiter.init_app(app)
        yield
    finally:
        app.config["RATELIMIT_ENABLED"] = limiter.enabled = False


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
            connection.execute(_HANG_UP)  # a process that was killed in the test may still hold rows
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once per process."""
    with a_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor on a desk-sized screen; what goes wrong on the page fails within five seconds."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def site(settings: Settings, committed: Session) -> Iterator[str]:
    """The whole site as visitors reach it, forms protected, over `committed` data; gives its address.

    Links in mail made during the test begin with `settings.base_url`, not with this address.
    """
    app = create_app(settings)
    with listening(app) as address:
        yield address
    engine_of(app).dispose()
