"""Acting counts each person once, and can be taken back without a trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.participation.confirming import confirmations_due, forget_unconfirmed
from alerts.participation.errors import NoMoreNames
from alerts.participation.models import ConfirmationState, Participation, ParticipationState
from alerts.participation.queries import acted_on, count, counts, receipt
from alerts.participation.service import Person, act, ask_to_confirm, confirm, stranger, withdraw
from tests.builders import an_urgent_action

CLOSED = [CaseState.DRAFT, CaseState.APPROVED, CaseState.HELD, CaseState.CLOSED, CaseState.WITHDRAWN]


def ana() -> Person:
    return stranger(email="ana@mail.example", name="Ana Example", country="GT", language="es")


def ben() -> Person:
    return stranger(email="ben@mail.example", name="Ben Example", country="GB", language="en")


def the_act(session: Session) -> Participation:
    session.expire_all()
    return session.scalars(select(Participation)).one()


def test_acting_twice_is_one_act(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    assert act(session, case.id, ana(), delivery_id=7) == act(session, case.id, ana())
    assert count(session, case.id) == 1


def test_people_are_counted_not_presses(session: Session) -> None:
    case, other = an_urgent_action(session, CaseState.PUBLISHED), an_urgent_action(session, CaseState.PUBLISHED)
    for person in (ana(), ben(), ana()):
        act(session, case.id, person)
    act(session, other.id, ana())
    assert counts(session, [case.id, other.id]) == {case.id: 2, other.id: 1}
    assert acted_on(session, ana().person_hash) == {case.id, other.id}


def test_an_address_in_other_letters_is_the_same_person(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    shouted = stranger(email="ANA@mail.example", name="Ana", country="GT", language="en")
    assert act(session, case.id, ana()) == act(session, case.id, shouted)


@pytest.mark.parametrize("state", CLOSED)
def test_a_case_that_is_not_published_takes_no_names(session: Session, state: CaseState) -> None:
    case = an_urgent_action(session, state)
    for verb in (act, ask_to_confirm):
        with pytest.raises(NoMoreNames):
            verb(session, case.id, ana())  # type: ignore[operator]
    assert count(session, case.id) == 0


def test_after_the_deadline_no_name_is_added_and_a_receipt_still_shown(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana())
    case.deadline = clock.now() - timedelta(seconds=1)
    session.flush()
    with pytest.raises(NoMoreNames):
        act(session, case.id, ben())
    assert act(session, case.id, ana()) == made


def test_a_stranger_counts_only_after_confirming(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, ana())
    waiting = the_act(session)
    assert (waiting.state, waiting.confirmation) == (ParticipationState.PENDING, ConfirmationState.DUE)
    assert count(session, case.id) == 0
    confirm(session, waiting.id)
    confirm(session, waiting.id)
    assert count(session, case.id) == 1


def test_asking_to_confirm_queues_one_mail(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, ana())
    ask_to_confirm(session, case.id, ana())
    assert confirmations_due(session) == [the_act(session).id]


def test_a_second_mail_leaves_only_after_a_while(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, ana())
    waiting = the_act(session)
    waiting.confirmation = ConfirmationState.HANDED_OVER.value
    session.flush()
    ask_to_confirm(session, case.id, ana())
    assert the_act(session).confirmation == ConfirmationState.HANDED_OVER
    the_act(session).confirm_not_before = clock.now() - timedelta(minutes=11)
    session.flush()
    ask_to_confirm(session, case.id, ana())
    assert the_act(session).confirmation == ConfirmationState.DUE


def test_whoever_has_acted_is_not_asked_to_confirm(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    act(session, case.id, ana())
    ask_to_confirm(session, case.id, ana())
    assert the_act(session).state == ParticipationState.CONFIRMED
    assert confirmations_due(session) == []


def test_a_case_that_closes_in_between_confirms_nobody(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, ana())
    case.deadline = clock.now() - timedelta(seconds=1)
    session.flush()
    with pytest.raises(NoMoreNames):
        confirm(session, the_act(session).id)
    assert count(session, case.id) == 0


def test_withdrawing_wipes_the_person_and_lowers_the_count(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana(), delivery_id=7)
    assert withdraw(session, made) == withdraw(session, made) == case.id
    gone = the_act(session)
    assert (gone.name, gone.email, gone.country, gone.delivery_id, gone.confirmed_at) == (None,) * 5
    assert count(session, case.id) == 0
    assert receipt(session, made).state is ParticipationState.WITHDRAWN
    with pytest.raises(Unknown):
        confirm(session, made)


def test_withdrawing_works_in_a_case_that_was_taken_down(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana())
    case.state = CaseState.WITHDRAWN.value
    session.flush()
    withdraw(session, made)
    assert the_act(session).email is None


def test_who_withdrew_may_act_again(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana())
    withdraw(session, made)
    assert act(session, case.id, ana()) == made
    assert (the_act(session).name, count(session, case.id)) == ("Ana Example", 1)


def test_an_act_that_never_was_is_unknown(session: Session) -> None:
    for verb in (receipt, confirm, withdraw):
        with pytest.raises(Unknown):
            verb(session, 404)  # type: ignore[operator]


def test_what_nobody_confirmed_in_two_weeks_is_forgotten_whole(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, ana())
    ask_to_confirm(session, case.id, ben())
    act(session, case.id, stranger(email="cam@mail.example", name="Cam", country="GB", language="en"))
    session.flush()
    session.execute(
        update(Participation)
        .where(Participation.name != "Ben Example")
        .values(acted_at=clock.now() - timedelta(days=15))
    )
    assert forget_unconfirmed(session) == 1
    left = session.scalars(select(Participation.name).order_by(Participation.name)).all()
    assert list(left) == ["Ben Example", "Cam"]
