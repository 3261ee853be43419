"""The front page and the cases, as anybody sees them."""

from __future__ import annotations

import io
import re
import zlib
from datetime import timedelta

import html5lib
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from alerts.actions.defenders import set_portrait
from alerts.actions.states import CaseState, Visibility
from alerts.core import clock
from alerts.core.languages import LANGUAGES
from alerts.organisers import Role
from alerts.participation.service import act, stranger
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action
from tests.web.pages import number_of, words


def test_open_cases_are_listed_the_most_urgent_first(session: Session, client: FlaskClient) -> None:
    late = an_urgent_action(session, CaseState.PUBLISHED, deadline=clock.now() + timedelta(days=30))
    soon = an_urgent_action(session, CaseState.PUBLISHED, deadline=clock.now() + timedelta(days=3))
    an_urgent_action(session, CaseState.DRAFT)
    act(session, soon.id, stranger(email="a@mail.example", name="A", country="DE", language="en"))
    session.commit()
    page = client.get("/en/")
    assert page.text.index(f"/en/ua/{number_of(soon)}") < page.text.index(f"/en/ua/{number_of(late)}")
    assert page.text.count("<article") == 2
    assert "1 person has signed" in words(page)
    assert "Nobody has signed yet" in words(page)


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_has_its_own_address_and_direction(session: Session, client: FlaskClient, code: str) -> None:
    page = client.get(f"/{code}/")
    assert f'<html lang="{code}" dir="{LANGUAGES[code].direction}">' in page.text
    for other in LANGUAGES:
        assert f'hreflang="{other}"' in page.text


def test_the_bare_address_speaks_what_the_browser_asks_for(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "ru"))
    session.commit()
    asked = {"Accept-Language": "fa, ru;q=0.8, en;q=0.5"}
    front, page = client.get("/", headers=asked), client.get(f"/ua/{number_of(case)}", headers=asked)
    assert '<html lang="fa"' in front.text
    assert '<html lang="ru"' in page.text, "the best of those the case is written in"
    assert "Lawyer threatened (ru)" in words(page)
    for answer in (front, page):
        assert "Accept-Language" in answer.headers["Vary"]
    assert "Accept-Language" not in client.get("/en/").headers.get("Vary", "")


def test_a_case_names_its_languages_to_search_engines(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "ru"))
    session.commit()
    page = client.get(f"/fa/ua/{number_of(case)}")
    path = f"/ua/{number_of(case)}"
    for code in ("en", "ru"):
        assert f'<link rel="alternate" hreflang="{code}" href="http://localhost:8000/{code}{path}">' in page.text
    assert '<link rel="alternate" hreflang="fa"' not in page.text
    assert f'<link rel="canonical" href="http://localhost:8000/en{path}">' in page.text
    assert '<h1 lang="en" dir="ltr">' in page.text, "words in another language than the page say so"


@pytest.mark.parametrize("state", [CaseState.HELD, CaseState.WITHDRAWN])
def test_a_case_that_was_taken_down_answers_410_and_shows_nothing_of_it(
    session: Session, client: FlaskClient, state: CaseState
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    case.state = state.value
    case.ended_at = clock.now()
    session.commit()
    page = client.get(f"/en/ua/{number_of(case)}")
    assert page.status_code == 410
    assert "Defend the lawyer" not in page.text
    assert "Amal Sabri" not in page.text
    assert number_of(case) not in client.get("/en/").text


def test_a_withheld_name_stands_nowhere_on_the_page(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, visibility=Visibility.WITHHELD)
    session.commit()
    for path in ("/en/", f"/en/ua/{number_of(case)}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "Amal Sabri" not in page.text
        assert "Name withheld" in words(page)


@pytest.mark.parametrize(
    "path", ["/ua/0-26", "/ua/1-99", "/ua/x", "/en/ua/9999999999999-26", "/de/", "/portraits/x.webp"]
)
def test_what_does_not_exist_gets_a_page_that_helps(session: Session, client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "There is no such page" in words(page)
    assert "Go to the front page" in words(page)


def test_pages_set_no_cookie_run_nothing_inline_and_are_valid(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    for path in ("/en/", "/fa/", f"/en/ua/{number_of(case)}", f"/en/ua/{number_of(case)}/check-mail", "/nothing"):
        page = client.get(path)
        assert "Set-Cookie" not in page.headers
        html5lib.HTMLParser(strict=True).parse(page.text)
        for inline in ("<style", " style=", " onclick=", "javascript:"):
            assert inline not in page.text


def test_the_action_page_is_light(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    parts = [f"/en/ua/{number_of(case)}", "/static/css/theme.css", "/static/css/public.css"]
    assert sum(len(zlib.compress(client.get(part).data, 9)) for part in parts) < 60_000


def test_a_portrait_is_kept_by_the_browser_only_and_gone_with_its_case(session: Session, client: FlaskClient) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author)
    a_consent(session, defender, author)
    picture = io.BytesIO()
    Image.new("RGB", (400, 500), "teal").save(picture, "PNG")
    portrait = set_portrait(session, author, defender.id, picture.getvalue())
    case = an_urgent_action(session, CaseState.PUBLISHED, defender=defender)
    session.commit()
    path = f"/portraits/{portrait}.webp"
    front = client.get("/en/").text
    assert f'src="{path}"' in front
    offered = re.findall(rf"/portraits/{portrait}-(?:400|800)\.(?:avif|webp)(?= [48]00w)", front)
    assert len(set(offered)) == 4
    for address in (path, *offered):
        shown = client.get(address)
        assert Image.open(io.BytesIO(shown.data)).format == address.rpartition(".")[2].upper()
        assert shown.mimetype == f"image/{address.rpartition('.')[2]}"
        assert shown.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    case.state = CaseState.WITHDRAWN.value
    session.commit()
    for address in (path, *offered):
        assert client.get(address).status_code == 404


def test_what_a_reader_has_another_form_of_is_refused_without_its_body(session: Session, client: FlaskClient) -> None:
    for path in ("/en/card.jpg", "/static/css/public.css"):
        whole = client.get(path)
        refused = client.get(path, headers={"If-Match": '"zz"'})
        assert (refused.status_code, refused.data) == (412, b""), path
        assert refused.headers["Content-Length"] == "0"
        assert "Content-Type" not in refused.headers
        assert "Content-Security-Policy" in refused.headers
        asked = {"If-Match": whole.headers["ETag"].removeprefix("W/")}
        assert client.get(path, headers=asked).data == whole.data, path


def test_files_of_ours_are_kept_while_they_are_the_same(client: FlaskClient) -> None:
    page = client.get("/en/").text
    sheet = re.search(r"/static/css/public\.css\?v=[0-9a-f]{12}", page)
    assert sheet
    assert client.get(sheet[0]).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in client.get("/static/css/public.css").headers.get("Cache-Control", "")
    face = re.search(r'rel="preload" href="(/static/fonts/[a-z-]+\.woff2)"', page)
    assert face
    assert "immutable" in client.get(face[1]).headers["Cache-Control"], "or each page would ask for its face again"
    assert face[1].removeprefix("/static/") in client.get("/static/css/theme.css").text
