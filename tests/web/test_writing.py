"""Whoever came without a mail can write to the target or post a letter, and counts once they confirm."""

from __future__ import annotations

import re

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.core.tokens import Purpose, mint
from alerts.participation.models import Participation
from alerts.participation.queries import count
from tests.builders import an_urgent_action
from tests.web.pages import number_of, words
from tests.web.test_sign import filled_in


def a_case(session: Session, *kinds: str, languages: tuple[str, ...] = ("en",)) -> UrgentAction:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=languages)
    case.kinds = list(kinds)
    session.commit()
    return case


def acts(session: Session) -> list[Participation]:
    session.expire_all()
    return list(session.scalars(select(Participation)))


def test_points_make_a_letter_that_waits_for_its_writer(session: Session, client: FlaskClient, app: Flask) -> None:
    case = a_case(session, "sign", "write")
    path = f"/en/ua/{number_of(case)}/write"
    assert "Investigate the threats." in words(client.get(path))
    editor = client.post(path, data=filled_in(app, step="edit", point="0"))
    assert "Protect her." in words(editor)
    assert "Investigate" not in words(editor)
    sent = client.post(path, data=filled_in(app, step="send", point="0", letter="Protect her, please."))
    assert sent.location == f"/en/ua/{number_of(case)}/check-mail"
    (act,) = acts(session)
    assert (act.state, act.kinds, act.letter) == ("pending", ["write"], "Protect her, please.")
    assert count(session, case.id) == 0


def test_nothing_typed_is_lost_where_something_is_missing(session: Session, client: FlaskClient, app: Flask) -> None:
    case = a_case(session, "write")
    path = f"/en/ua/{number_of(case)}/write"
    none = client.post(path, data=filled_in(app, step="edit"))
    assert none.status_code == 422
    assert 'href="#points"' in none.text
    wrong = client.post(path, data=filled_in(app, step="send", letter="My <b>words</b>.", email="ana at"))
    assert wrong.status_code == 422
    assert "My &lt;b&gt;words&lt;/b&gt;." in wrong.text
    assert 'value="ana at"' in wrong.text
    for letter in ("", " \n ", "x" * 8001):
        assert client.post(path, data=filled_in(app, step="send", letter=letter)).status_code == 422
    assert acts(session) == []


def test_going_back_keeps_the_points_and_the_words(session: Session, client: FlaskClient, app: Flask) -> None:
    case = a_case(session, "write")
    form = filled_in(app, step="choose", point="1", own="I am a lawyer too.")
    page = client.post(f"/en/ua/{number_of(case)}/write", data=form).text
    assert 'value="1" checked' in page
    assert 'value="0" checked' not in page
    assert "I am a lawyer too." in page


def test_the_letter_is_offered_in_the_offices_language_with_the_readers_beside(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    case = a_case(session, "write", languages=("en", "fr"))
    page = client.post(f"/fr/ua/{number_of(case)}/write", data=filled_in(app, step="edit", point="0"))
    assert '<textarea id="letter" name="letter" rows="18" maxlength="8000" required lang="en"' in page.text
    assert "Protect her. (en)" in words(page)
    assert "Protect her. (fr)" in words(page)
    own = client.post(f"/fr/ua/{number_of(case)}/write", data=filled_in(app, step="edit", point="0", tongue="mine"))
    assert "Protect her. (en)" not in words(own)


def test_a_robot_writes_to_nobody(session: Session, client: FlaskClient, app: Flask) -> None:
    case = a_case(session, "write")
    form = filled_in(app, step="send", letter="Buy this.", website="http://x.example")
    assert client.post(f"/en/ua/{number_of(case)}/write", data=form).status_code == 303
    assert acts(session) == []


def test_who_posted_the_letter_is_counted_once_they_confirm(session: Session, client: FlaskClient, app: Flask) -> None:
    case = a_case(session, "sign", "print")
    assert "Did you post it?" in words(client.get(f"/en/ua/{number_of(case)}/print"))
    client.post(f"/en/ua/{number_of(case)}", data=filled_in(app, kind="print"))
    assert [act.kinds for act in acts(session)] == [["print"]]


def test_a_case_that_asks_for_signing_only_has_no_other_doors(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    case = a_case(session, "sign")
    page = f"/en/ua/{number_of(case)}"
    assert "Write your own letter" not in words(client.get(page))
    for door in ("write", "print"):
        assert client.get(f"{page}/{door}").location == page
    client.post(page, data=filled_in(app, kind="print"))
    assert acts(session) == []


def test_a_closed_case_takes_no_letter(session: Session, client: FlaskClient, app: Flask) -> None:
    case = a_case(session, "write")
    case.state = CaseState.CLOSED.value
    session.commit()
    path = f"/en/ua/{number_of(case)}/write"
    assert client.get(path).status_code == 410
    assert client.post(path, data=filled_in(app, step="send", letter="Late.")).status_code == 410


def test_whoever_confirms_reads_the_letter_that_was_written_in_their_name(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    case = a_case(session, "write")
    form = filled_in(app, step="send", letter="Something <i>vile</i>.")
    client.post(f"/en/ua/{number_of(case)}/write", data=form)
    page = client.get(f"/k/{mint(Purpose.CONFIRM, acts(session)[0].id)}")
    assert "Something <i>vile</i>." in words(page)
    assert "I call on you to protect her." not in words(page)


def test_every_state_of_the_page_is_html_a_strict_parser_takes(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    case = a_case(session, "sign", "write", "print", "share", languages=("en", "fr"))
    path = f"/fr/ua/{number_of(case)}/write"
    states = [{"step": "edit"}, {"step": "edit", "point": "0"}, {"step": "send"}, {"step": "choose", "point": "1"}]
    pages = [client.post(path, data=filled_in(app, email="x") | state) for state in states]
    other = number_of(a_case(session, "write", "print"))
    pages += [
        client.get(f"/en/ua/{other}"),
        client.get(path),
        client.get(path.replace("write", "print")),
        client.get(path.removesuffix("/write")),
    ]
    for page in pages:
        html5lib.HTMLParser(strict=True).parse(page.text)
        ids = re.findall(r' id="([^"]+)"', page.text)
        assert sorted(ids) == sorted(set(ids))


ODD = ["\x00", "\u202e", "\ud800", "\x07\x1b[2J", "x" * 100_000, "<script>", "{{ 7*7 }}", "\u0300" * 900]


@pytest.mark.parametrize("bad", ODD, ids=range(len(ODD)))
def test_nothing_that_is_typed_breaks_a_form(session: Session, client: FlaskClient, app: Flask, bad: str) -> None:
    case = a_case(session, "sign", "write", "print")
    odd = bad.encode("utf-8", "surrogatepass")
    for path, more in (("", {}), ("/write", {"step": "send", "letter": odd}), ("/write", {"step": "edit", "own": odd})):
        for name in ("name", "email", "country", "opened", "website", "point", "tongue", "step", "kind", "letter"):
            form = {**filled_in(app, step="send", letter="Words."), **more, name: odd}
            answer = client.post(f"/en/ua/{number_of(case)}{path}", data=form)
            assert answer.status_code in (200, 303, 422), (path, name)
            assert "<script>" not in answer.text
    assert client.post("/en/my", data={**filled_in(app), "email": odd}).status_code in (303, 422)
    for act in acts(session):
        kept = f"{act.name}{act.letter}"
        assert not any(unseen in kept for unseen in "\x00\u202e\x07\x1b")
