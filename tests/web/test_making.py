"""A kept page that is out of date is made anew for all, and nobody waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.participation.service import act, stranger
from alerts.web.bridge import RENEWAL, Bridge, Receive, Scope, Send, answer
from alerts.web.crowd import Crowd
from alerts.web.front import Front
from alerts.web.kept import GONE_WITHIN, WHILE_MADE, Given, Keeping, Page, Pages, plain_key
from alerts.web.making import MANY, Making
from tests.builders import an_urgent_action
from tests.web.asking import Visitor, on_a_loop
from tests.web.pages import words


async def _nothing(_: object) -> dict[int, object]:
    return {}


class Kitchen:
    """Who is behind: takes a moment for each page, and remembers who asked and how many it made at a time."""

    def __init__(self, pages: Pages, named: Callable[[str], Hashable] = str) -> None:
        self.pages, self.named, self.asked, self.at_once, self.most = pages, named, [], 0, 0  # type: ignore[var-annotated]
        self.opens = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make a page and keep it."""
        self.asked.append((scope["path"], scope.get(RENEWAL, False)))
        began = time.monotonic()
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if self.opens:
            self.pages.keep(self.named(scope["path"]), began, Given("x", 200, [], (f"made {len(self.asked)}",)))
        await answer(send, 200, [], b"made")


def _shown(pages: Pages, key: Hashable) -> Page:
    page = pages.good(key)
    assert page is not None
    return page


async def _unheard(_: object) -> None:
    """Nobody listens."""


async def _nothing_sent() -> dict[str, object]:
    return {}


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not so():
            await asyncio.sleep(0.001)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is out of date is shown for as long as a busy machine may need to make it."""
    monkeypatch.setattr("alerts.web.kept.WHILE_MADE", 30.0)


@pytest.mark.usefixtures("patient")
def test_who_comes_to_a_page_out_of_date_has_it_as_it_was_and_the_next_one_new(session: Session, app: Flask) -> None:
    pages = Pages(0)  # each is out of date as soon as it is made
    behind = Bridge(Keeping(app.wsgi_app, pages), largest=100_000)
    front = Front(behind, pages, asked=Crowd(_nothing), signed=Crowd(_nothing))  # type: ignore[arg-type]
    visitor = Visitor(front)
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()

    async def made_anew() -> None:
        shown = pages.good(("/en/", ""))
        await _until(lambda: _shown(pages, ("/en/", "")) is not shown)

    async def visits() -> list[str]:
        await visitor.ask("GET", "/en/")
        act(session, case.id, stranger(email="a@mail.example", name="A", country="DE", language="en"))
        session.commit()
        old = await visitor.ask("GET", "/en/")
        await made_anew()
        new = await visitor.ask("GET", "/en/")
        await made_anew()  # or it would go on, on the connection that the next test is given
        return [words(old), words(new)]

    old, new = on_a_loop(visits())
    assert "Nobody has signed yet" in old
    assert "1 person has signed" in new


@pytest.mark.usefixtures("patient")
def test_a_hundred_who_come_together_have_it_made_once() -> None:
    pages = Pages(0)
    kitchen = Kitchen(pages)

    async def crowd() -> None:
        making = Making(kitchen, pages)
        await making.make("/a", {"path": "/a"}, _nothing_sent, _unheard)
        for _ in range(100):
            assert making.shown("/a", {"path": "/a"})
        await _until(lambda: len(kitchen.asked) > 1)
        await asyncio.sleep(0.05)

    on_a_loop(crowd())
    assert kitchen.asked == [("/a", False), ("/a", True)]


def _front_of(kitchen: Kitchen) -> Front:
    return Front(kitchen, kitchen.pages, asked=Crowd(_nothing), signed=Crowd(_nothing))  # type: ignore[arg-type]


def test_a_crowd_that_comes_before_there_is_a_page_has_it_made_once() -> None:
    kitchen = Kitchen(Pages(60), lambda path: plain_key(path, ""))
    visitor = Visitor(_front_of(kitchen))

    async def crowd() -> list[int]:
        return [answer.status_code for answer in await asyncio.gather(*(visitor.ask("GET", "/a") for _ in range(100)))]

    assert on_a_loop(crowd()) == [200] * 100
    assert kitchen.asked == [("/a", False)]


def test_neither_a_head_nor_a_wish_without_end_is_kept_and_a_path_that_names_its_language_is_kept_once() -> None:
    def app(environ: dict[str, str], start: object) -> list[bytes]:
        environ["alerts.may_keep"] = "x"
        start("200 OK", [("Content-Type", "text/plain")])  # type: ignore[operator]
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else b"words"]

    pages = Pages(60)
    visitor = Visitor(Bridge(Keeping(app, pages), largest=100))  # type: ignore[arg-type]
    on_a_loop(visitor.ask("HEAD", "/en/"))
    assert pages.good(("/en/", "")) is None, "or the next reader would see an empty page"
    visitor.get("/en/", headers={"Accept-Language": "fa"})
    assert _shown(pages, ("/en/", "")).filled({}) == b"words"
    for wish, kept in (("fa", True), ("x" * 300, False)):
        visitor.get("/", headers={"Accept-Language": wish})
        assert (pages.good(("/", wish)) is not None) is kept


def test_pages_that_nobody_asks_for_any_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.kept.SWEPT_EVERY", -1.0)
    pages = Pages(0)
    for number in range(5):
        pages.keep(number, time.monotonic() - 60, Given("x", 200, [], ("old",)))
        pages._pages[number].until -= 60
    pages.keep("new", time.monotonic(), Given("x", 200, [], ("new",)))
    assert list(pages._pages) == ["new"]


@pytest.mark.parametrize("path", ["/console/cases", "/static/x.css"])
def test_nobody_waits_for_another_at_a_page_that_is_never_kept(path: str) -> None:
    kitchen = Kitchen(Pages(60))
    visitor = Visitor(_front_of(kitchen))

    async def crowd() -> None:
        await asyncio.gather(*(visitor.ask("GET", path) for _ in range(5)))

    on_a_loop(crowd())
    assert kitchen.most == 5


def test_who_waits_for_a_page_does_not_wait_until_its_first_reader_has_taken_it() -> None:
    pages = Pages(60)

    async def crowd() -> None:
        taken = asyncio.Event()

        async def takes_his_time(_: object) -> None:
            await taken.wait()

        making = Making(Kitchen(pages), pages)
        first = asyncio.create_task(making.make("/a", {"path": "/a"}, _nothing_sent, takes_his_time))
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            assert await making.wait("/a", {"path": "/a"})
        assert not first.done()
        taken.set()
        await first

    on_a_loop(crowd())


@pytest.mark.usefixtures("patient")
def test_pages_are_made_anew_one_after_the_other() -> None:
    pages = Pages(0)
    kitchen = Kitchen(pages)
    paths = [f"/{letter}" for letter in "abcdef"]

    async def crowd() -> None:
        making = Making(kitchen, pages)
        await asyncio.gather(*(making.make(path, {"path": path}, _nothing_sent, _unheard) for path in paths))
        assert kitchen.most == len(paths), "the first time readers wait, so none waits for another"
        kitchen.most = 0
        for path in paths:
            assert making.shown(path, {"path": path})
        await _until(lambda: len(kitchen.asked) == 2 * len(paths))

    on_a_loop(crowd())
    assert kitchen.most == 1
    assert sorted(path for path, renewal in kitchen.asked if renewal) == paths


def test_a_page_whose_renewal_came_to_nothing_is_not_shown_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.kept.WHILE_MADE", 0.03)
    pages = Pages(0)
    kitchen = Kitchen(pages)

    async def crowd() -> None:
        making = Making(kitchen, pages)
        await making.make("/a", {"path": "/a"}, _nothing_sent, _unheard)
        kitchen.opens = False
        for _ in range(3):
            assert making.shown("/a", {"path": "/a"})
        await _until(lambda: len(kitchen.asked) > 1)
        await asyncio.sleep(0.05)

    on_a_loop(crowd())
    assert len(kitchen.asked) == 1 + 1, "one tried for all"
    assert pages.good("/a") is None


def test_what_many_read_is_made_anew_before_the_next_one_asks_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.making.STAYS_READY", 0.3)
    monkeypatch.setattr("alerts.web.making.LOOKS_EVERY", 0.001)
    pages = Pages(0.02)
    kitchen = Kitchen(pages)

    async def crowd() -> None:
        making = Making(kitchen, pages)
        for path, readers in (("/many", MANY), ("/few", MANY - 1)):
            await making.make(path, {"path": path}, _nothing_sent, _unheard)
            for _ in range(readers):
                assert making.shown(path, {"path": path})
        await _until(lambda: len(kitchen.asked) > 5)
        await asyncio.sleep(0.5)
        over = len(kitchen.asked)
        await asyncio.sleep(0.2)
        assert len(kitchen.asked) == over

    on_a_loop(crowd())
    assert ("/many", True) in kitchen.asked
    assert ("/few", True) not in kitchen.asked


@pytest.mark.usefixtures("patient")
def test_where_one_reader_s_link_leads_elsewhere_now_the_next_reader_s_is_tried() -> None:
    pages = Pages(0)
    kitchen = Kitchen(pages)

    async def crowd() -> None:
        making = Making(kitchen, pages)
        await making.make("/a", {"path": "/a"}, _nothing_sent, _unheard)
        first = _shown(pages, "/a")
        assert making.shown("/a", {"path": "/acted"})
        await _until(lambda: ("/acted", True) in kitchen.asked and kitchen.at_once == 0)
        await asyncio.sleep(0)
        assert making.shown("/a", {"path": "/a"})
        await _until(lambda: _shown(pages, "/a") is not first)

    on_a_loop(crowd())


@pytest.mark.usefixtures("patient")
def test_a_renewal_that_fails_or_takes_too_long_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.making.TOO_LONG", 0.05)
    pages = Pages(0)
    kitchen = Kitchen(pages)

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("fails"):
            raise RuntimeError
        if scope.get("hangs"):
            await asyncio.sleep(60)
        await kitchen(scope, receive, send)

    async def crowd() -> None:
        making = Making(behind, pages)
        for path in ("/fails", "/hangs", "/works"):
            await making.make(path, {"path": path}, _nothing_sent, _unheard)
        works = _shown(pages, "/works")
        for path, how in (("/fails", "fails"), ("/hangs", "hangs"), ("/works", "works")):
            assert making.shown(path, {"path": path, how: True})
        await _until(lambda: _shown(pages, "/works") is not works)

    on_a_loop(crowd())


def test_nothing_is_shown_longer_than_promised_after_it_was_read_and_nothing_older_replaces_it() -> None:
    now, pages = time.monotonic(), Pages(1.5)
    pages.keep("/a", now - 0.5, Given("x", 200, [], ("slow to make",)))
    page = _shown(pages, "/a")
    assert page.until + WHILE_MADE <= now - 0.5 + GONE_WITHIN + 0.001
    pages.keep("/a", now - 0.6, Given("x", 200, [], ("older",)))
    assert _shown(pages, "/a") is page
    pages.keep("/b", now - 60, Given("x", 200, [], ("a minute to make",)))
    assert _shown(pages, "/b"), "who waited for it is shown it"


def test_what_nobody_asked_for_is_not_logged_as_an_answer(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr("alerts.core.logs.answered", lambda **values: said.append(values["endpoint"]))
    an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    behind = Bridge(app.wsgi_app, largest=100_000)
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/en/", "query_string": b"", "headers": []}
    on_a_loop(behind({**scope, RENEWAL: True}, _nothing_sent, _unheard))  # type: ignore[arg-type]
    assert said == []
    on_a_loop(behind(scope, _nothing_sent, _unheard))  # type: ignore[arg-type]
    assert said == ["public.front"]
