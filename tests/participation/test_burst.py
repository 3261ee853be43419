"""Many people pressing at the same moment on one case are all counted, each once, and none of them is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.participation.queries import count
from alerts.participation.service import act, stranger
from tests.builders import an_urgent_action
from tests.support.databases import engine_of
from tests.web.pages import an_alert

PEOPLE = 200
AT_ONCE = 20


def presses(site: str) -> Callable[[str], tuple[int, str]]:
    """What a press on a link answers: the status, and where it leads."""
    where = urlsplit(site)

    def press(path: str) -> tuple[int, str]:
        connection = HTTPConnection(where.hostname or "", where.port or 80, timeout=60)
        try:
            connection.request("POST", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()

    return press


def test_two_hundred_people_who_all_press_twice_at_once_are_two_hundred(committed: Session, site: str) -> None:
    alert = an_alert(committed, PEOPLE)
    committed.commit()
    links = [alert.act_link(number) for number in range(PEOPLE)]
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = list(crowd.map(presses(site), [link for link in links for _ in range(2)]))
    assert {status for status, _ in answers} == {303}
    assert len({receipt for _, receipt in answers}) == PEOPLE
    assert count(committed, alert.case.id) == PEOPLE


def test_a_press_waits_for_nobody_elses_press_on_the_same_case(committed: Session, app: Flask) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED)
    committed.commit()
    with Session(engine_of(app)) as first, Session(engine_of(app)) as second:
        act(first, case.id, stranger(email="a@mail.example", name="Ana", country="GT", language="en"))
        second.execute(text("SET LOCAL lock_timeout = '2s'"))
        act(second, case.id, stranger(email="b@mail.example", name="Ben", country="GB", language="en"))
        second.commit()
        first.commit()
    assert count(committed, case.id) == 2
