"""An action in somebody else's page: framed by whom the setting names, acting by itself, off when the case is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.app import create_app
from alerts.participation.models import Participation
from config import Settings
from tests.builders import an_urgent_action
from tests.support.browser import listening
from tests.support.databases import engine_of
from tests.web.pages import number_of, words
from tests.web.test_sign import acts, filled_in, published

ANCESTORS = "https://paper.example https://*.partner.example"


@pytest.fixture
def framable(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sites may show actions."""
    allowed = app.extensions["settings"].model_copy(update={"embed_ancestors": ANCESTORS})
    monkeypatch.setitem(app.extensions, "settings", allowed)


@pytest.mark.usefixtures("framable")
def test_only_the_action_can_be_framed_and_only_by_whom_the_setting_names(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    number = number_of(published(session))
    answers = [
        client.get(f"/en/embed/{number}"),
        client.get(f"/en/embed/{number}/check-mail"),
        client.post(f"/en/embed/{number}", data=filled_in(app, email="x")),
        client.post(f"/en/embed/{number}", data=filled_in(app)),
        client.get("/en/embed/99-20"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 422, 303, 404]
    for answer in answers:
        assert f"frame-ancestors {ANCESTORS};" in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers
    for path in (f"/en/ua/{number}", "/en/", "/console/sign-in"):
        other = client.get(path)
        assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
        assert other.headers["X-Frame-Options"] == "DENY"


def test_without_the_setting_nobody_frames_it_and_nothing_offers_it(session: Session, client: FlaskClient) -> None:
    number = number_of(published(session))
    page = client.get(f"/en/embed/{number}")
    assert (page.status_code, page.headers["X-Frame-Options"]) == (200, "DENY")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "Embed this action" not in words(client.get(f"/en/ua/{number}"))


@pytest.mark.usefixtures("framable")
def test_a_case_says_how_to_embed_it_while_it_takes_names(session: Session, client: FlaskClient) -> None:
    case = published(session)
    said = words(client.get(f"/fa/ua/{number_of(case)}"))
    assert f'<iframe src="http://localhost:8000/fa/embed/{number_of(case)}" title="Defend the lawyer! (en)"' in said
    assert '<script src="http://localhost:8000/embed.js" async></script>' in said
    case.state, case.ended_at = CaseState.CLOSED.value, case.created_at
    session.commit()
    assert "<iframe" not in words(client.get(f"/fa/ua/{number_of(case)}"))


def test_the_frame_acts_and_its_answer_stays_in_it(session: Session, client: FlaskClient, app: Flask) -> None:
    number = number_of(published(session))
    assert f'action="/en/embed/{number}#sign"' in client.get(f"/en/embed/{number}").text
    faulty = client.post(f"/en/embed/{number}", data=filled_in(app, email="x"))
    assert 'class="embedded"' in faulty.text
    assert "Write your whole email address" in words(faulty)
    sent = client.post(f"/en/embed/{number}", data=filled_in(app), headers={"Sec-Fetch-Site": "same-origin"})
    answer = client.get(sent.location)
    assert "please look at your mail" in words(answer)
    assert 'class="embedded"' in answer.text
    assert len(acts(session)) == 1


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://paper.example"}, {"Origin": "null"}]
)
@pytest.mark.usefixtures("framable")
def test_the_page_around_cannot_press_for_anybody(
    session: Session, client: FlaskClient, app: Flask, headers: dict[str, str]
) -> None:
    number = number_of(published(session))
    assert client.post(f"/en/embed/{number}", data=filled_in(app), headers=headers).status_code == 400
    assert acts(session) == []


@pytest.mark.parametrize("state", [CaseState.HELD, CaseState.WITHDRAWN, CaseState.CLOSED])
def test_a_frame_that_is_open_when_the_case_stops_takes_nothing_more(
    session: Session, client: FlaskClient, app: Flask, state: CaseState
) -> None:
    case = published(session)
    path = f"/en/embed/{number_of(case)}"
    assert "<form" in client.get(path).text
    case.state, case.ended_at = state.value, case.created_at
    session.commit()
    shown, pressed = client.get(path), client.post(path, data=filled_in(app))
    for answer in (shown, pressed):
        assert answer.status_code == 410
        assert "<form" not in answer.text
        assert 'class="embedded"' in answer.text
        assert answer.headers["Cache-Control"] == "no-cache"
    assert "Your name was not added" in words(pressed)
    assert ("Read the case" in words(shown)) == (state is CaseState.CLOSED)
    assert acts(session) == []


@dataclass
class Around:
    """A page of somebody else with our frame in it."""

    url: str
    number: str


@pytest.fixture
def around(settings: Settings, committed: Session) -> Iterator[Around]:
    """Somebody else's site, which frames an action of ours, at another origin."""
    number = number_of(an_urgent_action(committed, CaseState.PUBLISHED, languages=("en", "fa")))
    committed.commit()
    ours = create_app(settings.model_copy(update={"embed_ancestors": "*"}))
    theirs = Flask("theirs")
    with listening(ours) as address:

        @theirs.get("/<lang>")
        def article(lang: str) -> Response:
            frame = f'<iframe src="{address}/{lang}/embed/{number}" title="Act" width="100%" height="400"></iframe>'
            script = f'<script src="{address}/embed.js" async></script>'
            return Response(f"<!doctype html><title>Paper</title><h1>Paper</h1>{frame}{script}", mimetype="text/html")

        with listening(theirs) as paper:
            yield Around(paper, number)
    engine_of(ours).dispose()


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_in_a_browser_the_frame_fits_itself_and_acts(around: Around, page: Page, committed: Session, lang: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{around.url}/{lang}")
    frame = page.frame_locator("iframe")
    frame.locator("#email").wait_for()
    page.wait_for_function("document.querySelector('iframe').style.height !== ''")
    inside = next(one for one in page.frames if "/embed/" in one.url)
    assert inside.evaluate("document.documentElement.scrollHeight <= window.innerHeight + 1"), (
        "nothing to scroll inside"
    )
    assert inside.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert Axe().run(inside).response["violations"] == []  # type: ignore[arg-type]
    frame.locator("#name").fill("Ana Example")
    frame.locator("#email").fill("ana@mail.example")
    frame.locator("#country").select_option("GT")
    page.wait_for_timeout(2_100)  # quicker than this looks like a program
    frame.locator("button.act").click()
    inside.wait_for_url("**/check-mail*")
    assert page.url == f"{around.url}/{lang}", "the page around stays where it is"
    assert committed.scalar(select(Participation.state)) == "pending"
