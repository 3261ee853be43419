"""Mails to one person wait like all others while the provider asks for patience, and leave when it is over."""

from __future__ import annotations

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import AppealsBy, CaseState
from alerts.extensions import current_transport_key
from alerts.jobs import tasks
from alerts.jobs.clock import tick
from alerts.mailings import holds
from alerts.participation.asking import ask_for_page
from alerts.participation.service import act, ask_to_confirm, stranger
from alerts.subscribers.joining import Statement
from alerts.subscribers.signing_up import ask_to_join
from tests.builders import an_urgent_action

SINGLE = ("confirm", "my_page", "sign_up", "relay")


@pytest.fixture
def waiting(session: Session) -> dict[str, object]:
    """One mail of each kind that is due; the ids their jobs are rung with."""
    case = an_urgent_action(session, CaseState.PUBLISHED, appeals_by=AppealsBy.RELAY)
    ask_to_confirm(session, case.id, stranger(email="a@mail.example", name="A", country="DE", language="en"))
    act(session, case.id, stranger(email="b@mail.example", name="B", country="DE", language="en"))
    ask_for_page(session, email="b@mail.example", language="en")
    agreed = Statement("Write to me.", "1")
    ask_to_join(session, email="c@mail.example", name=None, country=None, language="en", statement=agreed)
    session.commit()
    return {
        "confirm": session.scalar(text("SELECT id FROM participations WHERE state = 'pending'")) or 0,
        "my_page": session.scalar(text("SELECT id FROM page_requests")) or 0,
        "relay": case.target_id,
        "sign_up": session.scalar(text("SELECT id FROM sign_ups")) or 0,
    }


def states(session: Session) -> set[str]:
    session.expire_all()
    found = session.scalars(
        text("""SELECT confirmation FROM participations WHERE state = 'pending' UNION ALL
            SELECT state FROM page_requests UNION ALL SELECT state FROM sign_ups""")
    )
    return set(found)


def rung(app: Flask, redis: Redis) -> set[str]:
    redis.flushdb()
    with app.app_context():
        tick(app)
    return {key.decode().split(":")[1] for key in redis.scan_iter("bell:*")} & set(SINGLE)


def test_while_the_provider_asks_for_patience_no_single_mail_leaves(
    session: Session, app: Flask, redis: Redis, waiting: dict[str, object]
) -> None:
    with app.app_context():
        holds.hold(session, current_transport_key(), "421 4.7.0 slow down", asked=60)
        session.commit()
    assert rung(app, redis) == set()
    with app.app_context():
        for job, id in waiting.items():
            getattr(tasks, job)(str(id))
    assert states(session) == {"due"}, "a bell that was rung before the hold sends nothing either"
    with app.app_context():
        holds.lift(session)
        session.commit()
    assert rung(app, redis) == set(SINGLE)
