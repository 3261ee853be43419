"""Nobody's name goes under words that were not on their screen: who pressed on an old page is shown the new ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import request
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from alerts.actions.models import UrgentAction
from alerts.actions.publishing import hold
from alerts.actions.queries import PublicCase
from alerts.actions.states import ActKind
from alerts.actions.versions import take_down
from alerts.app import create_app
from alerts.core.text import text_from_markdown
from alerts.core.tokens import BadToken, Purpose, mint
from alerts.organisers import Role
from alerts.participation.models import Participation
from alerts.participation.queries import count
from alerts.participation.service import Doing, ask_to_confirm, stranger
from alerts.web.corrected import mark_of, read_by
from alerts.web.front import in_front_of
from config import Settings
from tests.actions.test_versions import WHY, corrected_again
from tests.builders import an_actor
from tests.support.databases import engine_of
from tests.web.asking import Visitor
from tests.web.pages import Alert, HasText, an_alert, words

NEW = "I call on you to protect her, and her sister."
SAID = "The words were corrected while this page was open"


@pytest.fixture
def alert(session: Session) -> Alert:
    """An alert to two people."""
    return an_alert(session, 2)


def correct(session: Session, case: UrgentAction, **changed: str) -> None:
    corrected_again(session, case, **({"letter": NEW} | changed))
    session.commit()


def address_of(page: HasText) -> str:
    """Where the button of the page leads."""
    found = re.search(r'<form (?:class="sign flow" )?method="post" action="([^"]+)"', page.text)
    assert found
    return found[1]


def editor(page: HasText) -> str:
    """What stands in the editor of the page."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert found
    return found[1]


def asked_again(answer: TestResponse) -> str:
    """The words of a page that asks again."""
    said = words(answer)
    assert answer.status_code == 409
    assert SAID in said
    assert WHY in said
    return said


def test_who_pressed_on_an_old_page_is_shown_what_changed_and_is_counted_once_they_press_again(
    session: Session, client: FlaskClient, alert: Alert
) -> None:
    pressed = address_of(client.get(alert.act_link()))
    correct(session, alert.case)
    answer = client.post(pressed)
    said = asked_again(answer)
    assert NEW in said
    assert "[added:" in said
    assert count(session, alert.case.id) == 0
    assert client.post(address_of(answer)).status_code == 303
    assert count(session, alert.case.id) == 1
    assert client.post(pressed).status_code == 303, "who has acted is shown the receipt"


def test_each_correction_is_shown_to_who_has_not_seen_it(session: Session, client: FlaskClient, alert: Alert) -> None:
    correct(session, alert.case)
    pressed = address_of(client.get(alert.act_link()))
    correct(session, alert.case, letter="Protect them.", correction="They are three.")
    said = words(answer := client.post(pressed))
    assert "They are three." in said
    assert WHY not in said
    assert client.post(address_of(answer)).status_code == 303


@pytest.mark.parametrize("changed", [{"letter": "I call on you to protect her. (en)", "summary": "Other words."}])
def test_a_correction_of_what_does_not_go_to_the_target_stops_nobody(
    session: Session, client: FlaskClient, alert: Alert, changed: dict[str, str]
) -> None:
    pressed = address_of(client.get(alert.act_link()))
    correct(session, alert.case, **changed)
    assert client.post(pressed).status_code == 303
    assert count(session, alert.case.id) == 1


def test_words_that_were_taken_down_are_not_shown_beside_the_new_ones(
    session: Session, client: FlaskClient, alert: Alert
) -> None:
    pressed, old = address_of(client.get(alert.act_link())), alert.case.bulletins[0].texts[0].letter
    correct(session, alert.case)
    take_down(session, an_actor(session, Role.SENDER), alert.case.id, "en", 1)
    session.commit()
    answer = client.post(pressed)
    assert answer.status_code == 409
    assert SAID in words(answer)
    assert text_from_markdown(old) not in words(answer)


def test_a_letter_that_was_typed_is_still_in_the_editor(session: Session, client: FlaskClient, alert: Alert) -> None:
    pressed = address_of(client.get(f"{alert.act_link()}/letter"))
    correct(session, alert.case)
    answer = client.post(pressed, data={"letter": "Dear Attorney General,\n\nI know her. Protect her."})
    asked_again(answer)
    assert "I know her. Protect her." in editor(answer)


def test_a_letter_nobody_changed_is_the_new_one_in_the_editor(
    session: Session, client: FlaskClient, alert: Alert
) -> None:
    page = client.get(f"{alert.act_link()}/letter")
    correct(session, alert.case)
    answer = client.post(address_of(page), data={"letter": editor(page)})
    asked_again(answer)
    assert NEW in editor(answer)


def test_a_letter_of_ones_own_wording_is_made_of_the_new_points(
    session: Session, client: FlaskClient, alert: Alert
) -> None:
    alert.case.kinds = [ActKind.WRITE.value]
    session.commit()
    page = client.get(alert.act_link())
    correct(session, alert.case, asks=("Protect both of them.",))  # type: ignore[arg-type]
    answer = client.post(address_of(page), data={"letter": editor(page)})
    asked_again(answer)
    assert "Protect both of them." in editor(answer)
    assert "Investigate the threats." not in editor(answer)


def test_who_posted_a_letter_is_not_asked_to_post_it_again(session: Session, client: FlaskClient, alert: Alert) -> None:
    alert.case.kinds = [ActKind.PRINT.value]
    session.commit()
    pressed = address_of(client.get(alert.act_link()))
    correct(session, alert.case)
    assert client.post(pressed).status_code == 303


def test_a_name_that_was_typed_is_still_in_its_field(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session, name=None)
    pressed = address_of(client.get(alert.act_link()))
    correct(session, alert.case)
    assert 'value="Eva &lt;Berg&gt;"' in client.post(pressed, data={"name": "Eva <Berg>"}).text


def test_who_confirms_on_an_old_page_is_shown_what_changed_first(
    session: Session, client: FlaskClient, alert: Alert
) -> None:
    ask_to_confirm(session, alert.case.id, stranger(email="a@mail.example", name="Ana", country="GT", language="en"))
    session.commit()
    link = f"/k/{mint(Purpose.CONFIRM, session.query(Participation.id).scalar())}"
    pressed = address_of(client.get(link))
    correct(session, alert.case)
    answer = client.post(pressed)
    asked_again(answer)
    assert count(session, alert.case.id) == 0
    assert client.post(address_of(answer)).status_code == 303
    assert count(session, alert.case.id) == 1


@pytest.mark.parametrize("did", [Doing(ActKind.WRITE, "Protect her."), Doing(ActKind.PRINT)])
def test_who_confirms_a_letter_of_their_own_or_one_they_posted_is_not_asked_again(
    session: Session, client: FlaskClient, alert: Alert, did: Doing
) -> None:
    person = stranger(email="a@mail.example", name="Ana", country="GT", language="en")
    ask_to_confirm(session, alert.case.id, person, did)
    session.commit()
    pressed = address_of(client.get(f"/k/{mint(Purpose.CONFIRM, session.query(Participation.id).scalar())}"))
    correct(session, alert.case)
    assert client.post(pressed).status_code == 303


def test_a_case_that_is_held_meanwhile_says_so(session: Session, client: FlaskClient, alert: Alert) -> None:
    correct(session, alert.case)
    pressed = address_of(client.get(alert.act_link()))
    hold(session, an_actor(session, Role.SENDER), alert.case.id, reason="A mistake.")
    session.commit()
    assert client.post(pressed).status_code == 410


@pytest.mark.parametrize("kind", ["a", "k"])
def test_where_a_button_leads_can_be_opened_and_leads_back(
    session: Session, client: FlaskClient, alert: Alert, kind: str
) -> None:
    correct(session, alert.case)
    link = alert.act_link() if kind == "a" else "/k/xyz"
    answer = client.get(f"{link}/1784000000000000?lang=fa")
    assert (answer.status_code, answer.location) == (303, f"{link}?lang=fa")


@pytest.mark.parametrize("junk", ["x", "-1", "1" * 18, "١٢", "1.5", "letter"])
def test_a_mark_that_we_never_gave_is_a_bad_link(client: FlaskClient, alert: Alert, junk: str) -> None:
    assert client.post(f"{alert.act_link()}/{junk}").status_code == 404


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(5000, 1, 1)))  # noqa: DTZ001 - of Hypothesis
def test_a_mark_says_the_moment_to_the_microsecond(at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    case = PublicCase.__new__(PublicCase)
    object.__setattr__(case, "corrected_at", at)
    assert read_by(mark_of(case) or "") == at


@given(st.text())
def test_any_mark_is_a_moment_or_refused(mark: str) -> None:
    try:
        assert read_by(mark) - read_by("") >= timedelta()
    except BadToken:
        assert not re.fullmatch("[0-9]{0,17}", mark)


@pytest.mark.usefixtures("app")
def test_the_same_holds_in_front_of_the_app(
    committed: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.web.kept.GONE_WITHIN", 60.0)  # a busy machine may need seconds for all this
    alert = an_alert(committed, 4)
    committed.commit()
    made = create_app(settings.model_copy(update={"page_seconds": 50.0}), steady=True)
    made.config["RATELIMIT_ENABLED"] = False
    behind = list[str]()
    made.before_request(lambda: behind.append(request.path))
    visitor = Visitor(in_front_of(made))
    visitor.post(alert.act_link(3))  # from here on presses are answered in front
    old = [address_of(visitor.get(alert.act_link(number))) for number in range(3)]
    correct(committed, alert.case)
    answers = visitor.post_all(old)
    assert {answer.status_code for answer in answers} == {409}
    assert count(committed, alert.case.id) == 1
    behind.clear()
    again = visitor.post_all([address_of(answer) for answer in answers])
    assert {answer.status_code for answer in again} == {303}
    assert count(committed, alert.case.id) == 4
    assert behind == [], "who read the words as they are now is answered in front"
    engine_of(made).dispose()
