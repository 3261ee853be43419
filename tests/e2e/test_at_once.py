"""Many people at the same moment, on the real server: everyone is counted once, and sees what is theirs."""

from __future__ import annotations

import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import html5lib
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.core.text import masked_email, masked_name
from alerts.participation.letters import cleaned
from alerts.participation.models import Participation
from alerts.participation.queries import count
from alerts.subscribers.service import leave
from bench.load import asked, request
from bench.website import answers, free_port
from config import Settings
from tests.support.processes import environment_of, running, wait_until
from tests.web.pages import Alert, an_alert

PEOPLE = 150


def alert_of_different_people(session: Session) -> Alert:
    """Everybody has a name of their own."""
    alert = an_alert(session, PEOPLE)
    for number, person in enumerate(alert.people):
        person.name = f"{chr(0x41 + number % 26)}na {chr(0x410 + number // 26)}berg{number}"
    session.commit()
    return alert


def test_all_who_press_at_once_are_counted_once_and_nobody_is_refused(
    settings: Settings, committed: Session, tmp_path: Path
) -> None:
    alert, port = alert_of_different_people(committed), free_port()
    links = [alert.act_link(index) for index in range(PEOPLE)]
    kept = settings.model_copy(update={"port": port, "page_seconds": 1.0})
    with running("web", environment_of(kept), log=tmp_path / "web.log"):
        wait_until(lambda: answers(port), what="the site to answer")
        pressed = asked(
            port, [request(link, method="POST") for link in links], connections=PEOPLE, seconds=0.3, rate=PEOPLE / 0.3
        )
        again = asked(
            port, [request(link, method="POST") for link in links], connections=PEOPLE, seconds=0.3, rate=PEOPLE / 0.3
        )
    assert pressed.statuses == again.statuses == {303: PEOPLE}
    assert count(committed, alert.case.id) == PEOPLE


def test_pages_made_once_for_many_show_each_person_only_what_is_theirs(
    settings: Settings, committed: Session, tmp_path: Path
) -> None:
    alert, port = alert_of_different_people(committed), free_port()
    leave(committed, alert.people[3].address_hash)
    committed.commit()
    base, links = f"http://127.0.0.1:{port}", [alert.act_link(index) for index in range(PEOPLE)]

    def page(index: int) -> tuple[str, str | None]:
        with urllib.request.urlopen(base + links[index]) as answer:
            return answer.read().decode(), answer.headers["X-Request-ID"]

    kept = settings.model_copy(update={"port": port, "page_seconds": 1.5})
    with running("web", environment_of(kept), log=tmp_path / "web.log"):
        wait_until(lambda: answers(port), what="the site to answer")
        with ThreadPoolExecutor(16) as visitors:
            pages = list(visitors.map(page, range(PEOPLE)))
        asked(port, [request(links[5], method="POST")], connections=1, seconds=0.1, rate=10)
        signed, _ = page(5)
        with urllib.request.urlopen(base + links[7] + "?lang=fa") as answer:
            persian = answer.read().decode()
        with urllib.request.urlopen(base + "/en/") as front:
            assert front.headers["Content-Security-Policy"]
    assert len({id for _, id in pages}) == PEOPLE, "each answer has an id of its own"
    for index, (html, _) in enumerate(pages):
        if index == 3:
            assert "You sign as" not in html, "whoever left is led to the open form"
            continue
        tokens = {other for other in range(PEOPLE) if links[other] in html}
        assert tokens == {index}
        assert masked_email(alert.people[index].email or "") in html
        assert masked_name(alert.people[index].name or "") in html
    assert "has signed already" in signed, "what a person did shows at once, whatever is kept"
    assert '<html lang="fa"' in persian


def test_a_case_that_stops_takes_no_names_though_its_page_is_kept(
    settings: Settings, committed: Session, tmp_path: Path
) -> None:
    alert, port = an_alert(committed, 2), free_port()
    kept = settings.model_copy(update={"port": port, "page_seconds": 1.5})
    link = alert.act_link()
    with running("web", environment_of(kept), log=tmp_path / "web.log"):
        wait_until(lambda: answers(port), what="the site to answer")
        looks = [asked(port, [request(link)], connections=1, seconds=0.1, rate=20) for _ in range(2)]
        alert.case.state = "withdrawn"
        committed.commit()
        after = asked(port, [request(link), request(link, method="POST")], connections=1, seconds=0.1, rate=20)
    assert [look.statuses for look in looks] == [{200: 2}, {200: 2}]
    assert after.statuses == {410: 2}
    assert count(committed, alert.case.id) == 0


def test_where_each_person_has_a_letter_of_their_own_nobody_is_shown_or_sends_another_s(
    settings: Settings, committed: Session, tmp_path: Path
) -> None:
    alert, port = an_alert(committed, 12), free_port()
    alert.case.kinds = ["write"]
    committed.commit()
    links = [alert.act_link(index) for index in range(12)]
    kept = settings.model_copy(update={"port": port, "page_seconds": 1.5})
    with running("web", environment_of(kept), log=tmp_path / "web.log"):
        wait_until(lambda: answers(port), what="the site to answer")
        shown: list[str] = []
        for link in links:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{link}") as answer:
                form = html5lib.parse(answer.read().decode(), namespaceHTMLElements=False)
                shown.append(form.find(".//textarea").text)
        pressed = asked(port, [request(link, method="POST") for link in links], connections=1, seconds=0.3, rate=40)
    assert pressed.statuses == {303: 12}
    sent = committed.scalars(select(Participation.letter).order_by(Participation.id)).all()
    assert sent == [cleaned(letter) for letter in shown]
    assert len(set(sent)) > 6, "letters vary from person to person"


def test_a_letter_that_was_changed_is_the_one_that_counts(
    settings: Settings, committed: Session, tmp_path: Path
) -> None:
    alert, port = an_alert(committed, 2), free_port()
    kept = settings.model_copy(update={"port": port, "page_seconds": 1.5})
    bodies = [b"", b"letter=Please+protect+her%21"]
    with running("web", environment_of(kept), log=tmp_path / "web.log"):
        wait_until(lambda: answers(port), what="the site to answer")
        presses = [request(alert.act_link(index), method="POST", body=bodies[index]) for index in range(2)]
        pressed = asked(port, presses, connections=1, seconds=0.3, rate=7)
    assert pressed.statuses == {303: 2}
    assert committed.scalars(select(Participation.letter).order_by(Participation.id)).all() == [
        None,
        "Please protect her!",
    ]
