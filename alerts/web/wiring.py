"""Wiring of the web surface: accounts, languages, protection, pages, errors."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from alerts.limits import limiter
from alerts.web import (
    accounts,
    addresses,
    assets,
    campaigns,
    errors,
    feeds,
    finding,
    formats,
    glued,
    kept,
    languages,
    moved,
    requests,
    security,
)
from alerts.web.access import guard
from alerts.web.cards import card  # noqa: F401 - adds itself to the site
from alerts.web.console import console, sign_in
from alerts.web.embed import embed, frame_policy  # noqa: F401 - `embed` adds itself to the site
from alerts.web.health import health
from alerts.web.pages import acting, site

csrf = CSRFProtect()
JOINED = (finding, feeds, campaigns)
"""Modules whose views join the blueprint of the public pages by being imported."""


def install(app: Flask) -> None:
    """Bind everything a browser can reach to the app."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: nobody loses a text they wrote for an hour
    requests.install(app)
    addresses.install(app)
    csrf.init_app(app)
    limiter.init_app(app)
    languages.install(app)
    formats.install(app)
    assets.install(app)
    errors.install(app)
    accounts.install(app)
    security.install(app, frame_policy)
    moved.install(app)  # after it, so that a redirect gets its headers too
    glued.install(app)
    app.before_request(guard)
    app.register_blueprint(health)
    app.register_blueprint(site)
    app.register_blueprint(acting)
    for without_cookie in (site, acting):  # forms there prove themselves otherwise: see `act` and `acting_form`
        csrf.exempt(without_cookie)
    app.register_blueprint(console)
    sign_in.install(app)
    kept.install(app)
