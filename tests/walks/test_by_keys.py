"""Every journey, by keys alone: the focus is always seen, and every press can be made."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.tokens import Purpose, mint
from alerts.mailings.models import Mailing
from alerts.organisers import SYSTEM, Role
from alerts.organisers.service import add_organiser
from alerts.participation.models import Participation
from alerts.participation.service import act, stranger
from alerts.subscribers.models import SignUp, Subscriber
from tests.builders import an_urgent_action
from tests.mailings.scenes import people
from tests.walks.keys import Keys
from tests.walks.looking import PAUSE
from tests.walks.states import EVERY_KIND
from tests.web.pages import an_alert, number_of

PASSWORD = "correct horse battery staple"


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_from_the_mail_to_the_receipt_and_back(committed: Session, site: str, keys: Keys) -> None:
    alert, page = an_alert(committed), keys.page
    alert.case.kinds = EVERY_KIND
    committed.commit()
    page.goto(site + alert.act_link())
    keys.go("^Add my name$")
    assert "Your name is on the letter" in heading(page)
    keys.to("My full name and country").press("ArrowDown")
    keys.write("Town, if it may stand", "Lyon").go("Keep this choice")
    expect(page.get_by_label("My initials and town")).to_be_checked()
    keys.go("Write your own letter").go("^(See|Look at|Go on|Make|Read).*")
    page.go_back()
    page.go_back()
    keys.go("Withdraw my name")
    assert heading(page) == "Your name is withdrawn"


def test_a_visitor_who_makes_a_mistake_is_led_to_it_and_acts(committed: Session, site: str, keys: Keys) -> None:
    case, page = an_urgent_action(committed, CaseState.PUBLISHED), keys.page
    committed.commit()
    page.goto(f"{site}/en/ua/{number_of(case)}")
    keys.to("^Skip to").enter()
    page.wait_for_timeout(PAUSE)
    keys.write("^Your name", "Ana Example")
    keys.go("^Add my name$")
    keys.to("Write your whole email address|Your email address").enter()
    assert page.evaluate("document.activeElement.id") == "email", "the summary leads to the field"
    page.keyboard.type("ana@mail.example")
    keys.to("^Your country")
    page.keyboard.type("Guatemala")
    keys.go("^Add my name$")
    assert "/check-mail" in page.url
    made = committed.scalars(select(Participation)).one()
    page.goto(f"{site}/k/{mint(Purpose.CONFIRM, made.id)}")
    keys.go("Confirm|Add my name|Yes")
    assert "Your name is on the letter" in heading(page)


def test_somebody_signs_up_chooses_and_leaves(committed: Session, site: str, keys: Keys) -> None:
    page = keys.page
    page.goto(f"{site}/en/subscribe")
    page.wait_for_timeout(PAUSE)
    keys.write("Your email address", "new@mail.example").go("^(Tell me|Sign up|Yes|Write to me|Mail me).*")
    asked = committed.scalars(select(SignUp)).one()
    page.goto(f"{site}/s/{mint(Purpose.SIGN_UP, asked.id)}")
    keys.go("^(Yes|Confirm|Write to me|Sign me up).*")
    keys.to("Each alert, at once").press("ArrowDown", "ArrowDown")
    keys.to("^Killing").press("Space")
    keys.go("Keep this choice")
    committed.expire_all()
    person = committed.scalars(select(Subscriber)).one()
    assert (person.how_often, person.risks) == ("weekly", ["killing"])
    keys.go("^Stop all mail").go("^Stop all mail")
    assert heading(page) == "Done: no more mail"
    keys.go("Yes, once a week")
    committed.expire_all()
    assert person.how_often == "weekly"


def test_somebody_finds_a_case_in_another_language(committed: Session, site: str, keys: Keys) -> None:
    an_urgent_action(committed, CaseState.PUBLISHED, languages=("en", "fr"))
    committed.commit()
    page = keys.page
    page.goto(f"{site}/en/")
    keys.write("^Search cases", "lawyer").enter()
    page.wait_for_url("**/search?q=lawyer")
    keys.to("English$").enter()
    keys.go("^Français$")
    assert page.url.endswith("/fr/search?q=lawyer")
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(f"{site}/en/")
    keys.to("^Menu").enter()
    keys.go("^All cases$")
    assert page.url.endswith("/en/cases")


def test_somebody_takes_one_act_back_and_deletes_the_rest(committed: Session, site: str, keys: Keys) -> None:
    ana = stranger(email="ana@mail.example", name="Ana", country="GT", language="en")
    for _ in range(2):
        act(committed, an_urgent_action(committed, CaseState.PUBLISHED).id, ana)
    committed.commit()
    link = mint(Purpose.MINE, 0, expires=clock.now() + timedelta(days=1), extra=address_hash("ana@mail.example"))
    page = keys.page
    page.goto(f"{site}/m/{link}")
    keys.go("^Withdraw my name")
    expect(page.get_by_role("button", name=re.compile("Withdraw my name"))).to_have_count(1)
    keys.to("^Delete everything…").press("Enter").go("^Delete everything now")
    assert heading(page) == "Everything is deleted"


def test_an_organiser_launches_pauses_and_cancels(committed: Session, site: str, keys: Keys) -> None:
    case, page = an_urgent_action(committed, CaseState.APPROVED), keys.page
    people(committed, 3)
    add_organiser(committed, SYSTEM, email="sender@office.example", name="Sena", password=PASSWORD, roles=[Role.SENDER])
    committed.commit()
    page.goto(f"{site}/console/")
    keys.write("Mail address", "sender@office.example").write("Password", PASSWORD).go("^Sign in$")
    keys.go(case.number)
    keys.write("Number of people", "3").go("^Launch to")
    keys.go("^Pause$").go("^Resume$").go("^Cancel")
    keys.go("^(Cancel|Stop) ")
    committed.expire_all()
    assert committed.scalars(select(Mailing.state)).one() == "cancelled"
    assert committed.get_one(UrgentAction, case.id).state == "published"
