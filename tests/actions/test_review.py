"""Claims about review, publication, and their end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.consent import record_consent, withdraw_consent
from alerts.actions.errors import BadText, IllegalMove, Incomplete, OwnWork
from alerts.actions.publishing import close, hold, publish, withdraw
from alerts.actions.review import approve, send_back, submit, take_back
from alerts.actions.states import CaseState, Risk, Visibility
from alerts.actions.writing import Words, change_facts, create_urgent_action, write_text
from alerts.audit.service import history
from alerts.core import clock
from alerts.core.errors import NotAllowed
from alerts.organisers import SYSTEM, Role
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action, past_deadline, words


def test_a_case_goes_all_the_way_through_three_pairs_of_hands(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    assert case.published_at is not None
    close(session, an_actor(session, Role.SENDER), case.id, reason="She was released.")
    assert case.state == CaseState.CLOSED
    assert case.ended_at is not None


def test_everything_that_is_missing_is_told_at_once(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author, languages=("es",))
    case = create_urgent_action(
        session, author, defender_id=defender.id, main_language="en", risk=Risk.THREAT, words=Words("Lawyer threatened")
    )
    with pytest.raises(Incomplete) as caught:
        submit(session, author, case.id)
    told = "\n".join(caught.value.faults)
    for lack in (
        "No consent is recorded", "There is no deadline", "There is no target", "English: the call is missing",
        "English: the summary is missing", "English: the story is missing", "English: the letter is missing",
        "English: there is no point to ask for", "English: the defender's name and role are missing",
    ):  # fmt: skip
        assert lack in told, lack
    assert case.state == CaseState.DRAFT


def test_consent_must_stand_and_be_of_the_right_scope(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author)
    a_consent(session, defender, author, expired=True)
    case = an_urgent_action(session, author=author, defender=defender)
    with pytest.raises(Incomplete, match="expired"):
        submit(session, author, case.id)
    a_consent(session, defender, author, scope=Visibility.PSEUDONYM)
    with pytest.raises(Incomplete, match="does not allow showing the person as “named”"):
        submit(session, author, case.id)
    a_consent(session, defender, author)
    assert submit(session, author, case.id).state == CaseState.IN_REVIEW


def test_consent_that_could_not_be_sought_needs_a_reason_and_a_risk_assessment(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author)
    until = clock.now() + timedelta(days=90)
    with pytest.raises(BadText, match="risk assessment"):
        record_consent(
            session, author, defender.id, scope=Visibility.NAMED, valid_until=until, not_sought_reason="In prison."
        )
    with pytest.raises(BadText, match="Say how consent was given"):
        record_consent(session, author, defender.id, scope=Visibility.NAMED, valid_until=until)
    with pytest.raises(BadText, match="over already"):
        record_consent(
            session, author, defender.id, scope=Visibility.NAMED, valid_until=clock.now(), how_given="By letter."
        )
    record_consent(
        session, author, defender.id, scope=Visibility.NAMED, valid_until=until,
        not_sought_reason="Held incommunicado.", risk_assessment="The name is public; silence has made it worse.",
    )  # fmt: skip
    assert submit(session, author, an_urgent_action(session, author=author, defender=defender).id)


def test_a_name_that_must_not_be_shown_stops_the_case(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author, name="Amal Sabri", visibility=Visibility.WITHHELD)
    a_consent(session, defender, author, scope=Visibility.WITHHELD)
    case = an_urgent_action(session, author=author, defender=defender)
    write_text(session, author, case.id, "en", words(story="They took AMAL  SABRI away."), version=1)
    with pytest.raises(Incomplete, match="must not be shown stands in the story"):
        submit(session, author, case.id)


def test_a_language_added_later_must_be_whole_too(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author)
    write_text(session, author, case.id, "ar", words("ar", letter=""), version=0)
    with pytest.raises(Incomplete) as caught:
        submit(session, author, case.id)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["Arabic"] * 3


def test_nobody_approves_what_they_wrote(session: Session) -> None:
    both = an_actor(session, Role.AUTHOR, Role.REVIEWER)
    case = an_urgent_action(session, CaseState.IN_REVIEW, author=both)
    with pytest.raises(OwnWork, match="someone else has to approve it"):
        approve(session, both, case.id)
    assert case.state == CaseState.IN_REVIEW
    assert case.approved_by is None


def test_nobody_approves_what_they_edited(session: Session) -> None:
    editor = an_actor(session, Role.AUTHOR, Role.REVIEWER)
    case = an_urgent_action(session, languages=("en", "es"))
    write_text(session, editor, case.id, "es", words("es", title="Mejor"), version=1)
    submit(session, editor, case.id)
    with pytest.raises(OwnWork):
        approve(session, editor, case.id)
    assert approve(session, an_actor(session, Role.REVIEWER), case.id).state == CaseState.APPROVED


def test_the_database_refuses_an_author_who_goes_around_the_page(session: Session) -> None:
    case = an_urgent_action(session, CaseState.IN_REVIEW)
    case.approved_by = case.author_id
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    assert caught.value.orig.diag.constraint_name == "reviewer_is_not_author"  # type: ignore[union-attr]


def test_the_system_approves_nothing(session: Session) -> None:
    case = an_urgent_action(session, CaseState.IN_REVIEW)
    with pytest.raises(NotAllowed):
        approve(session, SYSTEM, case.id)


def test_each_move_asks_for_its_permission(session: Session) -> None:
    draft, waiting, approved = (
        an_urgent_action(session, state) for state in (CaseState.DRAFT, CaseState.IN_REVIEW, CaseState.APPROVED)
    )
    officer = an_actor(session, Role.DATA_OFFICER)
    with pytest.raises(NotAllowed):
        submit(session, officer, draft.id)
    with pytest.raises(NotAllowed):
        approve(session, an_actor(session, Role.AUTHOR), waiting.id)
    with pytest.raises(NotAllowed):
        send_back(session, an_actor(session, Role.SENDER), waiting.id, note="No.")
    with pytest.raises(NotAllowed):
        publish(session, an_actor(session, Role.REVIEWER), approved.id)
    with pytest.raises(NotAllowed):
        withdraw(session, officer, approved.id, reason="No.")


def test_a_case_is_sent_back_with_a_note_and_forgets_it_when_submitted_again(session: Session) -> None:
    author, reviewer = an_actor(session, Role.AUTHOR), an_actor(session, Role.REVIEWER)
    case = an_urgent_action(session, CaseState.IN_REVIEW, author=author)
    with pytest.raises(BadText):
        send_back(session, reviewer, case.id, note=" ")
    send_back(session, reviewer, case.id, note="Check the date of the arrest.")
    assert (case.state, case.review_note) == (CaseState.DRAFT, "Check the date of the arrest.")
    submit(session, author, case.id)
    assert case.review_note is None


def test_an_approved_case_taken_back_needs_approval_again(session: Session) -> None:
    case = an_urgent_action(session, CaseState.APPROVED)
    take_back(session, an_actor(session, Role.AUTHOR), case.id)
    assert (case.state, case.approved_by) == (CaseState.DRAFT, None)
    with pytest.raises(IllegalMove):
        publish(session, an_actor(session, Role.SENDER), case.id)


def test_what_lapsed_since_the_approval_stops_the_publication(session: Session) -> None:
    case = an_urgent_action(session, CaseState.APPROVED)
    past_deadline(session, case.id)
    with pytest.raises(Incomplete, match="deadline is over"):
        publish(session, an_actor(session, Role.SENDER), case.id)
    assert case.state == CaseState.APPROVED
    assert case.published_at is None


def test_a_held_case_is_published_again_with_its_first_date(session: Session) -> None:
    sender = an_actor(session, Role.SENDER)
    case = an_urgent_action(session, CaseState.PUBLISHED)
    first = case.published_at
    hold(session, sender, case.id, reason="A fact is being checked.")
    assert publish(session, sender, case.id).published_at == first


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.WITHDRAWN])
def test_any_case_can_be_withdrawn_from_any_state_with_a_reason(session: Session, state: CaseState) -> None:
    case = an_urgent_action(session, state)
    author = an_actor(session, Role.AUTHOR)
    with pytest.raises(BadText):
        withdraw(session, author, case.id, reason="")
    withdraw(session, author, case.id, reason="The family asked for it.")
    assert case.state == CaseState.WITHDRAWN
    last = history(session, "urgent_action", case.id)[-1]
    assert (last.action, last.details["reason"]) == ("case.withdrawn", "The family asked for it.")
    with pytest.raises(IllegalMove):
        withdraw(session, author, case.id, reason="Again.")


def test_a_person_who_takes_consent_back_takes_back_every_case(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author)
    a_consent(session, defender, author)
    shown = an_urgent_action(session, CaseState.PUBLISHED, author=author, defender=defender)
    ended = an_urgent_action(session, CaseState.CLOSED, author=author, defender=defender)
    draft = an_urgent_action(session, author=author, defender=defender)
    other = an_urgent_action(session, CaseState.PUBLISHED)
    assert withdraw_consent(session, author, defender.id, reason="She telephoned.") == [shown.number, ended.number]
    assert [shown.state, ended.state, draft.state, other.state] == ["withdrawn", "withdrawn", "draft", "published"]
    with pytest.raises(Incomplete, match="withdrew their consent"):
        submit(session, author, draft.id)


def test_facts_changed_after_approval_are_reviewed_again(session: Session) -> None:
    case = an_urgent_action(session, CaseState.APPROVED)
    change_facts(
        session,
        an_actor(session, Role.AUTHOR),
        case.id,
        risk=Risk.KILLING,
        deadline=clock.now() + timedelta(days=3),
        target_id=case.target_id,
    )
    assert case.state == CaseState.DRAFT
