"""Migrations go up and down, on an empty and on a filled database, and leave what the models say."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.orm import Session

import alerts.models  # noqa: F401 - every table is known once this is imported
from alerts.actions.defenders import keep_portrait
from alerts.actions.portraits import reencode
from alerts.app import create_app
from alerts.core import keys
from alerts.core.db import Base
from alerts.core.schema import current_revision, newest_revision
from alerts.extensions import db
from config import Settings
from tests.actions.test_portraits import picture
from tests.builders import a_defender
from tests.mailings.scenes import Launch, people
from tests.support.databases import sibling


@pytest.fixture
def empty_app(app: Flask, settings: Settings, worker_id: str) -> Iterator[Flask]:
    """An app on a database that was never migrated."""
    name = f"empty_{worker_id}"
    before = keys.current()
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    made = create_app(settings.model_copy(update={"database_url": sibling(settings.database_url, name)}))
    yield made
    with made.app_context():
        db.engine.dispose()
    keys.install(before)


def _differences(app: Flask) -> list[object]:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [
            difference
            for difference in compare_metadata(context, Base.metadata)
            if not (difference[0] == "remove_table" and difference[1].name == "alembic_version")
        ]


def test_an_empty_database_comes_to_what_the_models_say_and_back(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        assert _differences(empty_app) == []
        downgrade(revision="base")
        with db.engine.connect() as connection:
            left = connection.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
                )
            ).all()
        assert list(left) == ["alembic_version"]
        upgrade()
        with db.engine.connect() as connection:
            assert current_revision(connection) == newest_revision()


def test_each_migration_goes_down_and_up_on_a_filled_database(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        with Session(db.engine) as session:
            people(session, 3)
            Launch(session)
            keep_portrait(session, a_defender(session), reencode(picture()))
            session.commit()
        downgrade(revision="0001")
        upgrade()
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM ledger WHERE state = 'waiting'")) == 3
            assert connection.scalar(text("SELECT count(*) FROM portrait_sizes")) == 4, (
                "a portrait there was gets its sizes"
            )
    assert _differences(empty_app) == []
