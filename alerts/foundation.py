"""The application without its pages: settings, keys, database and bells. What workers and the clock stand on."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from alerts import extensions, jobs
from alerts.core import keys, logs
from alerts.core.db import look_after
from config import BadSettings, Settings, load

ROOT = Path(__file__).parent.parent


def create_foundation(settings: Settings | None = None, *, steady: bool = False) -> Flask:
    """An application that answers no request. Raises config.BadSettings.

    `steady`: connections are in use all the time, so that only one that lay idle is asked whether it still stands.
    """
    settings = settings or load()
    if not settings.database_url or not settings.redis_url:
        raise BadSettings("DATABASE_URL or REDIS_URL is empty, and no servers run here. Start some: alerts services")
    logs.configure(settings.log_format)
    keys.install(keys.Keys(settings.token_key_ring(), settings.address_key_bytes()))
    app = Flask("alerts", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.extensions["settings"] = settings
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_pre_ping": not steady,
        "pool_size": 5,
        "max_overflow": 10,
        "hide_parameters": True,  # a database error is logged without the names and letters it was about
    }
    extensions.db.init_app(app)
    if steady:
        with app.app_context():
            look_after(extensions.db.engine)
    jobs.install(app)
    return app
