"""A supporter's own page: reached by mail, open to its owner only, and everything on it can be taken back or away."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.tokens import Purpose, mint
from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.site import Site
from alerts.delivery.transport import Answer, Outcome, Verdict
from alerts.extensions import current_site
from alerts.participation.asking import ask_for_page, pages_due, send_page_link
from alerts.participation.models import PageRequest, Participation, ParticipationState
from alerts.participation.service import Person, act, ask_to_confirm, stranger
from alerts.suppression.models import Suppression
from tests.builders import an_urgent_action
from tests.web.pages import follow, words
from tests.web.test_sign import filled_in


class Recorder:
    """Takes every mail and remembers whom it was for."""

    name = key = "recorder"
    window = 20
    resend_unknown = False

    def __init__(self) -> None:
        self.emails: list[str] = []

    def hand_over(self, _compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        self.emails += [recipient.email for recipient in recipients]
        return Outcome([Answer(Verdict.ACCEPTED) for _ in recipients])

    def check(self) -> Answer:
        return Answer(Verdict.ACCEPTED)

    def close(self) -> None: ...


ANA = "ana@mail.example"


def person(email: str = ANA, name: str = "Ana Example") -> Person:
    return stranger(email=email, name=name, country="GT", language="en")


def page_of(email: str = ANA) -> str:
    token = mint(Purpose.MINE, 0, expires=clock.now() + timedelta(days=1), extra=address_hash(email))
    return f"/m/{token}"


def requests_kept(session: Session) -> list[PageRequest]:
    session.expire_all()
    return list(session.scalars(select(PageRequest)))


def test_the_page_shows_what_its_owner_did_and_nothing_of_anybody_else(session: Session, client: FlaskClient) -> None:
    first, second = (an_urgent_action(session, CaseState.PUBLISHED) for _ in range(2))
    act(session, first.id, person())
    ask_to_confirm(session, second.id, person())
    act(session, first.id, person("ben@mail.example", "Ben Other"))
    session.commit()
    page = client.get(page_of())
    said = words(page)
    assert first.number in said
    assert "Waits until you confirm it by mail" in said
    assert "A•••• E., Guatemala" in said
    assert "Ben" not in page.text
    assert ANA not in page.text


def test_a_case_that_was_taken_down_stays_a_number(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    act(session, case.id, person())
    case.state = CaseState.WITHDRAWN.value
    session.commit()
    page = client.get(page_of())
    assert case.number in words(page)
    assert "Defend the lawyer" not in page.text
    assert "Defend the lawyer" not in client.get(f"{page_of()}/export.json").text


def test_each_act_can_be_taken_back_by_its_owner_only(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    mine = act(session, case.id, person())
    session.commit()
    assert client.post(f"{page_of('ben@mail.example')}/withdraw/{mine}").status_code == 404
    assert client.post(f"{page_of()}/withdraw/{2**63}").status_code == 404
    assert session.get_one(Participation, mine, populate_existing=True).state == ParticipationState.CONFIRMED
    assert "There is nothing here" in words(follow(client, f"{page_of()}/withdraw/{mine}"))
    assert session.get_one(Participation, mine, populate_existing=True).email is None


def test_everything_can_be_taken_away_and_no_cell_is_a_formula(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    act(session, case.id, person(name="=1+1 Ana"))
    session.commit()
    kept = json.loads(client.get(f"{page_of()}/export.json").text)
    assert (kept["acts"][0]["case"], kept["acts"][0]["email"], kept["alerts"]) == (case.number, ANA, None)
    (row,) = csv.DictReader(io.StringIO(client.get(f"{page_of()}/export.csv").text))
    assert (row["name"], row["email"], row["kinds"]) == ("'=1+1 Ana", ANA, "sign")


def test_deleting_everything_takes_a_second_press_that_nothing_shows_beforehand(client: FlaskClient) -> None:
    folded = re.search(r"<details class=\"danger[^>]*>(.*?)</details>", client.get(page_of()).text, re.DOTALL)
    assert folded
    assert "open" not in folded[0].partition(">")[0]
    said, _, last = folded[1].partition("</summary>")
    assert "Delete everything…" in said
    assert "This cannot be undone" in last
    assert f'action="{page_of()}/delete"' in last
    assert client.get(page_of()).text.count("/delete") == 1


def test_deleting_everything_leaves_one_number_that_keeps_mail_away(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    act(session, case.id, person())
    session.commit()
    assert "Everything is deleted" in words(client.post(f"{page_of()}/delete"))
    session.expire_all()
    (gone,) = session.scalars(select(Participation))
    assert (gone.name, gone.email, gone.country, gone.letter, gone.town) == (None,) * 5
    assert session.get(Suppression, address_hash(ANA)) is not None
    assert "There is nothing here" in words(client.get(page_of()))
    assert client.post(f"{page_of()}/delete").status_code == 200, "twice is once"


def test_the_address_that_is_left_in_the_browser_after_deleting_leads_to_the_page_and_deletes_nothing(
    session: Session, client: FlaskClient
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    mine = act(session, case.id, person())
    session.commit()
    answer = client.get(f"{page_of()}/delete?lang=fa")
    assert answer.status_code == 303
    assert 'lang="fa"' in client.get(answer.location).text
    assert session.get_one(Participation, mine, populate_existing=True).email == ANA
    client.post(f"{page_of()}/delete")
    assert "There is nothing here" in words(client.get(f"{page_of()}/delete", follow_redirects=True))


def test_an_old_or_forged_link_says_nothing(session: Session, client: FlaskClient) -> None:
    old = mint(Purpose.MINE, 0, expires=clock.now() - timedelta(minutes=2), extra=address_hash(ANA))
    nobody = mint(Purpose.MINE, 0, extra=b"short")
    for token in (old, nobody, mint(Purpose.LEAVE, 0, extra=address_hash(ANA)), "x"):
        for path in (f"/m/{token}", f"/m/{token}/export.json", f"/m/{token}/delete"):
            assert "This link does not work" in words(client.get(path))
        assert client.post(f"/m/{token}/delete").status_code == 404


def test_the_form_answers_and_keeps_the_same_for_known_and_unknown(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    act(session, case.id, person())
    session.commit()
    answers = [client.post("/en/my", data=filled_in(app, email=email)) for email in (ANA, "nobody@mail.example")]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/en/my/check-mail")}
    assert [asked.state for asked in requests_kept(session)] == ["due", "due"]


def test_no_robot_and_no_bad_address_asks(session: Session, client: FlaskClient, app: Flask) -> None:
    assert client.post("/en/my", data=filled_in(app, website="x")).status_code == 303
    wrong = client.post("/en/my", data=filled_in(app, email="ana at"))
    assert wrong.status_code == 422
    assert 'value="ana at"' in wrong.text
    assert client.post("/en/my", data=filled_in(app), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert requests_kept(session) == []


def test_asking_again_and_again_sends_one_mail(session: Session) -> None:
    for _ in range(3):
        ask_for_page(session, email=ANA, language="en")
    assert len(pages_due(session)) == 1


@pytest.fixture
def here(app: Flask) -> Site:
    with app.app_context():
        return current_site()


def test_only_whoever_is_known_and_not_gone_gets_the_mail(session: Session, here: Site) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    act(session, case.id, person())
    act(session, case.id, person("gone@mail.example"))
    session.add(Suppression(address_hash=address_hash("gone@mail.example"), reason="left", at=clock.now()))
    for email in (ANA, "gone@mail.example", "nobody@mail.example"):
        ask_for_page(session, email=email, language="fa")
    transport = Recorder()
    for request_id in pages_due(session):
        send_page_link(session, transport, request_id, site=here, commit=session.commit)
    assert transport.emails == [ANA]
    assert {(asked.state, asked.email) for asked in requests_kept(session)} == {("done", None)}
    assert pages_due(session) == []
