"""Every way of acting works in a browser that runs no scripts, from the link to the way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import ActKind, CaseState
from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.tokens import Purpose, mint
from alerts.participation.models import Participation
from alerts.participation.service import Doing, act, add_to, stranger
from tests.builders import an_urgent_action
from tests.web.pages import an_alert, number_of

EVERY_KIND = ["sign", "write", "print", "share"]
PAUSE = 2_100
"""Milliseconds after which a form may be sent: whoever is quicker is taken for a program."""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A small phone without scripts."""
    context = browser.new_context(
        java_script_enabled=False, locale="en-GB", timezone_id="UTC", viewport={"width": 320, "height": 640}
    )
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


def the_act(session: Session) -> Participation:
    session.expire_all()
    return session.scalars(select(Participation)).one()


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled to sideways (measured without a script of the page)."""
    boxes = [box for box in (element.bounding_box() for element in page.locator("main *:visible").all()) if box]
    return all(box["x"] >= -1 and box["x"] + box["width"] <= 321 for box in boxes)


def test_from_the_mail_one_press_acts_and_the_letter_can_be_made_ones_own(
    committed: Session, site: str, phone: Page
) -> None:
    alert = an_alert(committed)
    alert.case.kinds = EVERY_KIND
    committed.commit()
    phone.goto(site + alert.act_link())
    phone.get_by_text("Make it yours").click()
    phone.get_by_label("The letter, in your words if you like").fill("Let her work in peace.")
    phone.get_by_role("button", name="Add my name").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Your name is on the letter")
    assert the_act(committed).letter == "Let her work in peace."
    assert fits(phone)

    phone.get_by_label("My initials and town").check()
    phone.get_by_label("Town, if it may stand").fill("Lyon")
    phone.get_by_role("button", name="Keep this choice").click()
    expect(phone.get_by_label("My initials and town")).to_be_checked()
    phone.get_by_role("button", name="I have shared it").click()
    phone.get_by_role("link", name="Print and post").click()
    expect(phone.get_by_text("1 Justice Street")).to_be_visible()
    assert fits(phone)
    phone.get_by_role("button", name="I have posted it").click()
    kept = the_act(committed)
    assert (kept.shown_as, kept.town, kept.kinds) == ("initials", "Lyon", ["sign", "share", "print"])

    phone.get_by_role("button", name="Withdraw my name").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your name is withdrawn")
    gone = the_act(committed)
    assert (gone.name, gone.email, gone.letter, gone.town) == (None,) * 4


def test_a_visitor_writes_a_letter_of_their_own(committed: Session, site: str, phone: Page) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED, languages=("en", "fr"))
    case.kinds = EVERY_KIND
    committed.commit()
    phone.goto(f"{site}/fr/ua/{number_of(case)}/write")
    assert fits(phone)
    phone.locator("input[name=point][value='1']").uncheck()
    phone.locator("#own").fill("Je suis avocate aussi.")
    phone.locator("button[value=edit]").click()
    letter = phone.locator("#letter")
    assert "Protect her. (en)" in letter.input_value()
    assert "Je suis avocate aussi." in letter.input_value()
    expect(phone.locator(".beside")).to_contain_text("Protect her. (fr)")
    assert fits(phone)
    phone.locator("#name").fill("Ana Example")
    phone.locator("#email").fill("ana@mail.example")
    phone.locator("#country").select_option("GT")
    phone.wait_for_timeout(PAUSE)
    phone.locator("button[value=send]").click()
    phone.wait_for_url("**/check-mail")
    assert (the_act(committed).kinds, the_act(committed).state) == (["write"], "pending")


def test_somebody_asks_for_their_page_takes_one_act_back_and_deletes_the_rest(
    committed: Session, site: str, phone: Page
) -> None:
    ana = stranger(email="ana@mail.example", name="Ana Example", country="GT", language="en")
    for _ in range(2):
        act(committed, an_urgent_action(committed, CaseState.PUBLISHED).id, ana)
    committed.commit()
    phone.goto(f"{site}/en/my")
    phone.get_by_label("Your email address").fill("ana@mail.example")
    phone.wait_for_timeout(PAUSE)
    phone.get_by_role("button", name="Mail me the link").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Please look at your mail")

    link = mint(Purpose.MINE, 0, expires=clock.now() + timedelta(days=1), extra=address_hash("ana@mail.example"))
    phone.goto(f"{site}/m/{link}")
    assert fits(phone)
    buttons = phone.get_by_role("button", name="Withdraw my name")
    expect(buttons).to_have_count(2)
    buttons.first.click()
    expect(buttons).to_have_count(1)
    last = phone.get_by_role("button", name="Delete everything now")
    expect(last).to_be_hidden()
    phone.get_by_text("Delete everything…").click()
    last.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Everything is deleted")
    committed.expire_all()
    assert {one.email for one in committed.scalars(select(Participation))} == {None}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr", "fa"])
def test_axe_finds_nothing_on_the_pages_of_acting(
    committed: Session, site: str, browser: Browser, language: str, scheme: Literal["light", "dark"]
) -> None:
    alert = an_alert(committed)
    alert.case.kinds = EVERY_KIND
    made = act(committed, alert.case.id, stranger(email="a@b.example", name="Ana", country="GT", language=language))
    add_to(committed, made, Doing(ActKind.WRITE, "My own words."))
    committed.commit()
    receipt, number = f"/r/{mint(Purpose.RECEIPT, made)}", number_of(alert.case)
    mine = f"/m/{mint(Purpose.MINE, 0, extra=address_hash('a@b.example'))}"
    private = [f"{path}?lang={language}" for path in (alert.act_link(), receipt, f"{receipt}/write", mine)]
    public = [f"/{language}/{path}" for path in (f"ua/{number}/write", f"ua/{number}/print", "my", "my/check-mail")]
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    page = context.new_page()
    found = {path[:12]: found for path in private + public if (found := _faults(page, site + path))}
    page.goto(f"{site}/{language}/ua/{number}/write")
    page.locator("button[value=edit]").click()
    page.locator("#letter").wait_for()
    found |= {"editor": faults} if (faults := _axe(page)) else {}
    page.locator("#letter").fill("")
    page.locator("button[value=send]").click()
    page.locator("#faults").wait_for()
    found |= {"corrections": faults} if (faults := _axe(page)) else {}
    context.close()
    assert found == {}


def _faults(page: Page, address: str) -> list[str]:
    page.goto(address)
    for summary in page.locator("main summary").all():
        summary.click()
    return _axe(page)


def _axe(page: Page) -> list[str]:
    results = Axe().run(page)
    return [f"{one['id']}: {node['html'][:160]}" for one in results.response["violations"] for node in one["nodes"]]
