"""Who did not confirm is reminded once, after three days, and never where there is nothing to add a name to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.participation.confirming import confirmations_due, remind_unconfirmed
from alerts.participation.models import ConfirmationState, Participation
from alerts.participation.service import ask_to_confirm, confirm, stranger, withdraw
from tests.builders import an_urgent_action


def waiting(session: Session, *, days: float, confirmation: ConfirmationState = ConfirmationState.HANDED_OVER) -> int:
    """An act whose mail left so many days ago, and was not answered."""
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, stranger(email="a@mail.example", name="Ana", country="GT", language="en"))
    act = session.scalars(select(Participation)).one()
    act.confirmation = confirmation.value
    act.acted_at = act.confirm_not_before = clock.now() - timedelta(days=days)
    session.flush()
    return act.id


def reminded(session: Session) -> list[int]:
    remind_unconfirmed(session)
    session.expire_all()
    return confirmations_due(session)


def test_a_reminder_goes_out_after_three_days_and_only_once(session: Session) -> None:
    made = waiting(session, days=3.1)
    assert reminded(session) == [made]
    session.get_one(Participation, made).confirmation = ConfirmationState.HANDED_OVER.value
    session.get_one(Participation, made).acted_at = clock.now() - timedelta(days=9)
    session.flush()
    assert reminded(session) == []


def test_nobody_is_reminded_sooner(session: Session) -> None:
    waiting(session, days=2.9)
    assert reminded(session) == []


@pytest.mark.parametrize("state", [ConfirmationState.UNKNOWN, ConfirmationState.REFUSED])
def test_nobody_is_reminded_of_a_mail_that_may_not_have_come(session: Session, state: ConfirmationState) -> None:
    waiting(session, days=4, confirmation=state)
    assert reminded(session) == []


def test_who_confirmed_or_withdrew_is_left_in_peace(session: Session) -> None:
    made = waiting(session, days=4)
    confirm(session, made)
    assert reminded(session) == []
    withdraw(session, made)
    assert reminded(session) == []


@pytest.mark.parametrize("state", [CaseState.HELD, CaseState.CLOSED, CaseState.WITHDRAWN])
def test_nobody_is_reminded_of_a_case_that_takes_no_names(session: Session, state: CaseState) -> None:
    waiting(session, days=4)
    session.scalars(select(UrgentAction)).one().state = state.value
    session.flush()
    assert reminded(session) == []
