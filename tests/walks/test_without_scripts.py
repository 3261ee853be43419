"""What a phone without scripts can do, in English and in Persian: sign up, leave, search, switch, act in a frame."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core.languages import direction
from alerts.core.tokens import Purpose, mint
from alerts.participation.models import Participation
from alerts.subscribers.models import SignUp, Subscriber
from tests.builders import an_urgent_action
from tests.walks.looking import PAUSE
from tests.walks.states import LANGUAGES
from tests.web.pages import an_alert, number_of

pytestmark = pytest.mark.parametrize("code", LANGUAGES)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone without scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}, locale="en-GB")
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


def press(page: Page, selector: str = "main form:not([role=search]) button[type=submit]") -> None:
    """Press the button and be where it leads; the page reads the way its language does."""
    with page.expect_navigation():
        page.locator(selector).first.click()


def reads(page: Page, code: str) -> None:
    html = page.locator("html")
    assert (html.get_attribute("lang"), html.get_attribute("dir")) == (code, direction(code))


def test_somebody_signs_up_chooses_leaves_and_comes_back_for_less(
    committed: Session, site: str, phone: Page, code: str
) -> None:
    phone.goto(f"{site}/{code}/subscribe")
    phone.locator("#email").fill("nobody")
    press(phone)
    expect(phone.locator("#email")).to_have_attribute("aria-invalid", "true")
    assert phone.locator("#email").input_value() == "nobody", "what was typed is kept"
    phone.locator("#email").fill("new@mail.example")
    phone.wait_for_timeout(PAUSE)
    press(phone)
    reads(phone, code)
    asked = committed.scalars(select(SignUp)).one()
    phone.goto(f"{site}/s/{mint(Purpose.SIGN_UP, asked.id)}")
    reads(phone, code)
    press(phone)
    phone.locator("input[value=daily]").check()
    phone.locator("input[value=arrest]").check()
    press(phone, "main form.writing button[type=submit]")
    person = committed.scalars(select(Subscriber)).one()
    assert (person.language, person.how_often, person.risks) == (code, "daily", ["arrest"])
    phone.goto(f"{site}/u/{mint(Purpose.LEAVE, 0, extra=person.address_hash)}?lang={code}")
    reads(phone, code)
    press(phone)
    committed.expire_all()
    assert person.state == "left"
    press(phone)
    committed.expire_all()
    assert (person.state, person.how_often) == ("active", "weekly")


def test_a_visitor_opens_the_menu_searches_and_switches_the_language(
    committed: Session, site: str, phone: Page, code: str
) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED, languages=LANGUAGES)
    committed.commit()
    phone.goto(f"{site}/{code}/")
    phone.locator("header details:not(.languages) summary").click()
    phone.locator("header details:not(.languages) input[type=search]").fill("lawyer" if code == "en" else code)
    press(phone, "header details:not(.languages) form button")
    reads(phone, code)
    phone.locator("main ol a").first.click()
    phone.goto(f"{site}/{code}/ua/{number_of(case)}")
    other = next(one for one in LANGUAGES if one != code)
    phone.locator("details.languages summary").click()
    press(phone, f"details.languages a[hreflang={other}]")
    reads(phone, other)
    assert f"/{other}/ua/{number_of(case)}" in phone.url, "it is the page that one was on"


def test_from_the_mail_one_press_and_the_way_back(committed: Session, site: str, phone: Page, code: str) -> None:
    alert = an_alert(committed, language=code)
    committed.commit()
    phone.goto(site + alert.act_link())
    reads(phone, code)
    press(phone)
    reads(phone, code)
    made = committed.scalars(select(Participation)).one()
    assert made.state == "confirmed"
    press(phone, ".receipt button")
    committed.expire_all()
    assert made.state == "withdrawn"


def test_an_action_in_a_frame_takes_a_name(committed: Session, site: str, phone: Page, code: str) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED, languages=LANGUAGES)
    committed.commit()
    phone.goto(f"{site}/{code}/embed/{number_of(case)}")
    reads(phone, code)
    phone.locator("#name").fill("Ana Example")
    phone.locator("#email").fill("ana@mail.example")
    phone.locator("#country").select_option("GT")
    phone.wait_for_timeout(PAUSE)
    press(phone, "form button[type=submit]")
    assert committed.scalars(select(Participation)).one().state == "pending"
