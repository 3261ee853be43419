"""Mail scanners: they fetch every link of a mail, many at once, rewritten as they like, and nothing comes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.e2e.installation import Site, a_site, counted, fetch  # noqa: F401 - a fixture
from tests.mailings.scenes import Launch, people
from tests.support.processes import wait_until

pytestmark = pytest.mark.browser
AT_ONCE = 20
PREFETCH = {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch", "X-Purpose": "preview"}


class _Gateway(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Lead on to the address that was wrapped, with what gateways append to it."""
        self.send_response(302)
        self.send_header("Location", f"{unquote(self.path.partition('?u=')[2])}?utm_source=mail&x=1&data=05%7C02")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *_: object) -> None:
        """Tests read pages, not access logs."""


@contextmanager
def a_gateway() -> Iterator[str]:
    """A mail security gateway's own redirector; gives what it puts before each link."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/safe?u="
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rewritten(link: str, gateway: str) -> Iterator[str]:
    """The link, as gateways, mail programs and bad decoders change it."""
    base, path = link[: -len(urlsplit(link).path)], urlsplit(link).path
    yield gateway + quote(link, safe="")
    yield f"{link}?utm_source=mail&utm_campaign=x&x=1"
    yield base.replace("http://localhost", "HTTP://LOCALHOST") + path
    yield base + "".join(f"%{ord(one):02X}" if at % 3 else one for at, one in enumerate(path))
    for glued in ("/", ".", ",", ")", "%3E", "%22%3E", "&gt;", "%E2%80%9D", "=", "%20"):
        yield link + glued
    if len(path) > 40:
        yield f"{base}{path[:30]}=%0D%0A{path[30:]}"
        yield f"{base}{path[:30]}%0A{path[30:]}"
    yield f"{base}/{path}"
    yield base + path.replace("/", "//")


def test_whatever_a_scanner_does_with_the_links_changes_nothing_and_the_press_still_acts(
    site: Site, browser: Browser, committed: Session
) -> None:
    acts, leaves = people(committed, 2, name="Amina Diallo")
    Launch(committed)
    wait_until(lambda: site.relay.taken.total() == 2, what="two mails")
    with a_gateway() as gateway, ThreadPoolExecutor(AT_ONCE) as pool:
        links = {site_link for one in (acts, leaves) for site_link in site.links_of(site.mail_to(one.email or ""))}
        before, odd = _noted(committed), dict[str, set[int]]()
        for link in sorted(links):
            ways = [one for one in rewritten(link, gateway) if urlsplit(link).path != "/"] or [link]
            asked = [(way, method) for way in [link, *ways] for method in ("GET", "HEAD")]
            answers = list(pool.map(lambda one: fetch(*one), asked))
            answers += pool.map(lambda _, link=link: fetch(link, headers=PREFETCH), range(AT_ONCE))
            if set(answers) != {200}:
                odd |= {way: {status} for (way, _), status in zip(asked, answers, strict=False) if status != 200}
        assert odd == {}
        assert _noted(committed) == before
        assert counted(committed) == (0, 0, 0)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(gateway + quote(_link(site, acts.email, "/a/"), safe=""))
        expect(page.get_by_text("You sign as A•••• D.", exact=False)).to_be_visible()
        page.get_by_role("button", name="Add my name").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Your name is on the letter")
        page.goto(f"{_link(site, leaves.email, '/u/')}%3E")
        page.get_by_role("button", name="Stop all mail").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Done: no more mail")
    assert counted(committed) == (1, 1, 1)


def _link(site: Site, email: str | None, kind: str) -> str:
    return next(link for link in site.links_of(site.mail_to(email or "")) if kind in link)


def _noted(session: Session) -> list[str | None]:
    """A fingerprint of everything that a link could have changed."""
    session.rollback()
    tables = ("participations", "subscribers", "suppressions", "sign_ups", "page_requests", "relays", "deliveries")
    query = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    return [session.scalar(text(query.format(table))) for table in tables]
