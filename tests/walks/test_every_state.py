"""Every state of every public page: nothing for axe to find, whole HTML, links that lead somewhere."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from tests.guards.test_routes import PUBLIC, rules
from tests.walks.looking import Looking, shown
from tests.walks.states import LANGUAGES, NOT_PAGES, endings, states

LINKS = """() => [...document.querySelectorAll('a[href], link[href], form[action]')]
  .filter(one => !(one.tagName === 'FORM' && one.method === 'post'))
  .map(one => one.tagName === 'FORM' ? one.action : one.href)"""


@pytest.mark.parametrize("code", LANGUAGES)
def test_axe_finds_nothing_and_all_is_sound(committed: Session, site: str, browser: Browser, code: str) -> None:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    looking, found = Looking(context.new_page()), dict[str, list[str]]()
    for state in [*states(committed), *endings(committed)]:
        faults = looking.faults(site + state.in_language(code), state)
        if looking.page.locator("html").get_attribute("lang") != code:
            faults.append("another language")
        if faults:
            name = f"{state.endpoint} {re.sub('/[A-Za-z0-9_-]{40,}', '/…', state.path)} {state.press}".strip()
            found[name] = faults
    context.close()
    assert found == {}, "\n".join(map(str, found.items()))


def test_every_page_of_the_public_site_is_walked(whole_app: Flask, committed: Session) -> None:
    readable = {rule.endpoint for rule in rules(whole_app) if "GET" in (rule.methods or set())} & PUBLIC
    assert {state.endpoint for state in states(committed)} | NOT_PAGES == readable


def test_every_link_leads_somewhere(committed: Session, site: str, browser: Browser) -> None:
    context = browser.new_context()
    page, links, walked = context.new_page(), dict[str, str](), dict[str, int]()
    for state in states(committed):
        for code in LANGUAGES:
            status, here = shown(page, site + state.in_language(code), state).status, page.url
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
