"""The console without scripts: a case from the first word to its launch, watched, paused, gone on with, cancelled."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.models import Mailing
from alerts.organisers import SYSTEM, Role
from alerts.organisers.service import add_organiser
from tests.builders import a_consent, a_defender
from tests.mailings.scenes import people

PASSWORD = "correct horse battery staple"


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """A desk without scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 800}, locale="en-GB")
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


def sign_in(session: Session, desk: Page, site: str, role: Role) -> None:
    """Somebody with this role comes to the desk."""
    address = f"{role.value}@office.example"
    add_organiser(session, SYSTEM, email=address, name=f"The {role.value}", password=PASSWORD, roles=[role])
    session.commit()
    if "/console/" in desk.url:
        press(desk, "Sign out")
    desk.goto(f"{site}/console/")
    desk.get_by_label("Mail address").fill(address)
    desk.get_by_label("Password").fill("wrong")
    press(desk, "Sign in")
    expect(desk.locator("#faults")).to_be_visible()
    desk.get_by_label("Password").fill(PASSWORD)
    press(desk, "Sign in")
    assert desk.url == f"{site}/console/"


def press(desk: Page, name: str) -> None:
    """Press the button, and be where it leads."""
    with desk.expect_navigation():
        desk.get_by_role("button", name=re.compile(name)).first.click()


def test_a_case_goes_from_the_first_word_to_a_cancelled_mailing(committed: Session, desk: Page, site: str) -> None:
    a_consent(committed, a_defender(committed))
    people(committed, 3)
    sign_in(committed, desk, site, Role.AUTHOR)
    _written(desk)
    case = committed.scalars(select(UrgentAction)).one()
    sign_in(committed, desk, site, Role.REVIEWER)
    _sent_back(desk, case.number)
    desk.goto(f"{site}/console/")
    sign_in_again(desk, site, Role.AUTHOR)
    desk.get_by_role("link", name=case.number).first.click()
    expect(desk.get_by_text("Say where.")).to_be_visible()
    press(desk, "Submit for review")
    sign_in_again(desk, site, Role.REVIEWER)
    desk.get_by_role("link", name=case.number).first.click()
    press(desk, "Approve")
    sign_in(committed, desk, site, Role.SENDER)
    _launched(committed, desk, case.number)


def sign_in_again(desk: Page, site: str, role: Role) -> None:
    """Somebody who was here before comes back."""
    press(desk, "Sign out")
    desk.goto(f"{site}/console/")
    desk.get_by_label("Mail address").fill(f"{role.value}@office.example")
    desk.get_by_label("Password").fill(PASSWORD)
    press(desk, "Sign in")


def _written(desk: Page) -> None:
    desk.get_by_role("link", name="Begin a case").click()
    desk.get_by_label("Working title").fill("Lawyer threatened")
    press(desk, "Begin the case")
    expect(desk.locator("#faults")).to_be_visible()
    assert desk.get_by_label("Working title").input_value() == "Lawyer threatened", "what was typed is kept"
    desk.get_by_label("Defender").select_option(index=1)
    desk.get_by_label("Deadline: last day").fill("2099-12-31")
    desk.get_by_label("Who is asked").select_option("new")
    desk.get_by_text("A new target", exact=True).click()
    desk.get_by_label("Name of the target").fill("The office")
    desk.get_by_label("Office", exact=True).fill("Attorney General")
    desk.get_by_label("Salutation").fill("Dear Attorney General,")
    desk.locator("#target_email").fill("attorney@office.example")
    press(desk, "Begin the case")
    desk.get_by_role("link", name=re.compile("Edit the .* text")).click()
    for label in ("Call", "Summary", "Story", "Points to ask for", "Letter"):
        desk.get_by_label(label, exact=True).fill(f"{label}: protect her.")
    press(desk, "^Preview$")
    expect(desk.locator("#preview").get_by_text("Summary: protect her.")).to_be_visible()
    press(desk, "Save this text")
    press(desk, "Submit for review")
    expect(desk.get_by_text("In review").first).to_be_visible()


def _sent_back(desk: Page, number: str) -> None:
    desk.get_by_role("link", name=number).first.click()
    desk.get_by_text("Send back with a note").click()
    press(desk, "^Send back$")
    expect(desk.locator("#faults")).to_be_visible()
    desk.locator("#note").fill("Say where.")
    press(desk, "^Send back$")


def _launched(session: Session, desk: Page, number: str) -> None:
    desk.get_by_role("link", name=number).first.click()
    desk.get_by_label("Number of people").fill("4")
    press(desk, "Launch to 3 people")
    expect(desk.get_by_text("now it would be 3").first).to_be_visible()
    desk.get_by_label("Number of people").fill("3")
    press(desk, "Launch to 3 people")
    expect(desk.get_by_text("0 of 0 handed over so far")).to_be_visible()
    mailing = session.scalars(select(Mailing)).one()
    while freeze_next_slice(session, mailing.id, batch_size=10):
        pass
    session.commit()
    expect(desk.get_by_text("of 3 handed over")).to_be_visible(timeout=10_000)  # the page asks again by itself
    press(desk, "^Pause$")
    press(desk, "^Resume$")
    desk.get_by_role("link", name="Cancel …").click()
    press(desk, "Cancel this mailing")
    session.expire_all()
    assert mailing.state == "cancelled"
