"""Is the process alive, and can it serve: two addresses for whoever watches the machine."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from alerts.core.schema import current_revision, newest_revision
from alerts.extensions import db
from alerts.limits import limiter
from alerts.web.access import public

health = Blueprint("health", __name__)


@health.get("/healthz")
@public
@limiter.exempt
def alive() -> ResponseReturnValue:
    """The process answers."""
    return {"alive": True}


@health.get("/readyz")
@public
@limiter.exempt
def ready() -> ResponseReturnValue:
    """Database, Redis and migrations are as the app needs them; 503 and what is missing where they are not."""
    checks = {"database": _database(), "redis": _redis()}
    checks["migrations"] = _migrations() if checks["database"] else False
    return {"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _redis() -> bool:
    try:
        return bool(current_app.extensions["redis"].ping())
    except RedisError:
        return False


def _migrations() -> bool:
    return current_revision(db.session.connection()) == newest_revision()
