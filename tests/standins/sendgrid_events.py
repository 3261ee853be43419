"""SendGrid's other half: signed posts of events, about what the stand-in took or about whatever a test makes up."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.standins.sendgrid_standin import Sent

Event = dict[str, Any]


def an_event(kind: str, delivery: int | str | None, /, **given: Any) -> Event:
    """One event as the Event Webhook reference shows it; `given` adds, replaces, or with None takes out."""
    event = {
        "email": "person@mail.example",
        "timestamp": int(time.time()) - 5,
        "smtp-id": f"<{uuid4().hex}@ismtpd.example>",
        "event": kind,
        "category": ["alert", "language-en"],
        "sg_event_id": base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("="),
        "sg_message_id": f"{uuid4().hex[:22]}.filter0001.16648.5515E0B88.0",
        "delivery": None if delivery is None else str(delivery),
        **MORE.get(kind, {}),
        **given,
    }
    return {name: value for name, value in event.items() if value is not None}


MORE: dict[str, Event] = {
    "delivered": {"response": "250 OK", "ip": "192.0.2.7", "tls": 1},
    "deferred": {"response": "400 try again later", "attempt": "5"},
    "bounce": {
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 The email account does not exist",
        "bounce_classification": "Invalid Address",
    },
    "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
    "open": {"useragent": "Mozilla/4.0", "ip": "192.0.2.7", "sg_machine_open": True},
    "click": {"useragent": "Mozilla/4.0", "ip": "192.0.2.7", "url": "https://we-defend.example/"},
    "spamreport": {},
}


@dataclass(frozen=True)
class Signer:
    """An account with a signed event webhook: a key pair of its own, made for the test."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> str:
        """SENDGRID_EVENT_KEY, as the account's settings show it."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(self.private.public_key().public_bytes(serialization.Encoding.DER, form)).decode()

    def headers(self, body: bytes, *, timestamp: str | None = None) -> dict[str, str]:
        """What stands in front of a post that was signed now, or at `timestamp`."""
        at = timestamp if timestamp is not None else str(int(time.time()))
        signature = self.private.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {
            "Content-Type": "application/json;charset=utf-8",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": at,
        }

    def post(self, url: str, events: Iterable[Event]) -> int:
        """Post events over real HTTP; the answer's status. Raises HTTPError where it is refused."""
        body = json.dumps(list(events)).encode()
        request = urllib.request.Request(url, body, self.headers(body))
        with urllib.request.urlopen(request, timeout=10) as response:
            status: int = response.status
            return status


def events_about(sent: Iterable[Sent], *kinds: str) -> list[Event]:
    """Events of these kinds about each mail that the stand-in took, as SendGrid names mail and sender's ids."""
    return [
        {**an_event(kind, None, email=mail.to, sg_message_id=f"{mail.message_id}.recvd-1.0"), **mail.custom_args}
        for mail in sent
        for kind in kinds
    ]
