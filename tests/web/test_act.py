"""The way from a mail's link to a counted act, and back."""

from __future__ import annotations

from datetime import timedelta

import html5lib
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.core.tokens import Purpose, mint
from alerts.participation.models import Participation
from alerts.participation.queries import count
from alerts.participation.service import Person, act
from tests.web.pages import Alert, an_alert, follow, number_of, state_of, words


def shut(session: Session, alert: Alert, state: CaseState) -> None:
    alert.case.state = state.value
    alert.case.ended_at = clock.now()
    session.commit()


def test_the_form_is_complete_and_names_the_person_masked(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    answer = client.get(alert.act_link())
    said = words(answer)
    assert answer.status_code == 200
    assert "Defend the lawyer!" in said
    assert "Protect her." in said
    assert "Attorney General" in said
    assert "E•••• M., Germany" in said
    assert "Not you?" in said
    assert "I call on you to protect her." in said
    assert str(alert.people[0].email) not in answer.text
    assert "Elena Morgen" not in answer.text


def test_one_press_acts_and_a_second_shows_the_same_receipt(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    first, second = client.post(alert.act_link()), client.post(alert.act_link())
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    receipt = client.get(first.location)
    assert "Your name is on the letter" in words(receipt)
    assert count(session, alert.case.id) == 1


def test_opening_links_changes_nothing_however_often(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session, 3)
    session.commit()
    before = state_of(session)
    for _ in range(2):
        for index in range(3):
            for path in (alert.act_link(index), alert.leave_link(index)):
                assert client.get(path).status_code == 200
                assert client.head(path).status_code == 200
    assert state_of(session) == before


def test_a_withdrawn_name_is_gone_and_not_counted(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    receipt = client.post(alert.act_link()).location
    gone = follow(client, receipt)
    assert "Your name is withdrawn" in words(gone)
    assert count(session, alert.case.id) == 0
    assert "Your name is withdrawn" in words(client.get(receipt))


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (CaseState.CLOSED, "This case is closed"),
        (CaseState.HELD, "This case is not shown at the moment"),
        (CaseState.WITHDRAWN, "This case was taken down"),
    ],
)
def test_a_case_that_ended_answers_410_and_takes_no_name(
    session: Session, client: FlaskClient, state: CaseState, says: str
) -> None:
    alert, other = an_alert(session), an_alert(session)
    shut(session, alert, state)
    for answer in (client.get(alert.act_link()), client.post(alert.act_link())):
        assert answer.status_code == 410
        assert says in words(answer)
        assert number_of(other.case) in answer.text, "what is still open is offered"
    assert count(session, alert.case.id) == 0


def test_an_expired_link_says_that_the_deadline_has_passed(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    alert.case.deadline = clock.now() - timedelta(hours=2)
    session.commit()
    for answer in (client.get(alert.act_link()), client.post(alert.act_link())):
        assert answer.status_code == 410
        assert "The deadline has passed" in words(answer)
    assert count(session, alert.case.id) == 0


def test_one_may_withdraw_from_a_case_that_was_taken_down(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    receipt = client.post(alert.act_link()).location
    shut(session, alert, CaseState.WITHDRAWN)
    page = client.get(receipt)
    assert page.status_code == 410
    assert "Withdraw my name" in words(page)
    assert "Defend the lawyer" not in page.text
    assert "Your name is withdrawn" in words(follow(client, receipt))


def test_forged_cut_and_misused_links_get_one_page(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    session.commit()
    before = state_of(session)
    token = alert.act_link()[3:]
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    nobody = mint(Purpose.ACT, 999_999_999)
    bad = [f"/{letter}/{text}" for letter in "aurk" for text in (forged, token[:-4], "x", "é", "A" * 500)]
    bad += [f"/u/{token}", f"/r/{token}", f"/k/{token}", f"/a/{nobody}", f"/u/{mint(Purpose.LEAVE, 1, extra=b'short')}"]
    pages = {words(answer) for path in bad for answer in (client.get(path), client.post(path))}
    assert len(pages) == 1
    assert "This link does not work" in pages.pop()
    assert all(client.get(path).status_code == 404 for path in bad)
    assert state_of(session) == before


def test_pages_behind_tokens_are_kept_from_caches_referrers_and_indexes(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    receipt = client.post(alert.act_link()).location
    for path in (alert.act_link(), alert.leave_link(), receipt, "/a/x"):
        headers = client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"
        assert "Set-Cookie" not in headers


def test_not_you_leads_to_the_empty_form(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    assert f"/en/ua/{number_of(alert.case)}#sign" in client.get(alert.act_link()).text
    page = client.get(f"/en/ua/{number_of(alert.case)}")
    assert "Morgen" not in page.text


def test_whoever_has_no_name_with_us_may_give_one(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session, name=None)
    assert "Your name, if it may stand on the letter" in words(client.get(alert.act_link()))
    receipt = client.post(alert.act_link(), data={"name": "  Nadia   Ruiz "}).location
    assert "N•••• R." in words(client.get(receipt))


def test_whoever_left_since_gets_the_empty_form(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    client.post(alert.leave_link())
    for answer in (client.get(alert.act_link()), client.post(alert.act_link())):
        assert answer.status_code == 303
        assert answer.location.endswith(f"/ua/{number_of(alert.case)}#sign")
    assert count(session, alert.case.id) == 0


def test_the_page_speaks_the_language_of_the_mail_and_another_when_asked(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session, language="fa")
    assert '<html lang="fa" dir="rtl">' in client.get(alert.act_link()).text
    assert '<html lang="en" dir="ltr">' in client.get(alert.act_link() + "?lang=en").text


def test_the_next_case_is_offered_and_never_one_that_was_acted_on(session: Session, client: FlaskClient) -> None:
    first, other = an_alert(session), an_alert(session)
    offered = f'href="/en/ua/{number_of(other.case)}#sign"'
    receipt = client.post(first.act_link()).location
    assert offered in client.get(receipt).text
    person = first.people[0]
    act(session, other.case.id, Person(person.address_hash, person.email or "", person.name, "DE", "en"))
    session.commit()
    assert offered not in client.get(receipt).text


def test_cases_one_has_acted_on_are_marked_where_a_link_leads_to_a_case_that_ended(
    session: Session, client: FlaskClient
) -> None:
    alert, other = an_alert(session), an_alert(session)
    me = alert.people[0]
    act(session, other.case.id, Person(me.address_hash, str(me.email), me.name, me.country, "en"))
    shut(session, alert, CaseState.CLOSED)
    assert "You have signed" in words(client.get(alert.act_link()))
    assert "You have signed" not in words(client.get(f"/en/ua/{number_of(alert.case)}"))


def test_a_letter_or_a_name_that_is_too_long_is_said_and_nothing_typed_is_lost(
    session: Session, client: FlaskClient
) -> None:
    alert = an_alert(session, name=None)
    letter, name = "Dear sir, " + "x" * 8000, "Ana " + "y" * 117
    for typed, field in (({"letter": letter, "name": "Ana"}, "own-letter"), ({"name": name}, "name")):
        answer = client.post(alert.act_link(), data=typed)
        assert answer.status_code == 422
        html5lib.HTMLParser(strict=True).parse(answer.text.lstrip())
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text
        for value in typed.values():
            assert value in answer.text
    assert count(session, alert.case.id) == 0
    fits = client.post(alert.act_link(), data={"letter": letter[:8000], "name": "Ana"})
    assert fits.status_code == 303
    session.expire_all()
    (made,) = session.scalars(select(Participation))
    assert (made.letter, made.name) == (letter[:8000], "Ana")
