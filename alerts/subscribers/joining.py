"""Becoming a subscriber by one's own press: a confirmed sign-up, or an act whose address was proved by mail."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.subscribers.models import Consent
from alerts.suppression.models import Reason, Suppression

_JOIN = text("""
INSERT INTO subscribers (address_hash, email, name, language, country, consent_id, joined_at)
VALUES (:address_hash, :email, :name, :language, :country, :consent, :now)
ON CONFLICT (address_hash) DO UPDATE SET email = excluded.email, name = coalesce(excluded.name, subscribers.name),
    language = excluded.language, country = coalesce(excluded.country, subscribers.country),
    consent_id = excluded.consent_id, state = 'active', left_at = NULL,
    joined_at = CASE subscribers.state WHEN 'active' THEN subscribers.joined_at ELSE excluded.joined_at END
""")


@dataclass(frozen=True)
class Statement:
    """What people agree to, as they read it, and its version."""

    text: str
    version: str


@dataclass(frozen=True)
class Newcomer:
    """Who joins; `email` in its normal form and proved to be theirs."""

    address_hash: bytes
    email: str
    name: str | None
    language: str
    country: str | None


def join(session: Session, person: Newcomer, statement: Statement) -> None:
    """Make somebody a subscriber, with the evidence of their consent; whoever had left before is back.

    Only leaving is undone by it: an address that bounced, complained or was erased stays suppressed.
    """
    now = clock.now()
    consent = Consent(statement=statement.text, version=statement.version, how="form", recorded_at=now)
    session.add(consent)
    session.flush()
    session.execute(
        delete(Suppression).where(
            Suppression.address_hash == person.address_hash, Suppression.reason == Reason.LEFT.value
        )
    )
    values = {"email": person.email, "name": person.name, "language": person.language, "country": person.country}
    session.execute(_JOIN, {**values, "address_hash": person.address_hash, "consent": consent.id, "now": now})
