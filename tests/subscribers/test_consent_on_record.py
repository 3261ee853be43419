"""The database holds each subscriber to a statement that is on record, though not row by row."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.core.ids import new_id
from alerts.subscribers.models import Consent, Subscriber
from tests.mailings.scenes import people


def test_nobody_joins_without_a_statement_on_record(session: Session) -> None:
    people(session, 1)
    copied = (
        "INSERT INTO subscribers (address_hash, email, language, consent_id, joined_at)"
        " SELECT decode(md5('x'), 'hex'), 'x@mail.example', 'en', :nothing, now()"
    )
    with pytest.raises(IntegrityError, match="statement that is on record"):
        session.execute(text(copied), {"nothing": new_id()})


def test_nobody_is_moved_to_a_statement_that_is_not_on_record(session: Session) -> None:
    people(session, 1)
    with pytest.raises(IntegrityError, match="on record"):
        session.execute(update(Subscriber).values(consent_id=new_id()))


def test_a_statement_that_somebody_agreed_to_is_not_deleted(session: Session) -> None:
    people(session, 1)
    with pytest.raises(IntegrityError, match="stays on record"):
        session.execute(delete(Consent))


def test_a_statement_that_nobody_agreed_to_can_go(session: Session) -> None:
    session.add(Consent(statement="Tell me.", how="import", recorded_at=text("now()")))
    session.flush()
    session.execute(delete(Consent))


def test_a_subscriber_is_never_deleted(session: Session) -> None:
    people(session, 1)
    with pytest.raises(IntegrityError, match="wiped, never deleted"):
        session.execute(delete(Subscriber))
