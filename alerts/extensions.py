"""The database session of the app, and what mail needs to know of the site."""

from __future__ import annotations

from flask import current_app
from flask_sqlalchemy import SQLAlchemy

from alerts.core.db import Base
from alerts.delivery.site import Site
from alerts.mailings.plan import Limits
from config import Settings

db = SQLAlchemy(metadata=Base.metadata)


def current_site() -> Site:
    """What mail needs to know of this site, from the running app's settings."""
    settings: Settings = current_app.extensions["settings"]
    return Site(
        base_url=settings.base_url,
        organisation=settings.organisation,
        postal_line=settings.postal_line,
        mail_from=settings.mail_from,
        reply_to=settings.reply_to or None,
        leave_mailbox=settings.leave_mailbox,
        batch_size=settings.batch_size,
        lease_seconds=settings.lease_seconds,
    )


def current_limits() -> Limits:
    """What the organisation allows of mailings, from the running app's settings."""
    settings: Settings = current_app.extensions["settings"]
    return settings.limits()
