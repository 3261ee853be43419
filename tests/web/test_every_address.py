"""Claims about every public address of one case that cannot be read: it says so, helps, and gives nothing away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from alerts.actions import later
from alerts.actions.publishing import hold, withdraw
from alerts.actions.states import BulletinKind, BulletinState, CaseState
from alerts.extensions import db
from alerts.organisers import Role
from tests.builders import a_later_bulletin, an_actor, an_urgent_action
from tests.web.pages import number_of, words

PAGES = ("/ua/{}", "/en/ua/{}", "/en/ua/{}/write", "/en/ua/{}/print", "/embed/{}", "/en/embed/{}")
AFTER_SENDING = ("/en/ua/{}/check-mail", "/en/embed/{}/check-mail")
ELSEWHERE = ("/en/", "/en/cases", "/en/outcomes", "/en/feed.atom", "/en/sitemap.xml", "/en/search?q=prison")
SECRETS = ("Amal Sabri", "Defend the lawyer", "another prison")


@pytest.mark.parametrize("take_down", [hold, withdraw])
def test_each_address_of_a_case_that_was_taken_down_says_so_and_shows_nothing_of_it(
    session: Session, client: FlaskClient, take_down: Callable[..., object]
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    a_later_bulletin(session, case)
    take_down(session, an_actor(session, Role.SENDER), case.id, reason="A fact is being checked.")
    session.commit()
    for path in (*PAGES, *AFTER_SENDING):
        page = client.get(path.format(number_of(case)), follow_redirects=True)
        assert page.status_code == 410, path
        assert not [secret for secret in SECRETS if secret in page.text], path
    for path in ("/en/ua/{}", "/en/ua/{}/write", "/en/embed/{}"):
        assert client.post(path.format(number_of(case)), data={}).status_code == 410, path
    assert client.get(f"/en/ua/{number_of(case)}/card.jpg").status_code in (404, 410)
    for path in ELSEWHERE:
        assert not [secret for secret in SECRETS if secret in client.get(path).text], path


def test_a_number_nobody_gave_gets_a_page_with_a_search_form(client: FlaskClient) -> None:
    for path in (*PAGES, *AFTER_SENDING):
        page = client.get(path.format("4321-26"), follow_redirects=True)
        assert page.status_code == 404, path
        assert 'action="/en/search"' in page.text, path
        assert "There is no such page" in words(page), path


@pytest.mark.parametrize("state", [one for one in BulletinState if one is not BulletinState.PUBLISHED])
def test_a_bulletin_that_is_not_published_is_read_nowhere(
    session: Session, client: FlaskClient, state: BulletinState
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    bulletin = a_later_bulletin(session, case, BulletinKind.STOP, state)
    session.commit()
    for path in (*PAGES, *ELSEWHERE):
        page = client.get(path.format(number_of(case)), follow_redirects=True)
        assert page.status_code == 200, path
        assert "another prison" not in page.text, path
    if state is BulletinState.APPROVED:
        later.publish_later(session, an_actor(session, Role.SENDER), bulletin.id)
        session.commit()
        assert "another prison" in client.get(f"/en/ua/{number_of(case)}").text
        assert number_of(case) in client.get("/en/search?q=prison").text


@pytest.mark.parametrize(
    "path",
    [
        "/en/defenders/a%00b",
        "/en/c/a%00b",
        "/en/ua/3-26%00",
        "/en/ua/3-26/version/2147483648",
        "/en/ua/3-26/version/99999999999999999999",
        "/portraits/00000000-0000-7000-8000-000000000000-999999999999.avif",
        "/en/ua/-1-26",
    ],
)
def test_an_address_that_nothing_can_have_is_not_there(session: Session, client: FlaskClient, path: str) -> None:
    an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    assert client.get(path, follow_redirects=True).status_code == 404


def test_a_fault_of_the_database_is_told_without_what_it_was_about(session: Session, app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as said:
        db.session.execute(text("SELECT 1 / length(replace(:name, :name, ''))"), {"name": "Ana Example"})
    assert "Ana Example" not in str(said.value)


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("/en", "/en/"),
        ("/fa?lang=fa", "/fa/?lang=fa"),
        ("/console", "/console/"),
        ("/en//ua//2-26", "/en/ua/2-26"),
        ("//en//", "/en/"),
    ],
)
@pytest.mark.parametrize("host", ["evil.example", "", "[", "evil.example/x"])
def test_an_address_written_otherwise_leads_on_within_the_site_whatever_its_host_is_called(
    client: FlaskClient, asked: str, there: str, host: str
) -> None:
    path, _, query = asked.partition("?")
    answer = client.get("/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": host})
    assert (answer.status_code, answer.location) == (308, there)
    assert host == "" or host not in answer.text
    assert "X-Request-ID" in answer.headers
    assert "Content-Security-Policy" in answer.headers
