"""Alembic's environment: the app's engine, our metadata, one transaction for all."""

from __future__ import annotations

from alembic import context
from flask import current_app

import alerts.models  # noqa: F401 - every table is known once this is imported
from alerts.core.db import Base

config = context.config


def include_object(_: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """Views and partitions are made by hand in migrations and are nothing to compare."""
    return not (type_ == "table" and reflected and compare_to is None and name in {"ledger", "alembic_version"})


def run() -> None:
    """Migrate online, as Flask-Migrate and the tests call it."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            compare_type=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
