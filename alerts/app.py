"""Create the app: settings in, surfaces wired, nothing else."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from alerts import extensions, hooks, jobs, web
from alerts.core import keys, logs
from config import BadSettings, Environment, Settings, load

ROOT = Path(__file__).parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready for a server, a worker or a command. Raises config.BadSettings."""
    settings = settings or load()
    if not settings.database_url or not settings.redis_url:
        raise BadSettings("DATABASE_URL or REDIS_URL is empty, and no servers run here. Start some: alerts services")
    logs.configure(settings.log_format)
    keys.install(keys.Keys(settings.token_key_ring(), settings.address_key_bytes()))
    app = Flask("alerts", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.extensions["settings"] = settings
    app.config.update(_flask_config(settings))
    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db, directory=str(ROOT / "migrations"))
    extensions.limiter.init_app(app)
    jobs.install(app)
    web.install(app)
    hooks.install(app)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    secure = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SQLALCHEMY_DATABASE_URI": settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10},
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_KEY_PREFIX": "limit",
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PREFERRED_URL_SCHEME": "https" if secure else "http",
        "DEVELOPMENT": settings.environment is Environment.DEVELOPMENT,
    }
