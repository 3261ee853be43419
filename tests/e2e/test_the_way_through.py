"""One urgent action, all the way, as people go it: real site, real worker and clock, real SMTP, a real browser.

A scanner fetches every link of every mail, twice, before any person does; and nobody's address gets into a log.
"""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import default

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core.ids import new_id
from alerts.organisers import SYSTEM, Role
from alerts.organisers.service import add_organiser
from alerts.participation.service import act, stranger
from tests.builders import an_urgent_action
from tests.e2e.installation import Site, a_site, counted, fetch  # noqa: F401 - a fixture
from tests.mailings.scenes import people
from tests.support.processes import wait_until

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"


def _signed_in(browser: Browser, site: Site, address: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(f"{site.base}/console/")
    page.get_by_label("Mail address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.base}/console/")
    return page


def _organisers(session: Session) -> dict[str, str]:
    addresses = {}
    for role in (Role.AUTHOR, Role.REVIEWER, Role.SENDER):
        addresses[role.value] = f"{role.value}-{new_id().hex[-6:]}@office.example"
        add_organiser(
            session, SYSTEM, email=addresses[role.value], name=f"The {role.value}", password=PASSWORD, roles=[role]
        )
    session.commit()
    return addresses


def test_from_review_to_a_counted_act_and_out_again(site: Site, browser: Browser, committed: Session) -> None:
    organisers = _organisers(committed)
    amina, boris, *_ = people(committed, 4, name="Amina Diallo")
    case = an_urgent_action(committed, CaseState.DRAFT)
    committed.commit()
    case_page = f"{site.base}/console/cases/{case.id}"
    public_page = f"{site.base}/en/ua/{case.sequence}-{case.year % 100:02d}"

    author = _signed_in(browser, site, organisers["author"])
    author.goto(case_page)
    author.get_by_role("button", name="Submit for review").click()
    expect(author.get_by_role("button", name="Approve")).to_have_count(0)

    reviewer = _signed_in(browser, site, organisers["reviewer"])
    expect(reviewer.get_by_text("Waiting for review").first).to_be_visible()
    reviewer.goto(case_page)
    reviewer.get_by_role("button", name="Approve").click()
    assert fetch(public_page) == 404

    sender = _signed_in(browser, site, organisers["sender"])
    sender.goto(f"{case_page}/launch")
    sender.get_by_label("Number of people").fill("3")
    sender.get_by_role("button", name=re.compile("Launch to")).click()
    expect(sender.get_by_text("now it would be 4").first).to_be_visible()
    sender.get_by_label("Number of people").fill("4")
    sender.get_by_role("button", name=re.compile("Launch to")).click()
    wait_until(lambda: site.relay.taken.total() == 4, what="four mails")
    expect(sender.get_by_text("done", exact=False).first).to_be_visible(timeout=10_000)

    _scanned(site, committed)
    mail = site.mail_to(amina.email or "")
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    _acts_twice_and_counts_once(site, browser, mail, public_page)
    _leaves_in_one_click(site, committed, site.mail_to(boris.email or ""), boris.address_hash)
    _withdrawn_everywhere(site, sender, case_page, public_page, mail)
    _log_knows_nobody(site)


def _scanned(site: Site, session: Session) -> None:
    """What mail scanners do: every link of every mail, twice, by GET and HEAD."""
    before = counted(session)
    for raw in list(site.relay.messages):
        links = site.links_of(email.message_from_bytes(raw, policy=default))
        assert len(links) >= 3
        for link in links * 2:
            assert fetch(link) == 200
            assert fetch(link, "HEAD") == 200
    assert counted(session) == before == (0, 0, 0)


def _act_link(site: Site, mail: EmailMessage) -> str:
    return next(link for link in site.links_of(mail) if "/a/" in link)


def _acts_twice_and_counts_once(site: Site, browser: Browser, mail: EmailMessage, public_page: str) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False).new_page()
    phone.goto(_act_link(site, mail))
    expect(phone.get_by_text("You sign as A•••• D.", exact=False)).to_be_visible()
    assert "Amina" not in phone.content()
    phone.get_by_role("button", name="Add my name").click()
    first_receipt = phone.locator("main").inner_text()
    phone.goto(_act_link(site, mail))
    phone.get_by_role("button", name="Show my receipt").click()
    assert phone.locator("main").inner_text() == first_receipt
    phone.goto(public_page)
    expect(phone.get_by_text("1 person", exact=False).first).to_be_visible()


def _leaves_in_one_click(site: Site, session: Session, mail: EmailMessage, address_hash: bytes) -> None:
    """RFC 8058: a POST with no cookie, answered 200, that takes effect at once."""
    link = next(link for link in site.links_of(mail) if "/u/" in link)
    assert fetch(link, "POST", b"List-Unsubscribe=One-Click") == 200
    session.rollback()
    left = text("SELECT state FROM subscribers WHERE address_hash = :hash")
    assert session.scalar(left, {"hash": address_hash}) == "left"


def _withdrawn_everywhere(site: Site, organiser: Page, case_page: str, public_page: str, mail: EmailMessage) -> None:
    organiser.goto(f"{case_page}/withdraw")
    organiser.locator("textarea").first.fill("The family asked for it.")
    organiser.get_by_role("button", name=re.compile("withdraw", re.IGNORECASE)).last.click()
    wait_until(lambda: fetch(public_page) == 410, seconds=2, what="the page to be gone")
    assert fetch(_act_link(site, mail)) == 410
    assert fetch(_act_link(site, mail), "POST", b"") == 410
    organiser.goto(f"{site.base}/en/")
    assert "Defend the lawyer" not in organiser.content()


def _log_knows_nobody(site: Site) -> None:
    log = site.log.read_text()
    assert "worker.started" in log
    assert "mail.example" not in log
    assert "office.example" not in log
    assert not re.search(r"/[aucr]/[A-Za-z0-9_-]{30}", log)


def test_someone_who_came_without_a_mail_acts_and_counts_once_confirmed(
    site: Site, browser: Browser, committed: Session
) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED)
    committed.commit()
    public_page = f"{site.base}/en/ua/{case.sequence}-{case.year % 100:02d}"
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(public_page)
    page.get_by_label("name", exact=False).first.fill("Chen Li")
    page.get_by_label("email", exact=False).first.fill("chen@mail.example")
    page.get_by_label("country", exact=False).first.select_option("FR")
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Add my name").click()
    expect(page.get_by_text("look at your mail", exact=False)).to_be_visible()
    assert _acts(committed) == {"pending": 1}

    mail = site.mail_to("chen@mail.example")
    assert str(mail["Auto-Submitted"]) == "auto-generated"
    for link in site.links_of(mail) * 2:
        assert fetch(link) == 200
    assert _acts(committed) == {"pending": 1}
    page.goto(next(link for link in site.links_of(mail) if "/k/" in link))
    page.get_by_role("button", name="Yes, add my name").click()
    assert _acts(committed) == {"confirmed": 1}

    page.get_by_role("button", name=re.compile("withdraw", re.IGNORECASE)).click()
    assert _acts(committed) == {"withdrawn": 1}
    committed.rollback()
    kept = committed.execute(text("SELECT name, email, country FROM participations")).one()
    assert tuple(kept) == (None, None, None)
    _log_knows_nobody(site)


def test_somebody_gets_the_page_of_their_own_acts_by_mail_and_nobody_else_gets_any(
    committed: Session, browser: Browser, site: Site
) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED)
    act(committed, case.id, stranger(email="chen@mail.example", name="Chen Li", country="FR", language="en"))
    committed.commit()
    page = browser.new_context().new_page()
    for address in ("nobody@mail.example", "chen@mail.example"):
        page.goto(f"{site.base}/en/my")
        page.get_by_label("Your email address").fill(address)
        page.wait_for_timeout(2500)
        page.get_by_role("button", name="Mail me the link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Please look at your mail")
    mail = site.mail_to("chen@mail.example")
    page.goto(next(link for link in site.links_of(mail) if "/m/" in link))
    expect(page.get_by_text(case.number)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="A table (CSV)").click()
    assert case.number in download.value.path().read_text("utf-8")
    assert site.relay.taken["nobody@mail.example"] == 0
    committed.rollback()
    assert set(committed.scalars(text("SELECT email FROM page_requests"))) == {None}
    _log_knows_nobody(site)


def _acts(session: Session) -> dict[str, int]:
    session.rollback()
    rows = session.execute(text("SELECT state, count(*) AS people FROM participations GROUP BY state"))
    return {row.state: row.people for row in rows}
