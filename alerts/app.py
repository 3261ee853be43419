"""Create the app: settings in, surfaces wired, nothing else."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from alerts import hooks, web
from alerts.extensions import db
from alerts.foundation import ROOT, create_foundation
from config import Environment, Settings

migrate = Migrate()


def create_app(settings: Settings | None = None, *, steady: bool = False) -> Flask:
    """The application, ready for a server or a command. Raises config.BadSettings.

    `steady`: for a server, see `create_foundation`.
    """
    app = create_foundation(settings, steady=steady)
    known: Settings = app.extensions["settings"]
    app.config.update(_flask_config(known))
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    web.install(app)
    hooks.install(app)
    if hops := known.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    secure = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_KEY_PREFIX": "limit",
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PREFERRED_URL_SCHEME": "https" if secure else "http",
        "DEVELOPMENT": settings.environment is Environment.DEVELOPMENT,
    }
