"""Flask's extensions, made once and bound to the app at start: the database session and rate limits."""

from __future__ import annotations

import hashlib

from flask import current_app, request
from flask_limiter import Limiter
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from alerts.core import keys
from alerts.core.db import Base
from alerts.delivery.site import Site
from config import Settings

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()


def _visitor() -> str:
    """A keyed hash that stands for where a request came from; the address itself is kept nowhere."""
    address = (request.remote_addr or "").encode()
    return hashlib.blake2b(address, digest_size=12, key=keys.current().address, person=b"visitor").hexdigest()


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


limiter = Limiter(_visitor, headers_enabled=True, in_memory_fallback_enabled=True, swallow_errors=True)
