"""Flask's extensions, made once and bound to the app at start: the database session and rate limits."""

from __future__ import annotations

import hashlib

from flask import request
from flask_limiter import Limiter
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from alerts.core import keys
from alerts.core.db import Base

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()


def _visitor() -> str:
    """A keyed hash that stands for where a request came from; the address itself is kept nowhere."""
    address = (request.remote_addr or "").encode()
    return hashlib.blake2b(address, digest_size=12, key=keys.current().address, person=b"visitor").hexdigest()


limiter = Limiter(_visitor, headers_enabled=True, in_memory_fallback_enabled=True, swallow_errors=True)
