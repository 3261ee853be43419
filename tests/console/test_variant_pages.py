"""Variants over the pages: written beside a text, seen by who reviews, tested at launch, chosen once."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.actions.variants import variants_of
from alerts.mailings.models import Mailing, MailingWinner
from alerts.organisers import Role
from tests.builders import an_urgent_action
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.console.test_in_a_browser import RULES
from tests.console.test_in_a_browser import _sign_in as sign_in
from tests.mailings.scenes import people
from tests.mailings.test_variants import SECOND, Trying, with_variants


def test_a_variant_is_written_and_whoever_reviews_sees_it(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, languages=("en",))
    at = f"/console/cases/{case.id}/texts/en/variants"
    version = case.bulletins[0].texts[0].version
    done = at_desk(Role.AUTHOR).post(at, data={"version": str(version), "b_call": SECOND})
    assert done.status_code == 303
    page = whole(at_desk(Role.REVIEWER).get(f"/console/cases/{case.id}"))
    assert "Variant B" in page
    assert SECOND in page
    assert SECOND in whole(at_desk(Role.AUTHOR).get(at))


def test_an_edit_that_was_slower_is_shown_what_stands_and_keeps_what_was_typed(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, languages=("en",))
    session.commit()
    at, desk = f"/console/cases/{case.id}/texts/en/variants", at_desk(Role.AUTHOR)
    version = str(case.bulletins[0].texts[0].version)
    assert desk.post(at, data={"version": version, "b_call": SECOND}).status_code == 303
    slower = desk.post(at, data={"version": version, "b_call": "Mine!"})
    page = whole(slower)
    assert slower.status_code == 409
    assert SECOND in page
    assert 'value="Mine!"' in slower.text
    session.expire_all()
    kept = variants_of(session, case.bulletins[0].id)
    assert [one.call for one in kept.values()] == [SECOND]


def test_the_launch_page_offers_the_test_only_where_there_are_variants(session: Session, at_desk: Desk) -> None:
    people(session, 4)
    plain, case, desk = an_urgent_action(session, CaseState.APPROVED), with_variants(session), at_desk(Role.SENDER)
    assert "Test 2 variants" not in whole(desk.get(f"/console/cases/{plain.id}/launch"))
    at = f"/console/cases/{case.id}/launch"
    assert "Test 2 variants beside the text" in whole(desk.get(at))
    refused = desk.post(at, data={"confirmed": "4", "when": "now", "decide_after": "2"})
    assert refused.status_code == 422
    sent = {"confirmed": "4", "when": "now", "sample": "50", "decide_after": "2"}
    assert desk.post(at, data=sent).status_code == 303
    mailing = session.scalars(select(Mailing)).one()
    assert mailing.plan["trial"] == {"share": 50, "decide_after": 7200, "variants": 3}


def test_how_the_test_stands_is_told_honestly_and_the_choice_asks_once_more(session: Session, at_desk: Desk) -> None:
    people(session, 40)
    mailing, desk = Trying(session), at_desk(Role.SENDER)
    held = mailing.progress.waiting_for_winner
    page = whole(desk.get(f"/console/mailings/{mailing.id}"))
    assert "It is too little to tell which is the best." in page
    assert f"{held} people wait for the winner." in page
    at = f"/console/mailings/{mailing.id}/choose/1"
    assert f"{held} people who wait get it now." in whole(desk.get(at))
    assert session.scalars(select(MailingWinner)).all() == []
    done = desk.post(at)
    assert done.status_code == 303
    assert "Variant B was chosen" in whole(desk.get(done.location))
    again = desk.post(f"/console/mailings/{mailing.id}/choose/2")
    assert again.status_code == 422
    assert "Variant B was chosen already" in again.text


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_on_the_pages_of_a_test(committed: Session, page: Page, site: str, width: int) -> None:
    people(committed, 10)
    mailing, case = Trying(committed), with_variants(committed)
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(committed, page, site)
    at = f"mailings/{mailing.id}"
    for path in (at, f"{at}/choose/1", f"cases/{case.id}", f"cases/{case.id}/texts/en/variants"):
        page.goto(f"{site}/console/{path}")
        found = Axe().run(page, options=RULES).response["violations"]
        assert found == [], (path, [(fault["id"], fault["nodes"][0]["html"]) for fault in found])
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
