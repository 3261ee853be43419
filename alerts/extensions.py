"""The database session of the app, what mail needs to know of the site, and by which way and how fast it goes."""

from __future__ import annotations

from flask import current_app
from flask_sqlalchemy import SQLAlchemy

from alerts.core.db import Base
from alerts.delivery.opening import BadMailUrl, transport_key
from alerts.delivery.site import Site
from alerts.mailings.pacing import Pace
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


def current_transport_key() -> str:
    """The key of the transport that `MAIL_URL` names, without opening it; empty where it names none."""
    settings: Settings = current_app.extensions["settings"]
    try:
        return transport_key(settings.mail_url, sendgrid_url=settings.sendgrid_api_url, catcher_port=settings.smtp_port)
    except BadMailUrl:
        return ""


def current_pace() -> Pace:
    """How fast mail may go out, as was set."""
    settings: Settings = current_app.extensions["settings"]
    return settings.pace()
