"""A campaign's page as its readers get it: every block, nothing that may not be shown, few questions, every state."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from alerts.actions.load import load_folder
from alerts.actions.models import UrgentAction
from alerts.actions.publishing import withdraw
from alerts.actions.states import CaseState, Visibility
from alerts.core.languages import LANGUAGES
from alerts.organisers import Role
from alerts.web import campaigns
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action, brought_to
from tests.campaigns.scenes import DEMO, a_folder, a_published_page, into, swapped
from tests.search.scenes import statements
from tests.web.pages import number_of, words

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NOT_HOME = ("home: true\n", "")


def the_demo(session: Session, *, ended: int = 1) -> list[UrgentAction]:
    """The demo's campaign and its five cases, the last `ended` of them closed."""
    author = an_actor(session, Role.AUTHOR)
    cases = [session.get_one(UrgentAction, one.case_id) for one in load_folder(session, author, DEMO)]
    for place, case in enumerate(cases):
        state = CaseState.CLOSED if place >= len(cases) - ended else CaseState.PUBLISHED
        brought_to(session, case, state, author=author)
    a_published_page(session, DEMO)
    session.commit()
    return cases


def test_the_front_page_has_every_block_in_every_language(session: Session, client: FlaskClient) -> None:
    cases = the_demo(session)
    for code in LANGUAGES:
        page = client.get(f"/{code}/")
        assert page.status_code == 200
        html5lib.HTMLParser(strict=True).parse(page.text)
        for part in (
            'class="hero"', 'id="gallery"', "<blockquote>", 'id="narrative"', 'id="act"', 'class="bars"',
            'class="ring"', "<table>", 'id="outcomes"', 'class="share"',
        ):  # fmt: skip
            assert part in page.text, (code, part)
        assert page.text.count("<article") == 4, "cards are of open cases"
        assert f"/{code}/defenders/elena-milashina" in page.text
        assert f"/{code}/ua/{number_of(cases[-1])}" in page.text, "what ended is told"
    front = client.get("/en/")
    said = words(front)
    for part in (
        "281",
        "156",
        "over 75%",
        "80% more than in 2015",
        "Defend journalist Elena Milashina!",
        "Salil Shetty",
    ):
        assert part in said, part
    assert 'aria-label="156 in 2015, 281 in 2016' in front.text
    persian = words(client.get("/fa/"))
    for part in ("۲۸۱", "۷۵\u200f٪", "۸۰\u200f٪"):
        assert part in persian, "signs stand on one side of their figures, wherever those stand"


def test_the_sign_up_leads_to_the_page_for_it_and_is_left_out_without_one(
    session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_demo(session)
    monkeypatch.setattr(campaigns, "SUBSCRIBING", "public.nothing")
    assert "Get alerts by mail" not in client.get("/en/").text
    monkeypatch.setattr(campaigns, "SUBSCRIBING", "public.ask_mine")  # any page of the site stands for it
    assert re.search(r'href="/en/[^"]+">Get alerts by mail</a>', client.get("/en/").text)


def test_a_campaign_has_its_own_address_in_each_language_it_speaks(
    session: Session, client: FlaskClient, tmp_path: Path
) -> None:
    a_published_page(session, a_folder(tmp_path, en=swapped(NOT_HOME), es=swapped(language="es")))
    inside = into(session, an_urgent_action(session, CaseState.PUBLISHED))
    outside = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    page = client.get("/fa/c/spring")
    assert "They speak for all of us." in words(page)
    assert '<link rel="canonical" href="http://localhost:8000/en/c/spring">' in page.text
    for code in ("en", "es"):
        assert f'<link rel="alternate" hreflang="{code}" href="http://localhost:8000/{code}/c/spring">' in page.text
    assert 'rel="alternate" hreflang="fa"' not in page.text
    assert 'hreflang="x-default" href="http://localhost:8000/c/spring"' in page.text
    assert number_of(inside) in page.text
    assert number_of(outside) not in page.text
    asked = client.get("/c/spring", headers={"Accept-Language": "es"})
    assert '<html lang="es"' in asked.text
    assert "Accept-Language" in asked.headers["Vary"]
    assert "/es/c/spring" in client.get("/es/sitemap.xml").text
    assert "/fa/c/spring" not in client.get("/fa/sitemap.xml").text
    assert client.get("/en/c/nothing").status_code == 404


def test_the_campaign_at_home_is_at_home_only(session: Session, client: FlaskClient) -> None:
    the_demo(session)
    moved = client.get("/fa/c/we-defend")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/fa/")


def test_whoever_is_withheld_or_withdrawn_stands_nowhere_on_it(
    session: Session, client: FlaskClient, tmp_path: Path
) -> None:
    a_published_page(session, a_folder(tmp_path))
    for visibility, name in ((Visibility.WITHHELD, "Qubilai Hidden"), (Visibility.PSEUDONYM, "Orsolya Covered")):
        defender = a_defender(session, name=name, visibility=visibility)
        a_consent(session, defender, scope=visibility)
        into(session, an_urgent_action(session, CaseState.PUBLISHED, defender=defender))
        into(session, an_urgent_action(session, CaseState.CLOSED, defender=defender))
    gone = into(session, an_urgent_action(session, CaseState.PUBLISHED))
    session.commit()
    before = client.get("/en/")
    assert "/en/defenders/amal-sabri" in before.text
    withdraw(session, an_actor(session, Role.SENDER), gone.id, reason="The family asked for it.")
    session.commit()
    page = client.get("/en/")
    for part in ("Qubilai", "Orsolya", "Hidden", "Covered", "Amal Sabri", "amal-sabri", number_of(gone) + '"'):
        assert part not in page.text, part
    assert "The Lawyer" in words(page)
    assert "Name withheld" in words(page), "on the card of the case; the gallery leaves them out"
    assert page.text.count('href="/en/defenders/') == 1


def test_the_page_asks_the_database_little_whatever_there_is(
    app: Flask, session: Session, client: FlaskClient, tmp_path: Path
) -> None:
    a_published_page(session, a_folder(tmp_path))
    numbers = []
    for _ in range(2):
        for state in (CaseState.PUBLISHED, CaseState.PUBLISHED, CaseState.CLOSED):
            into(session, an_urgent_action(session, state))
        session.commit()
        with statements(app) as noted:
            assert client.get("/en/").status_code == 200
        numbers.append(len(noted))
    assert numbers[0] == numbers[1] <= 7, noted


def test_the_page_and_its_sheets_are_light(session: Session, client: FlaskClient) -> None:
    the_demo(session)
    for code in ("en", "ru", "fa"):
        page = client.get(f"/{code}/")
        sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
        assert len(sheets) == 3
        assert sum(len(zlib.compress(client.get(part).data, 9)) for part in (f"/{code}/", *sheets)) < 60_000


def test_without_a_campaign_the_front_page_still_leads_to_what_is_open(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    page = client.get("/en/")
    assert "<h1>We Defend</h1>" in page.text
    assert number_of(case) in page.text


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[Page]:
    """A small phone without scripts."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB", viewport={"width": 320, "height": 640})
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_on_a_small_phone_without_scripts_the_menu_opens_searches_and_leads_on(
    committed: Session, site: str, without_scripts: Page
) -> None:
    the_demo(committed)
    phone = without_scripts
    phone.goto(f"{site}/en/")
    expect(phone.get_by_role("navigation", name="Main menu")).to_be_hidden()
    phone.locator(".menu summary").focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("navigation", name="Main menu")).to_be_visible()
    phone.get_by_role("searchbox").fill("Milashina")
    phone.keyboard.press("Enter")
    expect(phone.locator("main")).to_contain_text("Elena Milashina")
    phone.goto(f"{site}/en/")
    phone.locator(".languages summary").click()
    phone.get_by_role("link", name="فارسی").click()
    assert phone.locator("html").get_attribute("dir") == "rtl"
    phone.locator(".hero .act").click()
    assert phone.url.endswith("/fa/#act")
    phone.locator(".faces a").first.click()
    assert "/fa/defenders/" in phone.url


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "fa"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    committed: Session, site: str, browser: Browser, code: str, scheme: str
) -> None:
    the_demo(committed)
    for width in (320, 1280):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for opened in ("", ".menu", ".languages", ".as-table"):
            page.goto(f"{site}/{code}/")
            if opened and page.locator(opened).is_visible():
                page.locator(f"{opened} summary").first.click()
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{code} {scheme} {width} {opened}\n{found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (code, width, opened)
        context.close()


WITHIN_ITS_COLUMN = """() => [...document.querySelectorAll('.figures .one-figure > div, .hero-words, .ends > li')]
  .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText.slice(0, 60))"""


@pytest.mark.browser
@pytest.mark.parametrize("code", LANGUAGES)
def test_at_no_width_does_anything_stand_beyond_its_column(
    committed: Session, site: str, browser: Browser, code: str
) -> None:
    the_demo(committed)
    context = browser.new_context(viewport={"width": 320, "height": 900})
    page = context.new_page()
    page.goto(f"{site}/{code}/")
    for width in (320, 390, 640, 768, 960, 1000, 1100, 1200, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert page.evaluate(WITHIN_ITS_COLUMN) == [], width
    for button in ("[data-copy]", "[data-share]"):
        shown = page.locator(button).first
        assert shown.is_visible() is page.evaluate(
            "name => name in navigator", {"[data-copy]": "clipboard", "[data-share]": "share"}[button]
        ), f"{button} is there where it works"
    context.close()
