"""What scripts add, and what axe finds: the console in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.organisers import Role
from alerts.organisers.permissions import SYSTEM
from alerts.organisers.service import add_organiser
from tests.builders import an_urgent_action
from tests.mailings.scenes import Launch, people

PASSWORD = "four words and more"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

pytestmark = pytest.mark.browser


def _sign_in(session: Session, page: Page, site: str) -> None:
    add_organiser(session, SYSTEM, email="all@office.example", name="Ana Wide", password=PASSWORD, roles=list(Role))
    session.commit()
    page.goto(f"{site}/console/sign-in")
    page.fill("#email", "all@office.example")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{site}/console/")


def test_text_that_was_not_saved_is_offered_again_and_forgotten_once_saved(
    committed: Session, page: Page, site: str
) -> None:
    case = an_urgent_action(committed)
    _sign_in(committed, page, site)
    address = f"{site}/console/cases/{case.id}/texts/en"
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(address)
    page.fill("#story", "Written for **an hour**")
    page.wait_for_selector("#preview .preview-story strong:text('an hour')")
    page.goto(f"{site}/console/")
    page.goto(address)
    page.click("text=Put it back")
    assert page.input_value("#story") == "Written for **an hour**"
    page.click("text=Save this text")
    page.wait_for_selector("text=The English text is saved.")
    page.goto(address)
    assert page.locator(".restore").count() == 0


def test_figures_move_and_a_pause_elsewhere_is_seen_without_a_press(committed: Session, page: Page, site: str) -> None:
    people(committed, 5)
    mailing = Launch(committed)
    _sign_in(committed, page, site)
    page.goto(f"{site}/console/mailings/{mailing.id}")
    other = page.context.new_page()
    other.goto(page.url)
    other.click("text=Pause")

    page.wait_for_selector("text=Nothing more is handed over until someone resumes it.", timeout=5_000)
    assert page.get_by_role("button", name="Resume").is_visible()


def test_what_a_choice_of_when_needs_is_shown_with_that_choice_alone(committed: Session, page: Page, site: str) -> None:
    people(committed, 2)
    case = an_urgent_action(committed, CaseState.APPROVED)
    _sign_in(committed, page, site)
    page.goto(f"{site}/console/cases/{case.id}/launch")

    def shown() -> list[bool]:
        return [page.locator(field).is_visible() for field in ("#at", "#local_hour")]

    assert shown() == [False, False]
    page.get_by_label("At a moment").check()
    assert shown() == [True, False]
    page.get_by_label("At an hour on each reader's clock").check()
    assert shown() == [False, True]
    found = Axe().run(page, options=RULES).response["violations"]
    assert [violation["id"] for violation in found] == []
    page.fill("#confirmed", "2")
    page.get_by_role("button", name="Launch to 2 people").click()
    page.wait_for_url("**/mailings/*")
    assert "when their clock shows 09:00" in page.inner_text("body")
