"""Claims about addresses that mail broke: whoever opens one gets the page it was, and nothing is done by opening it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.web.glued import whole
from tests.web.pages import an_alert, follow, number_of, state_of

GLUED = (
    *("/", "//", ".", ",", ";", ":", "!", ")", "]", ".)", "%3E", "%22%3E", "%27", "&gt;", "%3Futm_source=x", "*"),
    *("=", "=%0D%0A", "%20", "%0A", "%E2%80%9D", "%E3%80%82", "%C2%BB", "%D8%8C", "%3Cbr%3E"),
)
BROKEN = ("=", "=%0D%0A", "%0D%0A", "%20", "=%0A%20")


@pytest.mark.parametrize("glue", GLUED)
def test_what_was_glued_to_a_link_is_no_part_of_it(session: Session, client: FlaskClient, glue: str) -> None:
    alert = an_alert(session)
    session.commit()
    before = state_of(session)
    for link in (alert.act_link(), f"{alert.act_link()}/letter", alert.leave_link(), f"/en/ua/{number_of(alert.case)}"):
        for query in ("", "?utm_source=mail&x=1"):
            answer = client.get(f"{link}{glue}{query}", follow_redirects=True)
            assert (answer.status_code, answer.request.path.rstrip()) == (200, link), glue
            assert client.head(f"{link}{glue}{query}", follow_redirects=True).status_code == 200
    assert state_of(session) == before


@pytest.mark.parametrize("broken", BROKEN)
def test_a_link_that_was_broken_over_two_lines_is_whole_again(
    session: Session, client: FlaskClient, broken: str
) -> None:
    alert = an_alert(session)
    session.commit()
    for link in (alert.act_link(), alert.leave_link()):
        answer = client.get(f"{link[:30]}{broken}{link[30:]}", follow_redirects=True)
        assert (answer.status_code, answer.request.path) == (200, link)


def test_a_press_on_the_page_behind_a_glued_link_acts_once(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    session.commit()
    page = client.get(f"{alert.leave_link()}.", follow_redirects=True)
    assert f'action="{alert.leave_link()}"' in page.text
    assert follow(client, alert.leave_link()).status_code == 200
    session.expire_all()
    assert alert.people[0].state == "left"


def test_the_way_there_is_kept_by_nobody_and_tells_nobody(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    session.commit()
    led = client.get(f"{alert.leave_link()}/")
    assert (led.status_code, led.location) == (303, alert.leave_link())
    assert (led.headers["Cache-Control"], led.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize(
    "path", ["/a/nothing", "/en/nothing-here", "/nothing.", "/en/ua/12-26x", "/%2F%2Felse.example/."]
)
def test_what_never_was_an_address_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1" in answer.text


def test_a_forged_link_is_answered_as_before_whatever_is_glued_to_it(client: FlaskClient) -> None:
    for glue in ("", ".", "/"):
        assert client.get(f"/a/{'A' * 60}{glue}", follow_redirects=True).status_code == 404
    assert client.post(f"/a/{'A' * 60}.").status_code == 404


@pytest.mark.parametrize("path", ["/en/", "/en/c/a-b", "/u/A_-9", "/en/ua/12-26/card.jpg", "/m/A/export.csv"])
def test_an_address_of_ours_is_whole(path: str) -> None:
    assert whole(path) in (path, path.rstrip("/"))
