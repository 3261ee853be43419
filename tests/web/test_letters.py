"""Readers and supporters are told how letters reach the target, and what became of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.actions.publishing import close
from alerts.actions.states import AppealsBy
from alerts.appeals.models import Appeal, Relay
from alerts.core import clock
from alerts.core.tokens import Purpose, mint
from alerts.organisers import Role
from alerts.participation.models import Participation, ShownAs
from tests.appeals.scenes import Scene, letters_go
from tests.builders import an_actor
from tests.web.pages import words


def receipt_of(client: FlaskClient, act: int) -> str:
    return words(client.get(f"/r/{mint(Purpose.RECEIPT, act)}"))


def case_page(client: FlaskClient, scene: Scene) -> str:
    return words(client.get(f"/en/ua/{scene.case.sequence}-{scene.case.year % 100}"))


def test_the_receipt_says_what_becomes_of_the_letter(session: Session, client: FlaskClient) -> None:
    with letters_go(session) as scene:
        waits, counted = scene.acts("Eva Berg", ago=timedelta()), scene.acts("Omar", shown=ShownAs.COUNTED)
        assert "In half an hour, or when its turn comes, your letter goes by mail" in receipt_of(client, waits)
        assert "no letter goes out in your name" in receipt_of(client, counted)
        gone = scene.acts("Ana Núñez")
        scene.turn()
        said = receipt_of(client, gone)
        assert "Your letter was handed to the mail on" in said
        assert "collects names until" not in said
        assert "1 person’s letter was handed to the mail." in case_page(client, scene)


@pytest.mark.parametrize(
    ("state", "said"),
    [("unknown", "We do not know whether your letter left"), ("returned", "Your letter came back")],
)
def test_the_receipt_never_says_more_than_is_known(
    session: Session, client: FlaskClient, state: str, said: str
) -> None:
    with letters_go(session) as scene:
        made = scene.acts()
        scene.turn()
        session.get_one(Appeal, made).state = state
        session.commit()
        assert said in receipt_of(client, made)


def test_an_office_that_refuses_is_shown_on_the_case_and_on_receipts(session: Session, client: FlaskClient) -> None:
    with letters_go(session) as scene:
        made = scene.acts()
        session.add(
            Relay(target_id=scene.target, state="refused", next_at=clock.now(), words="secret", since=clock.now())
        )
        session.commit()
        assert "This office refuses letters by mail" in receipt_of(client, made)
        page = case_page(client, scene)
        assert "This office has refused letters by mail since" in page
        assert "secret" not in page


def test_a_letter_that_was_not_brought_before_the_case_ended_is_said_so(session: Session, client: FlaskClient) -> None:
    with letters_go(session, AppealsBy.DIGEST) as scene:
        made = scene.acts(ago=timedelta())
        assert "with the names and letters of others" in receipt_of(client, made)
        close(session, an_actor(session, Role.SENDER), scene.case.id, reason="Over.")
        session.commit()
        assert "your letter was not brought before" in receipt_of(client, made)


def test_whether_the_office_may_answer_is_chosen_on_the_receipt_and_off_at_first(
    session: Session, client: FlaskClient
) -> None:
    with letters_go(session) as scene:
        made = scene.acts()
        token = mint(Purpose.RECEIPT, made)
        page = client.get(f"/r/{token}").text
        assert 'name="may_answer" value="1">' in page
        client.post(f"/r/{token}/name", data={"shown_as": "full", "may_answer": "1"})
        session.expire_all()
        assert session.get_one(Participation, made).may_answer
        assert 'name="may_answer" value="1" checked>' in client.get(f"/r/{token}").text
        client.post(f"/r/{token}/name", data={"shown_as": "counted", "may_answer": "1"})
        session.expire_all()
        assert not session.get_one(Participation, made).may_answer


def test_who_withdraws_hears_that_a_letter_cannot_be_called_back(session: Session, client: FlaskClient) -> None:
    with letters_go(session) as scene:
        made, never = scene.acts(), scene.acts("Omar", shown=ShownAs.COUNTED)
        scene.turn()
        for act in (made, never):
            client.post(f"/r/{mint(Purpose.RECEIPT, act)}")
        session.expire_all()
        assert "Your letter had left on" in receipt_of(client, made)
        assert "letter" not in receipt_of(client, never).partition("withdrawn")[2].replace("from this letter", "")
