"""A real `alerts web`, someone signed in to it, and how long one page takes, asked for again and again."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from uuid import UUID

from alerts.organisers import SYSTEM, Role
from alerts.organisers.service import add_organiser
from bench.stage import Stage
from tests.support.processes import environment_of, running, wait_until

EMAIL, PASSWORD = "watcher@office.example", "four words and more"
PAUSE = 0.1
"""Seconds between two looks: more often than the page itself asks."""
_CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Website:
    """A running site and the cookie of someone who is signed in."""

    port: int
    cookie: str

    @contextmanager
    def watched(self, mailing: UUID) -> Iterator[list[float]]:
        """Look at the mailing's progress for as long as the block; gives the milliseconds of each look."""
        taken: list[float] = []
        watcher = _Watcher(self, f"/console/mailings/{mailing}/progress", taken)
        watcher.start()
        try:
            yield taken
        finally:
            watcher.over.set()
            watcher.join()
        assert not watcher.refused, f"the page answered {watcher.refused[0]}"
        assert taken, "the page should have been looked at"


@dataclass
class _Watcher(threading.Thread):
    site: Website
    path: str
    taken: list[float]
    refused: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """On one connection, as a browser does it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        while not self.over.wait(PAUSE):
            began = time.perf_counter()
            connection.request("GET", self.path, headers={"Cookie": self.site.cookie})
            answer = connection.getresponse()
            body = answer.read()
            self.taken.append((time.perf_counter() - began) * 1000)
            if answer.status != http.HTTPStatus.OK or not body:
                self.refused.append(f"{answer.status} after {len(self.taken)} looks")
                return
        connection.close()


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def a_website(stage: Stage) -> Iterator[Website]:
    """`alerts web` for as long as the block, at the stage's port, with a sender signed in."""
    port = stage.settings.port
    with stage.session() as session:
        add_organiser(session, SYSTEM, email=EMAIL, name="Ana Wide", password=PASSWORD, roles=[Role.SENDER])
        session.commit()
    with running("web", environment_of(stage.settings), log=stage.folder / "web.log"):
        wait_until(lambda: answers(port), what="the site to answer")
        yield Website(port, _signed_in(port))


def answers(port: int) -> bool:
    """Whether somebody listens at the port."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _signed_in(port: int) -> str:
    """The cookie of someone who typed address and password."""
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    address = f"http://127.0.0.1:{port}/console/sign-in"
    with browser.open(address) as page:
        found = _CSRF.search(page.read().decode())
    assert found, "the form to sign in should hold a token"
    typed = urllib.parse.urlencode({"email": EMAIL, "password": PASSWORD, "csrf_token": found[1]})
    with browser.open(address, data=typed.encode()) as page:
        assert page.url.endswith("/console/"), f"signing in led to {page.url}"
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
