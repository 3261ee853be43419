"""SendGrid's signed event webhook: who it is from is checked here, what it says later."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from alerts.core import clock, logs
from alerts.delivery.signatures import doubt
from alerts.events import inbox
from alerts.extensions import db
from alerts.limits import limiter
from alerts.web.access import public
from config import Settings

log = logs.logger(__name__)

LARGEST = 2 * 1024 * 1024
"""Bytes of a post. SendGrid posts when it has 768 kB, or after 30 seconds."""
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")


@hooks.post("/sendgrid")
@public
@limiter.exempt
def sendgrid() -> ResponseReturnValue:
    """Keep a post that SendGrid signed just now: 204. Any other: 403, and nothing is kept of it."""
    request.max_content_length = LARGEST
    body = request.get_data(cache=False)
    settings: Settings = current_app.extensions["settings"]
    why = doubt(
        settings.sendgrid_event_key,
        signature=request.headers.get(SIGNATURE, ""),
        timestamp=request.headers.get(TIMESTAMP, ""),
        body=body,
        now=clock.now(),
    )
    if why is not None:
        log.warning("hook.refused", hook="sendgrid", why=why.value, bytes=len(body))
        abort(403)
    inbox.store(db.session(), body)
    db.session.commit()
    return "", 204
