"""Wiring of the hooks: addresses for machines, without cookie, session or form."""

from __future__ import annotations

from flask import Flask

from alerts.hooks.sendgrid import hooks
from alerts.web.wiring import csrf


def install(app: Flask) -> None:
    """Bind the providers' addresses to the app. Their signature is their proof, so no form's token is asked for."""
    app.register_blueprint(hooks)
    csrf.exempt(hooks)
