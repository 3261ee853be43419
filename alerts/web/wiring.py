"""Wiring of the web surface: accounts, languages, protection, pages, errors."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from alerts.web import accounts, languages, security
from alerts.web.access import guard
from alerts.web.console import console, sign_in
from alerts.web.health import health

csrf = CSRFProtect()


def install(app: Flask) -> None:
    """Bind everything a browser can reach to the app."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: nobody loses a text they wrote for an hour
    csrf.init_app(app)
    languages.install(app)
    accounts.install(app)
    security.install(app)
    app.before_request(guard)
    app.register_blueprint(health)
    app.register_blueprint(console)
    sign_in.install(app)
