"""Every state of every public page: nothing for axe to find, whole HTML, links that lead somewhere."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from tests.guards.test_routes import PUBLIC, rules
from tests.walks.states import LANGUAGES, NOT_PAGES, State, states

Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[str, Scheme, int], ...] = (
    ("en", "light", 320),
    ("en", "dark", 1280),
    ("fa", "dark", 320),
    ("fa", "light", 1280),
)
"""Each language in both schemes and at both widths."""

PAUSE = 2_100
"""Milliseconds after which a form may be sent: whoever is quicker is taken for a program."""
SOUND = """() => {
  const faults = [], ids = new Set();
  for (const one of document.querySelectorAll('[id]')) {
    if (ids.has(one.id)) faults.push('id twice: ' + one.id);
    ids.add(one.id);
  }
  for (const name of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls'])
    for (const one of document.querySelectorAll('[' + name + ']'))
      for (const id of one.getAttribute(name).split(/\\s+/))
        if (!ids.has(id)) faults.push(name + ' points at nothing: ' + id);
  const heads = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]);
  if (heads.filter(level => level === 1).length !== 1) faults.push('h1: ' + heads.join(' '));
  if (heads.some((level, at) => at && level > heads[at - 1] + 1)) faults.push('a level is skipped: ' + heads.join(' '));
  for (const image of document.images)
    if (!image.hasAttribute('alt') || !image.width || !image.getAttribute('height')) faults.push('image: ' + image.src);
  if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls sideways');
  if (!document.querySelector('meta[name=viewport]') || !document.title) faults.push('no viewport or title');
  for (const one of document.querySelectorAll('a[href], button, summary, select, input:not([type=hidden])')) {
    const box = one.getBoundingClientRect();
    const inline = getComputedStyle(one).display === 'inline' || one.closest('p, li, label, dd, .trap');
    if (box.width && box.height && !inline && (box.width < 24 || box.height < 24))
      faults.push('small target: ' + one.outerHTML.slice(0, 90));
  }
  return faults;
}"""
LINKS = """() => [...document.querySelectorAll('a[href], link[href], form[action]')]
  .filter(one => !(one.tagName === 'FORM' && one.method === 'post'))
  .map(one => one.tagName === 'FORM' ? one.action : one.href)"""


def shown(page: Page, site: str, state: State, code: str) -> int:
    """The page in that state; its status."""
    answer = page.goto(site + state.in_language(code))
    assert answer is not None
    if state.press:
        page.wait_for_timeout(PAUSE if "/ua/" in state.path else 0)
        with page.expect_response(lambda one: one.request.is_navigation_request() and one.status != 303) as pressed:
            page.locator(state.press).first.click()
        page.wait_for_load_state()
        return pressed.value.status
    return answer.status


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_axe_finds_nothing_and_all_is_sound(
    committed: Session, site: str, browser: Browser, look: tuple[str, Scheme, int]
) -> None:
    code, scheme, width = look
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, locale="en-GB")
    context.set_default_timeout(10_000)
    page, found = context.new_page(), dict[str, Any]()
    said: list[str] = []
    page.on(
        "console", lambda one: said.append(one.text) if one.type == "error" and "status of 4" not in one.text else None
    )
    page.on("pageerror", lambda one: said.append(str(one)))
    for state in states(committed):
        name = f"{state.endpoint} {re.sub('/[A-Za-z0-9_-]{40,}', '/…', state.path)} {state.press}".strip()
        if (status := shown(page, site, state, code)) != state.status:
            found[name] = f"answered {status}, not {state.status}"
            continue
        for summary in page.locator("main summary:visible").all():
            summary.click()
        faults = [*page.evaluate(SOUND), *_axe(page), *said]
        if page.locator("html").get_attribute("lang") != code:
            faults.append("another language")
        said.clear()
        if faults:
            found[name] = faults
    context.close()
    assert found == {}


def _axe(page: Page) -> Iterator[str]:
    results = Axe().run(page)
    for one in results.response["violations"]:
        for node in one["nodes"]:
            yield f"{one['id']}: {node['html'][:160]}"


def test_every_page_of_the_public_site_is_walked(whole_app: Flask, committed: Session) -> None:
    readable = {rule.endpoint for rule in rules(whole_app) if "GET" in (rule.methods or set())} & PUBLIC
    assert {state.endpoint for state in states(committed)} | NOT_PAGES == readable


def test_every_link_leads_somewhere(committed: Session, site: str, browser: Browser) -> None:
    context = browser.new_context()
    page, links, walked = context.new_page(), dict[str, str](), dict[str, int]()
    for state in states(committed):
        for code in LANGUAGES:
            status, here = shown(page, site, state, code), page.url
            walked[_in_any_language(urldefrag(here).url)] = status
            for link in page.evaluate(LINKS):
                whole = urljoin(here, link).replace("http://localhost:8000", site)
                if urlsplit(whole).netloc == urlsplit(site).netloc:
                    links[whole] = here
    context.close()
    broken, pages = [], dict[str, tuple[int, str]]()
    for link, where in links.items():
        address, fragment = urldefrag(link)
        if address not in pages:
            pages[address] = _fetched(address)
        status, body = pages[address]
        known = status == 200 or walked.get(_in_any_language(address)) == status
        if not known or (fragment and f'id="{fragment}"' not in body):
            broken.append((status, link, where))
    assert broken == [], "\n".join(map(str, broken))
    assert len(pages) > 60


def _in_any_language(address: str) -> str:
    """What is the same of an address in every language."""
    return re.sub(r"[?&]lang=..$", "", re.sub(r"(?<=\d)/(en|es|fr|ar|fa|ru)(?=/|$)", "/LANG", address))


def _fetched(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
