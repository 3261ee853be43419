"""Who may open what: every page of the console, for every role, and for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from alerts.actions.states import CaseState
from alerts.organisers import Permission, Role
from alerts.organisers.permissions import ALLOWED, SYSTEM
from alerts.organisers.service import add_organiser
from alerts.web.access import requirement
from tests.builders import a_later_bulletin, an_urgent_action
from tests.campaigns.scenes import a_page_at
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.mailings.scenes import Launch, people

PASSWORD = "four words and more"


def _rules(app: Flask) -> Iterator[tuple[Rule, Permission]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console."):
            needed = requirement(app, rule.endpoint)
            assert needed is not None, f"{rule.endpoint} is public"
            yield rule, needed


def _values(session: Session) -> dict[str, Any]:
    people(session, 3)
    mailing = Launch(session)
    case = an_urgent_action(session, CaseState.APPROVED, languages=("en", "ar"))
    later = a_later_bulletin(session, mailing.case, languages=("en", "ar"))
    page = a_page_at(session, "amal-sabri")
    ids = {
        "case_id": case.id,
        "bulletin_id": later.id,
        "defender_id": case.defender_id,
        "target_id": case.target_id,
        "mailing_id": mailing.id,
        "campaign_id": page.campaign_id,
        "revision_id": page.id,
    }
    return ids | {"language": "ar", "variant": 0, "way": "handed-over", "block": "hero", "step": "down", "version": 1}


def _address(app: Flask, rule: Rule, values: dict[str, Any]) -> str:
    with app.test_request_context():
        needed = {name: values[name] for name in rule.arguments}
        built = app.url_map.bind("localhost").build(rule.endpoint, needed)
    assert isinstance(built, str)
    return built


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_what_it_may_and_nothing_else(app: Flask, session: Session, at_desk: Desk, role: Role) -> None:
    values, desk = _values(session), at_desk(role)
    for rule, needed in _rules(app):
        address, allowed = _address(app, rule, values), needed in ALLOWED[role]
        if "GET" in (rule.methods or ()):
            answer = desk.get(address)
            wanted = {200, 303, 404} if allowed else {403}
            assert answer.status_code in wanted, (address, answer.status_code)
            if not allowed:
                assert f"may not {needed.value}" in whole(answer)
        if "POST" in (rule.methods or ()) and not allowed:
            assert desk.post(address).status_code == 403, address


def test_every_page_is_whole_html(app: Flask, session: Session, at_desk: Desk) -> None:
    values, desk = _values(session), at_desk(*Role)
    fragments = {"console.mailing_progress", "console.mail"}
    read = 0
    for rule, _ in _rules(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint in fragments:
            continue
        answer = desk.get(_address(app, rule, values))
        if answer.status_code == 200 and answer.mimetype == "text/html":
            whole(answer)
            read += 1
    assert read > 20


def test_nobody_is_shown_anything_without_signing_in(app: Flask, session: Session, client: FlaskClient) -> None:
    values = _values(session)
    for rule, _ in _rules(app):
        address = _address(app, rule, values)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(address, method=method)
            assert answer.status_code == 303, (method, address)
            assert answer.location.startswith("/console/sign-in?next="), answer.location


def test_a_press_after_the_session_ended_leads_back_to_a_page_that_can_be_read(client: FlaskClient) -> None:
    somewhere = "/console/cases/018f0000-0000-7000-8000-000000000000"
    assert client.post(f"{somewhere}/submit").location.endswith("next=/console/")
    assert client.post(f"{somewhere}/facts").location.endswith(f"next={somewhere}/facts")


def test_signing_in_opens_the_console_and_signing_out_closes_it(session: Session, client: FlaskClient) -> None:
    add_organiser(session, SYSTEM, email="ana@office.example", name="Ana", password=PASSWORD, roles=[Role.AUTHOR])
    session.commit()

    assert whole(client.get("/console/sign-in"))
    typed = {"email": "ana@office.example", "password": PASSWORD}
    answer = client.post("/console/sign-in?next=/console/cases", data=typed)

    assert (answer.status_code, answer.location) == (303, "/console/cases")
    page = whole(client.get("/console/"))
    assert "Ana" in page
    assert "author" in page
    assert client.get("/console/sign-out").status_code == 405
    assert client.post("/console/sign-out").status_code == 303
    assert client.get("/console/").status_code == 303


def test_any_wrong_sign_in_reads_the_same(session: Session, client: FlaskClient) -> None:
    add_organiser(session, SYSTEM, email="ana@office.example", name="Ana", password=PASSWORD, roles=[Role.AUTHOR])
    session.commit()
    tries = [("ana@office.example", "wrong"), ("nobody@office.example", "wrong"), ("no address", ""), ("", "")]

    answers = [client.post("/console/sign-in", data={"email": email, "password": word}) for email, word in tries]

    assert {answer.status_code for answer in answers} == {422}
    pages = {whole(answer).replace(email, "") for answer, (email, _) in zip(answers, tries, strict=True)}
    assert len(pages) == 1
    assert "That did not work." in pages.pop()


def test_a_form_without_its_token_changes_nothing(
    app: Flask, session: Session, at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = an_urgent_action(session)
    desk = at_desk(Role.AUTHOR)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert desk.post(f"/console/cases/{case.id}/submit").status_code == 400
    session.expire_all()
    assert case.state == CaseState.DRAFT


@pytest.mark.usefixtures("rate_limits")
def test_guessing_passwords_is_stopped_after_a_few_tries(client: FlaskClient) -> None:
    typed = {"email": "ana@office.example", "password": "guess"}

    answers = [client.post("/console/sign-in", data=typed).status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]
    assert client.get("/console/sign-in").status_code == 200


@pytest.mark.usefixtures("rate_limits")
def test_one_account_is_guarded_against_tries_from_many_places(client: FlaskClient) -> None:
    typed = {"email": "Ana@office.example", "password": "guess"}

    answers = [
        client.post("/console/sign-in", data=typed, environ_overrides={"REMOTE_ADDR": f"192.0.2.{place}"}).status_code
        for place in range(21)
    ]

    assert answers == [422] * 20 + [429]
