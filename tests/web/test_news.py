"""What the world sees of later bulletins: on the case's page in their order, and in what a closed form answers."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.actions.later import publish_later
from alerts.actions.states import BulletinKind, BulletinState, CaseState, Outcome
from alerts.organisers import Role
from alerts.participation.queries import count
from tests.builders import a_later_bulletin, an_actor, an_urgent_action
from tests.web.pages import an_alert, number_of, words
from tests.web.test_sign import filled_in


def test_the_page_of_a_case_tells_what_happened_since_the_newest_first(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    a_later_bulletin(session, case, title="She was moved")
    a_later_bulletin(session, case, title="A hearing is set")
    a_later_bulletin(session, case, state=BulletinState.APPROVED, title="Not public yet")
    session.commit()
    said = words(client.get(f"/en/ua/{number_of(case)}"))
    assert said.index("A hearing is set") < said.index("She was moved") < said.index("What we ask")
    assert "Further information" in said
    assert "Not public yet" not in said


def test_an_outcome_says_what_became_of_the_person(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    a_later_bulletin(session, case, BulletinKind.OUTCOME, title="She is home", outcome=Outcome.RELEASED)
    session.commit()
    page = client.get(f"/en/ua/{number_of(case)}")
    assert "What became of it: Released" in words(page)
    assert 'id="sign"' in page.text
    assert "No more names are added to it." in words(page)


def test_a_stop_turns_every_form_off_and_its_answer_says_what_happened(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    alert = an_alert(session)
    stop = a_later_bulletin(
        session, alert.case, BulletinKind.STOP, BulletinState.APPROVED, title="Her lawyers ask us to stop"
    )
    session.commit()
    number = number_of(alert.case)
    assert client.get(alert.act_link()).status_code == 200
    publish_later(session, an_actor(session, Role.SENDER), stop.id)
    session.commit()
    for answer in (
        client.post(alert.act_link()),
        client.get(alert.act_link()),
        client.post(f"/en/ua/{number}", data=filled_in(app)),
        client.post(f"/en/ua/{number}/write", data=filled_in(app, step="send", letter="Please.")),
        client.post(f"/en/embed/{number}", data=filled_in(app)),
    ):
        assert answer.status_code == 410
        assert "Her lawyers ask us to stop" in words(answer)
    assert count(session, alert.case.id) == 0


@pytest.mark.parametrize("state", [CaseState.HELD, CaseState.WITHDRAWN])
def test_news_of_a_case_that_is_taken_down_goes_with_it(
    session: Session, client: FlaskClient, state: CaseState
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    a_later_bulletin(session, case, title="She was moved to Qarchak")
    case.state = state.value
    session.commit()
    for path in (f"/en/ua/{number_of(case)}", "/en/search?q=Qarchak", "/en/feed.atom"):
        assert "She was moved" not in client.get(path).text


def test_published_news_is_found_and_drafts_are_not(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    a_later_bulletin(session, case, title="She was moved to Qarchak")
    a_later_bulletin(session, case, state=BulletinState.IN_REVIEW, title="A Qarchak guard confessed")
    session.commit()
    said = words(client.get("/en/search?q=Qarchak"))
    assert "She was moved to Qarchak" in said
    assert "guard confessed" not in said


def test_lists_of_what_has_ended_say_what_became_of_the_person(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "fa"))
    a_later_bulletin(session, case, BulletinKind.OUTCOME, title="She is home", languages=("fa",))
    a_later_bulletin(session, case, BulletinKind.OUTCOME, BulletinState.APPROVED, title="Not public yet")
    session.commit()
    page = words(client.get("/en/outcomes"))
    assert "Released She is home" in page
    assert "Not public yet" not in page
    assert "Nobody has signed yet" not in page
    assert "She is home (fa)" in words(client.get("/fa/outcomes"))
    closed = words(client.get(f"/en/ua/{number_of(case)}"))
    assert "Until when it helps" not in closed
    assert "Nobody has signed yet" not in closed
