"""Pages that are kept for a second: for everyone the same, and never more than that."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core.tokens import Purpose, mint
from alerts.participation.service import act, stranger
from alerts.web.bridge import Bridge
from alerts.web.crowd import Crowd
from alerts.web.front import Front
from alerts.web.kept import Keeping, Pages
from tests.builders import an_urgent_action
from tests.web.asking import Visitor
from tests.web.pages import number_of, words
from tests.web.test_sign import filled_in

LONG = 100.0


async def _nothing(_: object) -> dict[int, object]:
    return {}


@pytest.fixture
def keeping(app: Flask, session: Session) -> Visitor:
    """A visitor of a site that keeps its pages for long, so that a test sees what is kept."""
    pages = Pages(LONG)
    behind = Bridge(Keeping(app.wsgi_app, pages), largest=100_000)
    return Visitor(Front(behind, pages, asked=Crowd(_nothing), signed=Crowd(_nothing)))  # type: ignore[arg-type]


def test_a_page_is_made_once_and_each_answer_has_its_own_id(session: Session, keeping: Visitor) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    first = keeping.get("/en/")
    act(session, case.id, stranger(email="a@mail.example", name="A", country="DE", language="en"))
    session.commit()
    second = keeping.get("/en/")
    assert (second.data, second.status_code) == (first.data, 200)
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert {h for h in second.headers if h[0].lower() != "x-request-id"} == {
        h for h in first.headers if h[0].lower() != "x-request-id"
    }
    assert "1 person has signed" in words(keeping.get("/en/?x=1")), "an address with a query is asked of the app"


def test_each_language_and_each_reader_s_wish_has_its_own(keeping: Visitor) -> None:
    for asked in ("fa", "ru", "fa"):
        page = keeping.get("/", headers={"Accept-Language": asked})
        assert f'<html lang="{asked}"' in page.text
        assert "Accept-Language" in page.headers["Vary"]
    assert '<html lang="es"' in keeping.get("/es/").text


def test_a_form_that_is_sent_is_never_answered_from_what_is_kept(
    session: Session, keeping: Visitor, app: Flask
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    path = f"/en/ua/{number_of(case)}"
    assert keeping.get(path).status_code == 200
    case.state = CaseState.WITHDRAWN.value
    session.commit()
    assert keeping.get(path).status_code == 200, "for as long as pages are kept"
    assert keeping.post(path, data=filled_in(app)).status_code == 410


def test_what_belongs_to_one_person_is_not_kept(session: Session, keeping: Visitor) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    made = act(session, case.id, stranger(email="a@mail.example", name="Ana Berg", country="DE", language="en"))
    session.commit()
    link = f"/r/{mint(Purpose.RECEIPT, made)}"
    assert "Your name is on the letter" in words(keeping.get(link))
    keeping.post(link)
    assert "Your name is on the letter" not in words(keeping.get(link))


def test_what_does_not_exist_is_not_kept(session: Session, keeping: Visitor) -> None:
    assert keeping.get("/en/ua/1-26").status_code == 404
    an_urgent_action(session, CaseState.PUBLISHED)
    number = session.scalar(text("SELECT sequence || '-' || lpad((year % 100)::text, 2, '0') FROM urgent_actions"))
    session.commit()
    assert keeping.get(f"/en/ua/{number}").status_code == 200
