"""Wiring of the web surface: accounts, languages, protection, pages, errors."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from alerts.web import accounts, security
from alerts.web.access import guard
from alerts.web.health import health

csrf = CSRFProtect()


def install(app: Flask) -> None:
    """Bind everything a browser can reach to the app."""
    csrf.init_app(app)
    accounts.install(app)
    security.install(app)
    app.before_request(guard)
    app.register_blueprint(health)
