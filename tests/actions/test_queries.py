"""Claims about what the public and the console read."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from alerts.actions import desk, queries
from alerts.actions.consent import withdraw_consent
from alerts.actions.defenders import set_portrait
from alerts.actions.desk import Need
from alerts.actions.errors import BadText, CaseGone
from alerts.actions.models import UrgentAction
from alerts.actions.naming import public_name, target_office, target_salutation
from alerts.actions.people import faces
from alerts.actions.publishing import publish, withdraw
from alerts.actions.review import approve, send_back, submit, take_back
from alerts.actions.states import CaseState, Visibility
from alerts.core import clock
from alerts.core.errors import NotAllowed, Unknown
from alerts.organisers import Actor, Role
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action, brought_to, past_deadline


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 500), "teal").save(out, "PNG")
    return out.getvalue()


def test_only_published_cases_are_on_the_list_the_nearest_deadline_first(session: Session) -> None:
    shown = [
        an_urgent_action(session, CaseState.PUBLISHED, deadline=clock.now() + timedelta(days=days))
        for days in (9, 3, 6)
    ]
    for state in set(CaseState) - {CaseState.PUBLISHED}:
        an_urgent_action(session, state)
    over = an_urgent_action(session, CaseState.PUBLISHED)
    past_deadline(session, over.id)
    assert [card.id for card in queries.open_cases(session, "en")] == [shown[1].id, shown[2].id, shown[0].id]


def test_a_reader_gets_their_language_whole_or_the_main_one_whole(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("es", "fa"))
    persian = queries.public_case(session, case.id, "fa")
    assert (persian.language, persian.languages) == ("fa", ("es", "fa"))
    assert all("(fa)" in part for part in (persian.title, persian.call, persian.story, *persian.asks, persian.target))
    russian = queries.public_case(session, case.id, "ru")
    assert russian.language == "es"
    assert all("(es)" in part for part in (russian.title, russian.letter, russian.role, russian.target))
    assert queries.open_cases(session, "ru")[0].language == "es"


def test_a_case_takes_acts_until_its_deadline_or_its_end(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    assert queries.public_case(session, case.id, "en").takes_acts
    past_deadline(session, case.id)
    assert not queries.public_case(session, case.id, "en").takes_acts
    closed = queries.public_case(session, an_urgent_action(session, CaseState.CLOSED).id, "en")
    assert (closed.state, closed.takes_acts) == (CaseState.CLOSED, False)


@pytest.mark.parametrize("state", [CaseState.DRAFT, CaseState.IN_REVIEW, CaseState.APPROVED])
def test_a_case_that_never_was_public_is_unknown(session: Session, state: CaseState) -> None:
    case = an_urgent_action(session, state)
    with pytest.raises(Unknown) as caught:
        queries.public_case(session, case.id, "en")
    assert not isinstance(caught.value, CaseGone)
    if state is not CaseState.IN_REVIEW:
        withdraw(session, an_actor(session, Role.AUTHOR), case.id, reason="Resolved before anybody was told.")
        with pytest.raises(Unknown) as caught:
            queries.public_case(session, case.id, "en")
        assert not isinstance(caught.value, CaseGone)


def test_a_case_that_was_public_says_that_it_is_gone(session: Session) -> None:
    for state in (CaseState.HELD, CaseState.WITHDRAWN):
        case = an_urgent_action(session, state)
        with pytest.raises(CaseGone) as caught:
            queries.public_case(session, case.id, "en")
        assert caught.value.state is state
    take_back(session, an_actor(session, Role.AUTHOR), (held := an_urgent_action(session, CaseState.HELD)).id)
    with pytest.raises(CaseGone):
        queries.public_case(session, held.id, "en")


@pytest.mark.parametrize("visibility", [Visibility.PSEUDONYM, Visibility.WITHHELD])
def test_a_name_that_must_not_be_shown_never_leaves_for_the_public(session: Session, visibility: Visibility) -> None:
    defender = a_defender(session, name="Secret Person", visibility=visibility, languages=("en", "fa"))
    a_consent(session, defender, scope=visibility)
    case = an_urgent_action(session, CaseState.PUBLISHED, defender=defender, languages=("en", "fa"))
    for language in ("en", "fa", "ru"):
        lists = f"{queries.open_cases(session, language)}{faces(session, language, None)}"
        everything = f"{lists}{queries.public_case(session, case.id, language)}"
        assert "Secret" not in everything
        assert "Secret" not in public_name(case.defender, language)
    shown = "The Lawyer" if visibility is Visibility.PSEUDONYM else "Name withheld"
    assert queries.public_case(session, case.id, "en").name == shown
    line = desk.case_detail(session, an_actor(session, Role.AUTHOR), case.id).case
    assert (line.name, line.shown_as) == ("Secret Person", shown)


def test_even_a_wrongly_stored_name_is_not_shown(session: Session) -> None:
    defender = a_defender(session, name="Secret Person", visibility=Visibility.PSEUDONYM)
    defender.texts[0].name = "Secret Person"
    assert public_name(defender, "en") == "The Lawyer"


def test_a_portrait_is_public_only_with_a_named_person_in_a_case_that_is_shown(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author)
    a_consent(session, defender, author)
    former = set_portrait(session, author, defender.id, a_picture())
    portrait = set_portrait(session, author, defender.id, a_picture())
    case = an_urgent_action(session, CaseState.APPROVED, author=author, defender=defender)
    with pytest.raises(Unknown):
        queries.public_portrait(session, portrait)
    assert desk.portrait_of(session, author, defender.id)[8:12] == b"WEBP"
    publish(session, an_actor(session, Role.SENDER), case.id)
    assert queries.public_portrait(session, portrait)[8:12] == b"WEBP"
    assert queries.public_case(session, case.id, "en").portrait_id == portrait
    with pytest.raises(Unknown):
        queries.public_portrait(session, former)
    withdraw(session, author, case.id, reason="She asked for it.")
    with pytest.raises(Unknown):
        queries.public_portrait(session, portrait)
    with pytest.raises(BadText, match="who the person is"):
        set_portrait(session, author, a_defender(session, author, visibility=Visibility.WITHHELD).id, a_picture())


@pytest.mark.parametrize("written", ["{0}", "ua {0}", "UA-{1}", " {1} ", "ua{0}"])
def test_a_case_is_found_by_its_number_however_it_is_written(session: Session, written: str) -> None:
    case = an_urgent_action(session)
    plain = case.number.removeprefix("UA ")
    assert queries.case_id_of(session, written.format(plain, plain.replace("/", "-"))) == case.id


@pytest.mark.parametrize("written", ["", "UA", "x/26", "9999999/26", "1/", "²/26", "1" * 5000 + "/26", "1/1/1"])
def test_a_number_that_is_none_is_unknown(session: Session, written: str) -> None:
    with pytest.raises(Unknown):
        queries.case_id_of(session, written)


def test_a_target_is_called_as_the_language_calls_it(session: Session) -> None:
    target = an_urgent_action(session, languages=("en", "es")).target
    assert target_office(target, "es") == "Attorney General (es)"
    assert target_office(target, "ru") == "Attorney General (en)"
    assert target_salutation(target, "es") == "Dear Attorney General,"
    assert (target_office(None, "en"), target_salutation(None, "en")) == ("", "")


def needs(session: Session, actor: Actor, case: UrgentAction) -> dict[Need, bool]:
    return {todo.need: todo.yours for todo in desk.needs_now(session, actor) if todo.case.id == case.id}


def test_the_desk_says_what_needs_whom(session: Session) -> None:
    author, reviewer, sender = (an_actor(session, role) for role in (Role.AUTHOR, Role.REVIEWER, Role.SENDER))
    both = an_actor(session, Role.AUTHOR, Role.REVIEWER)
    case = an_urgent_action(session, author=both)
    assert needs(session, author, case) == {Need.DRAFT: True}
    submit(session, both, case.id)
    assert needs(session, reviewer, case) == {Need.REVIEW: True}
    assert needs(session, both, case) == needs(session, sender, case) == {Need.REVIEW: False}
    send_back(session, reviewer, case.id, note="Check the date.")
    assert needs(session, both, case) == {Need.SENT_BACK: True}
    submit(session, both, case.id)
    approve(session, reviewer, case.id)
    assert needs(session, sender, case) == {Need.PUBLISH: True}
    publish(session, sender, case.id)
    assert needs(session, sender, case) == {}
    withdraw(session, author, case.id, reason="Resolved.")
    assert needs(session, sender, case) == {}


def test_the_desk_warns_before_deadlines_and_consents_lapse_and_when_they_did(session: Session) -> None:
    sender = an_actor(session, Role.SENDER)
    near = an_urgent_action(session, CaseState.PUBLISHED, deadline=clock.now() + timedelta(days=2))
    assert needs(session, sender, near) == {Need.DEADLINE_NEAR: False}
    past_deadline(session, near.id)
    assert needs(session, sender, near) == {Need.DEADLINE_OVER: True}
    defender = a_defender(session)
    consent = a_consent(session, defender, valid_until=clock.now() + timedelta(days=9))
    lapsing = an_urgent_action(session, CaseState.PUBLISHED, defender=defender)
    assert needs(session, sender, lapsing) == {Need.CONSENT_NEAR: False}
    consent.valid_until = clock.now() - timedelta(minutes=1)
    session.flush()
    assert needs(session, sender, lapsing) == {Need.CONSENT_OVER: True}
    order = [todo.need for todo in desk.needs_now(session, sender)]
    assert order == sorted(order, key=list(Need).index)


def test_a_case_shows_its_steps_what_they_lack_and_who_may_take_them(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR, Role.REVIEWER, name="Ada Author")
    reviewer = an_actor(session, Role.REVIEWER, name="Rita Reviewer")
    case = brought_to(session, an_urgent_action(session, author=author), CaseState.IN_REVIEW, author=author)
    detail = desk.case_detail(session, author, case.id)
    assert detail.missing == ()
    assert dict(detail.line)[CaseState.IN_REVIEW]
    steps = {step.to: step for step in detail.steps}
    assert set(steps) == {CaseState.DRAFT, CaseState.APPROVED, CaseState.WITHDRAWN}
    assert not steps[CaseState.APPROVED].allowed
    assert "someone else has to approve" in steps[CaseState.APPROVED].why_not
    assert "Rita Reviewer" in steps[CaseState.APPROVED].who
    assert "Ada Author" not in steps[CaseState.APPROVED].who
    assert {step.to for step in desk.case_detail(session, reviewer, case.id).steps if step.allowed} == set(steps)
    assert [event.action for event in detail.history][-1] == "case.submitted"
    assert detail.texts["en"].version == 1
    withdraw_consent(session, reviewer, case.defender_id, reason="She telephoned.")
    assert desk.case_detail(session, reviewer, case.id).steps == ()


def test_the_list_can_be_narrowed_and_is_for_organisers_only(session: Session) -> None:
    actor = an_actor(session, Role.DATA_OFFICER)
    case = an_urgent_action(session, CaseState.HELD)
    assert [line.id for line in desk.case_list(session, actor, CaseState.HELD)] == [case.id]
    with pytest.raises(NotAllowed):
        desk.case_list(session, an_actor(session))
    with pytest.raises(Unknown):
        desk.case_detail(session, actor, case.defender_id)
