"""Acting in several ways is one act of one person; what they wrote goes with them when they withdraw."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText
from alerts.actions.states import ActKind, CaseState, Risk
from alerts.actions.writing import change_facts
from alerts.core.errors import Unknown
from alerts.organisers import Role
from alerts.participation.models import Participation, ParticipationState, ShownAs
from alerts.participation.queries import count, receipt
from alerts.participation.service import (
    MAIL_AGAIN_AFTER,
    Doing,
    NameChoice,
    Person,
    act,
    add_to,
    ask_to_confirm,
    choose_name,
    confirm,
    stranger,
    withdraw,
    withdraw_all,
)
from tests.builders import an_actor, an_urgent_action

WRITING = Doing(ActKind.WRITE, "Let her go home.")


def ana() -> Person:
    return stranger(email="ana@mail.example", name="Ana Example", country="GT", language="es")


def the_act(session: Session) -> Participation:
    session.expire_all()
    return session.scalars(select(Participation)).one()


def test_who_signs_and_writes_is_counted_once_and_keeps_one_act(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    signed = act(session, case.id, ana())
    written = act(session, case.id, ana(), doing=WRITING)
    assert signed == written
    kept = receipt(session, signed)
    assert (kept.kinds, kept.letter) == ((ActKind.SIGN, ActKind.WRITE), "Let her go home.")
    assert count(session, case.id) == 1


def test_a_press_without_own_words_leaves_those_that_were_written(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana(), doing=WRITING)
    act(session, case.id, ana())
    assert receipt(session, made).letter == "Let her go home."


def test_nothing_is_added_to_an_act_after_the_case_is_over(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana())
    case.state = CaseState.CLOSED.value
    session.flush()
    add_to(session, made, Doing(ActKind.SHARE))
    assert receipt(session, made).kinds == (ActKind.SIGN,)


def test_a_stranger_cannot_change_the_letter_of_someone_who_has_acted(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana(), doing=WRITING)
    ask_to_confirm(session, case.id, ana(), Doing(ActKind.WRITE, "Something vile."))
    assert receipt(session, made).letter == "Let her go home."


def test_what_a_stranger_wrote_counts_with_them_once_they_confirm(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, ana(), WRITING)
    confirm(session, the_act(session).id)
    assert (the_act(session).letter, the_act(session).kinds) == ("Let her go home.", ["write"])


def test_withdrawing_wipes_letter_and_town_and_the_database_insists(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana(), doing=WRITING)
    choose_name(session, made, NameChoice(ShownAs.INITIALS, "  San   Marcos "))
    assert the_act(session).town == "San Marcos"
    withdraw(session, made)
    assert (the_act(session).letter, the_act(session).town) == (None, None)
    for column in ("letter", "town"):
        with pytest.raises(IntegrityError, match="participation_withdrawn_is_wiped"), session.begin_nested():
            session.execute(text(f"UPDATE participations SET {column} = 'x'"))


def test_a_town_is_kept_only_where_it_is_shown(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, ana())
    choose_name(session, made, NameChoice(ShownAs.INITIALS, "Lyon"))
    choose_name(session, made, NameChoice(ShownAs.COUNTED, "Lyon"))
    assert (the_act(session).shown_as, the_act(session).town) == (ShownAs.COUNTED, None)


def test_a_name_that_was_not_known_can_be_given_later_and_one_that_is_known_stays(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, Person(b"h" * 16, "a@mail.example", None, "DE", "en"))
    choose_name(session, made, NameChoice(ShownAs.FULL, name="Ana Núñez"))
    assert the_act(session).name == "Ana Núñez"
    choose_name(session, made, NameChoice(ShownAs.FULL, name="Somebody Else"))
    assert the_act(session).name == "Ana Núñez"


def test_all_that_a_person_did_can_be_taken_back_at_once(session: Session) -> None:
    first, second = (an_urgent_action(session, CaseState.PUBLISHED) for _ in range(2))
    act(session, first.id, ana())
    ask_to_confirm(session, second.id, ana())
    act(session, first.id, stranger(email="ben@mail.example", name="Ben", country="GB", language="en"))
    withdraw_all(session, ana().person_hash)
    states = session.scalars(select(Participation.state).order_by(Participation.id)).all()
    assert states == [ParticipationState.WITHDRAWN, ParticipationState.WITHDRAWN, ParticipationState.CONFIRMED]
    with pytest.raises(Unknown):
        confirm(session, session.scalars(select(Participation.id).order_by(Participation.id)).all()[1])


def test_a_case_asks_for_something_that_counts(session: Session) -> None:
    case = an_urgent_action(session)
    author = an_actor(session, Role.AUTHOR)
    facts = {"risk": Risk.ARREST, "deadline": case.deadline, "target_id": case.target_id}
    with pytest.raises(BadText, match="beside sharing"):
        change_facts(session, author, case.id, kinds=[ActKind.SHARE], **facts)  # type: ignore[arg-type]
    changed = change_facts(session, author, case.id, kinds=[ActKind.SHARE, ActKind.WRITE], **facts)  # type: ignore[arg-type]
    assert changed.kinds == ["write", "share"]
    with pytest.raises(IntegrityError, match="urgent_action_kinds_known"), session.begin_nested():
        session.execute(text("UPDATE urgent_actions SET kinds = '{share}'"))


def test_who_withdrew_and_signs_again_gets_a_mail_as_soon_as_one_may_go(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, ana())
    mailed = the_act(session).confirm_not_before
    session.execute(text("UPDATE participations SET confirmation = 'handed_over'"))
    withdraw(session, the_act(session).id)
    ask_to_confirm(session, case.id, ana())
    again = the_act(session)
    assert (again.state, again.confirmation) == ("pending", "due")
    assert mailed
    assert again.confirm_not_before == mailed + MAIL_AGAIN_AFTER
