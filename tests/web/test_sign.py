"""The form for people who came without a mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.core.tokens import Purpose, mint
from alerts.limits import _line
from alerts.participation.models import Participation, ParticipationState
from alerts.participation.queries import count
from tests.builders import an_urgent_action
from tests.web.pages import follow, number_of, words


class Earlier(TimestampSigner):
    """Signs as a page did that was opened a minute ago."""

    seconds = 60

    def get_timestamp(self) -> int:
        return super().get_timestamp() - self.seconds


def filled_in(app: Flask, *, seconds: int = 60, **changed: str) -> dict[str, str]:
    signer = Earlier(app.config["SECRET_KEY"], salt="act-form")
    signer.seconds = seconds
    form = {"name": "Ana Example", "email": "ana@mail.example", "country": "GT", "website": ""}
    return form | {"opened": signer.sign("opened").decode()} | changed


def published(session: Session) -> UrgentAction:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    return case


def acts(session: Session) -> list[Participation]:
    session.expire_all()
    return list(session.scalars(select(Participation)))


def test_a_stranger_acts_once_the_mail_is_answered(session: Session, client: FlaskClient, app: Flask) -> None:
    case = published(session)
    answer = client.post(f"/en/ua/{number_of(case)}", data=filled_in(app))
    assert answer.status_code == 303
    assert "please look at your mail" in words(client.get(answer.location))
    (waiting,) = acts(session)
    assert (waiting.state, count(session, case.id)) == (ParticipationState.PENDING, 0)

    link = f"/k/{mint(Purpose.CONFIRM, waiting.id, expires=clock.now() + timedelta(days=1))}"
    assert "Yes, add my name" in words(client.get(link))
    assert count(session, case.id) == 0
    assert "Your name is on the letter" in words(follow(client, link))
    assert count(session, case.id) == 1
    assert "Your name is on the letter" in words(follow(client, link)), "pressed again: the same receipt"


def test_the_answer_is_the_same_whether_the_address_is_known(session: Session, client: FlaskClient, app: Flask) -> None:
    case = published(session)
    sent = [client.post(f"/en/ua/{number_of(case)}", data=filled_in(app)) for _ in range(2)]
    (waiting,) = acts(session)
    client.post(f"/k/{mint(Purpose.CONFIRM, waiting.id)}")
    sent.append(client.post(f"/en/ua/{number_of(case)}", data=filled_in(app)))
    assert {(answer.status_code, answer.location) for answer in sent} == {(303, sent[0].location)}
    assert count(session, case.id) == 1


def test_every_fault_is_said_once_beside_its_field_and_nothing_typed_is_lost(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    case = published(session)
    wrong = filled_in(app, name="  ", email="ana at mail", country="XX")
    answer = client.post(f"/en/ua/{number_of(case)}", data=wrong)
    assert answer.status_code == 422
    for name in ("name", "email", "country"):
        assert f'href="#{name}"' in answer.text
        assert f'aria-describedby="{name}-note"' in answer.text
    assert 'value="ana at mail"' in answer.text
    assert acts(session) == []


@pytest.mark.parametrize(
    "robot",
    [{"website": "http://x.example"}, {"seconds": 0}, {"opened": ""}, {"opened": "forged"}],
    ids=["trap", "too fast", "no stamp", "forged stamp"],
)
def test_a_robot_gets_the_answer_of_a_person_and_nothing_is_kept(
    session: Session, client: FlaskClient, app: Flask, robot: dict[str, str]
) -> None:
    case = published(session)
    answers = [
        client.post(f"/en/ua/{number_of(case)}", data=form)  # type: ignore[arg-type]
        for form in (filled_in(app, **robot), filled_in(app, email="ben@mail.example"))  # type: ignore[arg-type]
    ]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, answers[0].location)}
    assert [act.email for act in acts(session)] == ["ben@mail.example"]


def test_whoever_left_the_page_open_for_a_day_presses_once_more(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    case = published(session)
    answer = client.post(f"/en/ua/{number_of(case)}", data=filled_in(app, seconds=90_000))
    assert answer.status_code == 422
    assert "Press once more" in words(answer)
    assert acts(session) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://["},
        {"Origin": "http://[::1"},
    ],
)
def test_a_form_on_another_site_is_refused(
    session: Session, client: FlaskClient, app: Flask, headers: dict[str, str]
) -> None:
    case = published(session)
    assert client.post(f"/ua/{number_of(case)}", data=filled_in(app), headers=headers).status_code == 400
    assert acts(session) == []


def test_a_closed_case_takes_no_stranger(session: Session, client: FlaskClient, app: Flask) -> None:
    case = an_urgent_action(session, CaseState.CLOSED)
    session.commit()
    page = client.get(f"/en/ua/{number_of(case)}")
    assert page.status_code == 200
    assert "No more names are added" in words(page)
    assert client.post(f"/en/ua/{number_of(case)}", data=filled_in(app)).status_code == 410
    assert acts(session) == []


@pytest.mark.usefixtures("rate_limits")
def test_many_posts_from_one_place_are_slowed_down(session: Session, client: FlaskClient, app: Flask) -> None:
    case = published(session)
    answers = [client.post(f"/en/ua/{number_of(case)}", data=filled_in(app, email="x")) for _ in range(22)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert "That was very fast" in words(answers[-1])


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "not an address", False),
    ],
)
def test_rates_count_one_line_of_a_provider_as_one(first: str, second: str, one: bool) -> None:
    assert (_line(first) == _line(second)) is one


@pytest.mark.parametrize(
    "name",
    [
        "Visit https://evil.example now",
        "www.evil.example",
        "evil.example/now",
        "<script>alert(1)</script>",
        "ana@mail.example",
        "Z" + "\u0301" * 40,
        "\ufffd\ufffd Ana",
    ],
)
def test_what_is_no_name_is_mailed_to_nobody(app: Flask, session: Session, client: FlaskClient, name: str) -> None:
    case = published(session)
    answer = client.post(f"/en/ua/{number_of(case)}", data=filled_in(app, name=name))
    assert answer.status_code == 422
    assert "Write your name, as it should stand on the letter." in words(answer)
    assert acts(session) == []


@pytest.mark.parametrize(
    "name", ["María-José O’Neil", "Nguyễn Thị Ánh", "محمد بن سلمان", "J. R. R. Tolkien", "陳大文", "आरव शर्मा"]
)
def test_names_of_all_kinds_are_taken(app: Flask, session: Session, client: FlaskClient, name: str) -> None:
    case = published(session)
    assert client.post(f"/en/ua/{number_of(case)}", data=filled_in(app, name=name)).status_code == 303
    assert [act.name for act in acts(session)] == [name]


@pytest.mark.parametrize("place", ["ua", "embed"])
def test_who_posted_where_names_alone_are_taken_is_asked_for_the_name_with_what_was_typed(
    session: Session, client: FlaskClient, app: Flask, place: str
) -> None:
    case = published(session)
    path = f"/en/{place}/{number_of(case)}"
    answer = client.post(path, data=filled_in(app, kind="print"))
    assert answer.status_code == 422
    assert "Posted letters are not counted here" in words(answer)
    for typed in ('value="Ana Example"', 'value="ana@mail.example"', '<option value="GT" selected>'):
        assert typed in answer.text
    assert 'name="kind"' not in answer.text
    assert acts(session) == []
    assert client.post(path, data=filled_in(app)).status_code == 303
    assert [act.kinds for act in acts(session)] == [["sign"]]
