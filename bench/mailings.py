"""Launching a mailing, waiting for its end, and holding its ledger against the number of people."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.extensions import current_site
from alerts.mailings.launch import launch
from alerts.mailings.models import MailingState
from alerts.mailings.progress import Progress, progress
from alerts.organisers import Actor, Role
from alerts.segments.rules import Rule
from bench.stage import Stage
from tests.builders import an_actor, an_urgent_action

LANGUAGES = ("en", "es")
"""The case is written in these; all others get the first."""
PATIENCE = 900
_STUCK = (MailingState.STOPPED, MailingState.CANCELLED, MailingState.PARKED)
_STATES = text("SELECT state, count(*) AS people FROM ledger WHERE mailing_id = :mailing GROUP BY state")


def approved(session: Session) -> UUID:
    """An approved case's first bulletin, ready to be launched."""
    case = an_urgent_action(session, CaseState.APPROVED, languages=LANGUAGES)
    session.commit()
    return case.bulletins[0].id


def launched(stage: Stage, session: Session, bulletin: UUID, *, actor: Actor, rule: Rule | None = None) -> UUID:
    """Launch, and commit, as the console does."""
    with stage.app.app_context():
        site = current_site()
    mailing = launch(session, actor, bulletin, site=site, rule=rule).mailing_id
    session.commit()
    return mailing


def a_sender(session: Session) -> Actor:
    """Someone who may launch."""
    actor = an_actor(session, Role.SENDER)
    session.commit()
    return actor


def now(session: Session, mailing: UUID) -> Progress:
    """How far it is, in a transaction that ends at once."""
    try:
        return progress(session, mailing)
    finally:
        session.rollback()


def ended(session: Session, mailing: UUID, *, every: float = 0.25) -> Progress:
    """Wait until everyone in the mailing has an end state and the mailing says so."""

    def done() -> bool:
        at = now(session, mailing)
        assert at.state not in _STUCK, f"the mailing is {at.state}: {at.trouble}"
        return at.state is MailingState.DONE

    until(done, every=every, what="the mailing to end")
    return now(session, mailing)


def checked(session: Session, mailing: UUID, people: int) -> None:
    """Hold the ledger's rows against the number of people: all of them, each handed over, nobody twice."""
    found = {row.state: row.people for row in session.execute(_STATES, {"mailing": mailing})}
    session.rollback()
    assert found == {"handed_over": people}, f"the ledger should name {people} people as handed over: {found}"


def until(true: Callable[[], bool], *, every: float, what: str, seconds: float = PATIENCE) -> None:
    """Look each so many seconds, until it is true. Raises where it is not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(every)
