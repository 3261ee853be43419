"""Pages that are kept for a second: for everyone the same, and never more than that."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.app import create_app
from alerts.core.looks import Looks
from alerts.core.tokens import Purpose, mint
from alerts.participation.service import act, stranger
from alerts.web.kept import KeptPages
from config import Settings
from tests.builders import an_urgent_action
from tests.support.databases import engine_of
from tests.web.pages import number_of, words
from tests.web.test_sign import filled_in

LONG = 100.0


@pytest.fixture
def keeping(app: Flask, session: Session) -> Iterator[FlaskClient]:
    """A visitor of a site that keeps its pages for long, so that a test sees what is kept."""
    whole = app.wsgi_app
    app.wsgi_app = KeptPages(whole, LONG, {})  # type: ignore[method-assign,assignment]
    yield app.test_client()
    app.wsgi_app = whole  # type: ignore[method-assign]


def test_a_page_is_made_once_and_each_answer_has_its_own_id(session: Session, keeping: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    first = keeping.get("/en/")
    act(session, case.id, stranger(email="a@mail.example", name="A", country="DE", language="en"))
    session.commit()
    second = keeping.get("/en/")
    assert (second.data, second.status_code) == (first.data, 200)
    own = {"X-Request-ID", "Date"}
    assert {h for h in second.headers.items() if h[0] not in own} == {
        h for h in first.headers.items() if h[0] not in own
    }
    assert "1 person has signed" in words(keeping.get("/en/?x=1")), "an address with a query is asked of the app"


def test_each_language_and_each_reader_s_wish_has_its_own(session: Session, keeping: FlaskClient) -> None:
    for asked in ("fa", "ru", "fa"):
        page = keeping.get("/", headers={"Accept-Language": asked})
        assert f'<html lang="{asked}"' in page.text
        assert "Accept-Language" in page.headers["Vary"]
    assert '<html lang="es"' in keeping.get("/es/").text


def test_a_form_that_is_sent_is_never_answered_from_what_is_kept(
    session: Session, keeping: FlaskClient, app: Flask
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    path = f"/en/ua/{number_of(case)}"
    assert keeping.get(path).status_code == 200
    case.state = CaseState.WITHDRAWN.value
    session.commit()
    assert keeping.get(path).status_code == 200, "for as long as pages are kept"
    assert keeping.post(path, data=filled_in(app)).status_code == 410


def test_what_belongs_to_one_person_is_not_kept(session: Session, keeping: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, stranger(email="a@mail.example", name="Ana Berg", country="DE", language="en"))
    session.commit()
    link = f"/r/{mint(Purpose.RECEIPT, made)}"
    assert "Your name is on the letter" in words(keeping.get(link))
    keeping.post(link)
    assert "Your name is on the letter" not in words(keeping.get(link))


def test_what_does_not_exist_is_not_kept(session: Session, keeping: FlaskClient) -> None:
    assert keeping.get("/en/ua/1-26").status_code == 404
    an_urgent_action(session, CaseState.PUBLISHED)
    number = session.scalar(text("SELECT sequence || '-' || lpad((year % 100)::text, 2, '0') FROM urgent_actions"))
    session.commit()
    assert keeping.get(f"/en/ua/{number}").status_code == 200


def test_a_look_stands_alone_and_what_it_did_is_committed(app: Flask) -> None:
    engine = engine_of(app)
    looks = Looks(engine)
    assert looks.first_row("SELECT %(one)s + 1", {"one": 1}) == (2,)
    assert looks.first_row("SELECT pg_current_xact_id_if_assigned() IS NULL", {}) == (True,)
    looks.close()
    assert looks.first_row("SELECT 3", {}) == (3,), "the next look opens a connection again"
    looks.close()


def test_a_look_whose_connection_was_cut_fails_once_and_the_next_has_another(app: Flask, settings: Settings) -> None:
    looks = Looks(engine_of(app))
    (backend,) = looks.first_row("SELECT pg_backend_pid()", {}) or (0,)
    with psycopg.connect(settings.database_url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", (backend,))
    with pytest.raises(psycopg.OperationalError):
        looks.first_row("SELECT 1", {})
    assert looks.first_row("SELECT 1", {}) == (1,)
    looks.close()


@pytest.mark.usefixtures("app")
def test_a_connection_that_was_cut_while_it_lay_idle_is_not_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.core.db.IDLE", -1.0)  # so that each counts as idle at once
    engine = engine_of(create_app(settings, steady=True))
    with engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(settings.database_url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", (backend,))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != backend
    engine.dispose()
