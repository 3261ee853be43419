"""What stands in front of the app answers as the app would, for many at once, and leaves to it all that it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping, Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from alerts.app import create_app
from alerts.core.looks import Looks
from alerts.participation.queries import count
from alerts.web.bridge import Bridge
from alerts.web.crowd import Crowd
from alerts.web.front import in_front_of
from config import Settings
from tests.support.databases import engine_of
from tests.web.asking import Visitor, on_a_loop
from tests.web.pages import Alert, an_alert, words

PEOPLE = 40


@pytest.fixture
def visitor(app: Flask, settings: Settings) -> Iterator[Visitor]:
    """A visitor of the whole site, as it is served, with rates that nobody is held to."""
    made = create_app(settings.model_copy(update={"page_seconds": 1.0}), steady=True)
    made.config["RATELIMIT_ENABLED"] = False
    yield Visitor(in_front_of(made))
    engine_of(made).dispose()


def alert_to(committed: Session, people: int = PEOPLE) -> Alert:
    alert = an_alert(committed, people)
    committed.commit()
    return alert


def test_all_who_press_at_the_same_moment_have_a_receipt_each(committed: Session, visitor: Visitor) -> None:
    alert = alert_to(committed)
    links = [alert.act_link(index) for index in range(PEOPLE)]
    visitor.post(links[0])
    answers = visitor.post_all([*links, *links])
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == PEOPLE
    assert count(committed, alert.case.id) == PEOPLE


def test_the_page_in_front_is_the_page_of_the_app(committed: Session, visitor: Visitor) -> None:
    alert = alert_to(committed)
    first, second = alert.act_link(0), alert.act_link(1)
    made = visitor.get(first)
    for _ in range(2):
        answer = visitor.get(first)
        assert (answer.text, answer.status_code) == (made.text, 200)
        assert answer.headers["Content-Security-Policy"] == made.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    other = visitor.get(second)
    assert second in other.text
    assert first not in other.text


@pytest.mark.parametrize("end", ["deadline", "state"])
def test_a_case_that_is_over_takes_no_press_though_all_is_kept(committed: Session, visitor: Visitor, end: str) -> None:
    alert = alert_to(committed)
    visitor.post(alert.act_link(0))
    visitor.get(alert.act_link(1))
    if end == "deadline":
        assert alert.case.deadline
        alert.case.deadline -= timedelta(days=100)
    else:
        alert.case.state = "closed"
    committed.commit()
    assert visitor.get(alert.act_link(1)).status_code == 410
    assert visitor.post(alert.act_link(1)).status_code == 410
    assert count(committed, alert.case.id) == 1


def test_a_forged_link_is_one_page_for_all_of_them(committed: Session, visitor: Visitor) -> None:
    alert = alert_to(committed)
    visitor.post(alert.act_link(0))
    link = alert.act_link(1)
    pages = [visitor.get(link[:-2]), visitor.get("/a/x"), visitor.get(link.replace("/a/", "/a/A"))]
    assert {page.status_code for page in pages} == {404}
    assert visitor.post(link[:-2]).status_code == 404
    assert count(committed, alert.case.id) == 1


def test_a_second_press_leads_to_the_same_receipt(committed: Session, visitor: Visitor) -> None:
    alert = alert_to(committed)
    visitor.post(alert.act_link(0))
    first, second = visitor.post(alert.act_link(1)), visitor.post(alert.act_link(1))
    assert (first.location, first.status_code) == (second.location, 303)
    assert "has signed already" in words(visitor.get(alert.act_link(1)))


def test_a_letter_that_comes_without_its_length_is_not_taken_for_none(committed: Session, visitor: Visitor) -> None:
    alert = alert_to(committed)
    visitor.post(alert.act_link(0))
    later = Visitor(visitor.app, http_version="2")
    assert later.post(alert.act_link(1), {"letter": "In my own words."}).status_code == 303
    letters = committed.execute(text("SELECT letter FROM participations ORDER BY id")).scalars().all()
    assert letters == [None, "In my own words."]


def test_a_body_that_is_too_large_is_refused_and_read_no_further(visitor: Visitor) -> None:
    answer = visitor.post("/en/subscribe", data={"email": "x" * 3_000_000})
    assert answer.status_code == 413


def test_a_body_that_does_not_come_is_given_up_in_words_and_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.bridge.PATIENCE", 0.05)
    asked: list[object] = []

    def app(environ: object, _start: object) -> list[bytes]:
        asked.append(environ)
        return []

    answer = on_a_loop(asyncio.wait_for(_stalled(Bridge(app, largest=10)), 5))
    assert [message["type"] for message in answer] == ["http.response.start", "http.response.body"]
    assert answer[0]["status"] == 408
    assert (b"connection", b"close") in answer[0]["headers"]
    assert b"try again" in answer[1]["body"]
    assert asked == []


async def _stalled(bridge: Bridge) -> list[MutableMapping[str, Any]]:
    """What somebody is told who sends the beginning of a form, and no more of it."""
    pieces: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": b"a", "more_body": True}]
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return pieces.pop() if pieces else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    await bridge({"type": "http", "method": "POST", "path": "/en/my"}, receive, send)
    return said


def test_a_body_that_comes_slowly_is_taken_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.bridge.PATIENCE", 0.05)
    monkeypatch.setattr("alerts.web.bridge.SLOWEST", 10)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"ab", "more_body": next(more)}

    more = iter([True, True, True, False])
    bridge = Bridge(lambda *_: [], largest=100)
    assert on_a_loop(bridge._body({"method": "POST"}, receive)) == b"abababab"


def test_a_header_that_poses_as_another_is_not_heard() -> None:
    heard: list[str] = []

    def app(environ: dict[str, str], start: object) -> list[bytes]:
        heard.append(environ.get("HTTP_X_FORWARDED_FOR", ""))
        start("200 OK", [("Content-Type", "text/plain")])  # type: ignore[operator]
        return [b"x"]

    answer = Visitor(Bridge(app, largest=10)).get(  # type: ignore[arg-type]
        "/", headers={"X_Forwarded_For": "203.0.113.9", "X-Forwarded-For": "192.0.2.1"}
    )
    assert (answer.text, heard) == ("x", ["192.0.2.1"])


def test_an_app_that_breaks_is_answered_for_in_words() -> None:
    def app(*_: object) -> list[bytes]:
        raise RuntimeError

    assert Visitor(Bridge(app, largest=10)).get("/").status_code == 500


def test_numbers_that_come_together_are_asked_together_and_each_once() -> None:
    asked: list[Sequence[int]] = []

    async def ask(numbers: Sequence[int]) -> dict[int, str]:
        asked.append(numbers)
        await asyncio.sleep(0)
        return {number: f"<{number}>" for number in numbers if number != 7}

    async def crowd() -> list[str | None]:
        many = Crowd(ask)
        return await asyncio.gather(*(many.answer(number) for number in (1, 2, 1, 7, 3)))

    assert on_a_loop(crowd()) == ["<1>", "<2>", "<1>", None, "<3>"]
    assert asked == [[1, 2, 7, 3]]


def test_one_who_goes_away_takes_no_answer_from_the_others() -> None:
    async def ask(numbers: Sequence[int]) -> dict[int, int]:
        await asyncio.sleep(0.01)
        return {number: number for number in numbers}

    async def crowd() -> int | None:
        many = Crowd(ask)
        gone, stays = asyncio.create_task(many.answer(1)), asyncio.create_task(many.answer(1))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert on_a_loop(crowd()) == 1


def test_where_the_database_is_away_nobody_waits_for_ever_and_the_next_is_answered() -> None:
    away = [True]

    async def ask(numbers: Sequence[int]) -> dict[int, int]:
        if away.pop() if away else False:
            raise psycopg.OperationalError
        return dict.fromkeys(numbers, 1)

    async def crowd() -> list[int | None]:
        many = Crowd(ask)
        return [await many.answer(1), await many.answer(1)]

    assert on_a_loop(crowd()) == [None, 1]


def test_where_a_question_fails_in_any_other_way_nobody_waits_for_ever_and_later_ones_are_asked() -> None:
    broken = [True]

    async def ask(numbers: Sequence[int]) -> dict[int, int]:
        await asyncio.sleep(0)
        if broken.pop() if broken else False:
            raise KeyError
        return dict.fromkeys(numbers, 1)

    async def crowd() -> list[int | None]:
        many = Crowd(ask)
        return [*await asyncio.gather(many.answer(1), many.answer(2)), await many.answer(1)]

    with capture_logs() as lines:
        assert on_a_loop(asyncio.wait_for(crowd(), 5)) == [None, None, 1]
    assert [(line["event"], line["error"]) for line in lines] == [("questions.failed", "KeyError")]


def test_a_look_stands_alone_what_it_did_is_committed_and_a_cut_connection_fails_once(settings: Settings) -> None:
    async def look() -> list[object]:
        looks = Looks(settings.database_url)
        said: list[object] = [
            await looks.rows("SELECT %(one)s + 1", {"one": 1}),
            await looks.rows("SELECT pg_current_xact_id_if_assigned() IS NULL", {}),
        ]
        ((backend,),) = await looks.rows("SELECT pg_backend_pid()", {})
        with psycopg.connect(settings.database_url) as other:
            other.execute("SELECT pg_terminate_backend(%s, 2000)", (backend,))
        with pytest.raises(psycopg.OperationalError):
            await looks.rows("SELECT 1", {})
        said.append(await looks.rows("SELECT 3", {}))
        await looks.close()
        return said

    assert on_a_loop(look()) == [[(2,)], [(True,)], [(3,)]]


def test_a_look_that_takes_too_long_is_given_up_and_the_next_one_is_answered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.core.looks.LONGEST", 0.2)

    async def look() -> list[tuple[object, ...]]:
        looks = Looks(settings.database_url)
        with pytest.raises(psycopg.errors.QueryCanceled):
            await looks.rows("SELECT pg_sleep(60)", {})
        said = await looks.rows("SELECT 1", {})
        await looks.close()
        return said

    assert on_a_loop(look()) == [(1,)]


def test_a_page_whose_statement_waits_too_long_is_given_up_in_words_and_the_next_one_is_answered(
    committed: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.core.db.LONGEST", 0.2)
    alert_to(committed)
    made = create_app(settings.model_copy(update={"page_seconds": 0}), steady=True)
    with psycopg.connect(settings.database_url) as other:
        other.execute("SET idle_in_transaction_session_timeout = '10s'")
        other.execute("LOCK TABLE urgent_actions IN ACCESS EXCLUSIVE MODE")
        answer = made.test_client().get("/en/")
    assert answer.status_code == 503
    assert "try again" in words(answer)
    assert made.test_client().get("/en/").status_code == 200
    engine_of(made).dispose()


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
