"""The catcher's pages: safe to read any mail with, and readable by programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from alerts.catcher.pages import create_catcher_app
from alerts.catcher.server import ROOT
from alerts.catcher.store import Store
from tests.delivery.letters import a_person, an_alert

EVIL = (
    b"Subject: <script>alert(1)</script>\r\nContent-Type: text/html\r\n\r\n"
    b'<html><head></head><body><script>alert(1)</script><img src="https://spy.example/x.png"></body></html>'
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path)


@pytest.fixture
def browser(store: Store) -> FlaskClient:
    """A browser at the catcher's page."""
    return create_catcher_app(store, str(ROOT)).test_client()


def test_an_empty_catcher_says_what_to_do(browser: FlaskClient) -> None:
    assert "No mail yet. Launch an alert" in browser.get("/").text


def test_mails_are_listed_newest_first_and_page_by_page(store: Store, browser: FlaskClient) -> None:
    alert = an_alert()
    for number in range(1, 53):
        store.add(alert.fill(a_person(number)), [f"person{number}@mail.example"])
    first, second = browser.get("/").text, browser.get("/?page=1").text
    assert "1–50 of 52 mails" in first
    assert first.index("person52@") < first.index("person51@")
    assert "person2@" not in first
    assert "Older" in first
    assert "51–52 of 52 mails" in second
    assert "person1@" in second
    assert "Older" not in second
    assert "No mail fits" in browser.get("/?page=99").text
    assert "1–1 of 1 mail" in browser.get("/?to=person17@").text
    assert "1–50 of" in browser.get("/?page=nonsense").text


def test_a_mail_is_shown_with_links_that_can_be_followed(store: Store, browser: FlaskClient) -> None:
    person = a_person(3)
    mail = store.add(an_alert().fill(person), [person.email])
    page = browser.get(f"/mail/{mail.id}").text
    assert f'href="{person.slots["act_url"]}"' in page
    assert "List-Unsubscribe-Post" in page
    assert f'src="/mail/{mail.id}/html"' in page
    assert '<base target="_blank">' in browser.get(f"/mail/{mail.id}/html").text
    assert browser.get(f"/mail/{mail.id}/raw").data == mail.raw()


def test_no_script_runs_and_nothing_is_loaded_from_a_mail(store: Store, browser: FlaskClient) -> None:
    mail = store.add(EVIL, ["a@mail.example"])
    for path in ("/", f"/mail/{mail.id}"):
        page = browser.get(path)
        assert "<script>" not in page.text
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    sheet = browser.get(f"/mail/{mail.id}/html").headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in sheet
    assert "allow-scripts" not in sheet
    assert "script-src" not in sheet
    assert "img-src data:;" in sheet
    assert browser.get(f"/mail/{mail.id}/raw").headers["X-Content-Type-Options"] == "nosniff"


def test_programs_read_the_same(store: Store, browser: FlaskClient) -> None:
    people = [a_person(number) for number in (1, 2, 3)]
    for person in people:
        store.add(an_alert().fill(person), [person.email])
    listed = browser.get("/api/messages?to=person&limit=2").get_json()
    assert listed["total"] == 3
    assert [one["to"] for one in listed["messages"]] == [[people[2].email], [people[1].email]]
    whole = browser.get(f"/api/messages/{listed['messages'][0]['id']}").get_json()
    assert whole["headers"]["Message-ID"] == "<d3@we-defend.example>"
    assert people[2].slots["act_url"] in whole["text"]
    assert people[2].slots["act_url"] in whole["html"]
    assert browser.get("/api/messages?limit=-1").get_json()["messages"] == []
    assert browser.delete("/api/messages").get_json() == {"removed": 3}
    assert browser.get("/api/messages").get_json() == {"messages": [], "total": 0}


@pytest.mark.parametrize("raw", [b"", b"Subject: =?utf-8?b?broken\r\nFrom: <<>>,;:\r\nTo: @@\r\n\r\nbody"])
def test_a_mail_that_is_hardly_one_is_shown_all_the_same(store: Store, browser: FlaskClient, raw: bytes) -> None:
    mail = store.add(raw, ["a@mail.example"])
    for path in ("/", f"/mail/{mail.id}", f"/mail/{mail.id}/html", f"/mail/{mail.id}/raw", f"/api/messages/{mail.id}"):
        assert browser.get(path).status_code == 200


def test_a_mail_that_is_gone_is_said_to_be(store: Store, browser: FlaskClient) -> None:
    mail = store.add(EVIL, ["a@mail.example"])
    mail.file.unlink()
    for path in ("/mail/nothing", f"/mail/{mail.id}", f"/mail/{mail.id}/raw"):
        page = browser.get(path)
        assert (page.status_code, "There is no such mail" in page.text) == (404, True)
    assert browser.get("/api/messages/nothing").get_json() == {"error": "There is no such mail."}
