"""Launching, watching, stopping and reading the ledger over the pages."""

from __future__ import annotations

import csv
import io
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState, Visibility
from alerts.audit.models import AuditEntry
from alerts.mailings.models import Mailing, MailingState
from alerts.organisers import Role
from tests.builders import an_urgent_action
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.mailings.scenes import Launch, people


def _state(session: Session, mailing_id: UUID) -> MailingState:
    session.expire_all()
    mailing = session.get(Mailing, mailing_id)
    assert mailing is not None
    return MailingState(mailing.state)


def test_the_number_that_was_typed_must_be_the_number_there_is(session: Session, at_desk: Desk) -> None:
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    desk = at_desk(Role.SENDER)
    address = f"/console/cases/{case.id}/launch"

    words = desk.post(address, data={"confirmed": "many"})
    wrong = desk.post(address, data={"confirmed": "3"})

    assert (words.status_code, wrong.status_code) == (422, 409)
    assert "now it would be 2" in whole(wrong)
    assert 'value="3"' in wrong.get_data(as_text=True)
    assert session.scalars(select(Mailing)).all() == []
    assert desk.post(address, data={"confirmed": " 2 "}).status_code == 303


def test_the_launch_page_shows_every_language_of_the_mail_and_who_is_left_out(session: Session, at_desk: Desk) -> None:
    people(session, 2)
    people(session, 1, language="fa")
    case = an_urgent_action(session, CaseState.APPROVED, languages=("en", "fa"))
    answer = at_desk(Role.SENDER).get(f"/console/cases/{case.id}/launch")

    page = whole(answer)
    assert "Launch to 3 people" in page
    assert "فارسی" in page
    assert f"/console/bulletins/{case.bulletins[0].id}/mail/fa" in page
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_mail_is_shown_shut_in_and_without_a_name_that_is_withheld(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, visibility=Visibility.WITHHELD)
    answer = at_desk(Role.AUTHOR).get(f"/console/bulletins/{case.bulletins[0].id}/mail/en")

    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Lawyer threatened" in answer.get_data(as_text=True)
    assert case.defender.name not in answer.get_data(as_text=True)


def test_a_mailing_can_be_paused_resumed_and_cancelled_with_a_question(session: Session, at_desk: Desk) -> None:
    people(session, 5)
    mailing = Launch(session)
    desk = at_desk(Role.SENDER)
    address = f"/console/mailings/{mailing.id}"

    assert desk.post(f"{address}/pause").status_code == 303
    assert _state(session, mailing.id) is MailingState.PAUSED
    assert "Nothing more is handed over until someone resumes it." in whole(desk.get(address))
    again = desk.post(f"{address}/pause")
    assert again.status_code == 422
    assert "cannot become paused" in whole(again)
    assert desk.post(f"{address}/resume").status_code == 303
    assert "5 people who still wait will not get it." in whole(desk.get(f"{address}/cancel"))
    assert _state(session, mailing.id) is MailingState.RUNNING
    assert desk.post(f"{address}/cancel").status_code == 303
    assert _state(session, mailing.id) is MailingState.CANCELLED
    assert desk.get(f"{address}/cancel").status_code == 303


def test_figures_are_asked_for_each_second_until_the_state_changes(session: Session, at_desk: Desk) -> None:
    people(session, 5)
    mailing = Launch(session)
    desk = at_desk(Role.REVIEWER)
    address = f"/console/mailings/{mailing.id}"

    page = whole(desk.get(address))
    assert 'data-hx-trigger="every 1s"' in page
    assert "Pause" not in page
    same = desk.get(f"{address}/progress?state=running")
    other = desk.get(f"{address}/progress?state=paused")
    assert "of 5 handed over" in same.get_data(as_text=True)
    assert "HX-Refresh" not in same.headers
    assert other.headers["HX-Refresh"] == "true"


def test_a_provider_in_trouble_is_told_in_plain_words_with_its_own_beside(session: Session, at_desk: Desk) -> None:
    people(session, 1)
    mailing = session.get(Mailing, Launch(session).id)
    assert mailing is not None
    mailing.state, mailing.trouble = MailingState.STOPPED.value, "535 5.7.8 Authentication failed"
    session.flush()

    page = whole(at_desk(Role.SENDER).get(f"/console/mailings/{mailing.id}"))

    assert "The provider refuses us, and waiting will not help." in page
    assert "535 5.7.8 Authentication failed" in page
    assert "Resume" in page


def test_the_ledger_is_paged_and_filtered(session: Session, at_desk: Desk) -> None:
    people(session, 103)
    mailing = Launch(session)
    desk = at_desk(Role.SENDER)
    address = f"/console/mailings/{mailing.id}/ledger"

    first = whole(desk.get(address))
    assert first.count('<th scope="row">') == 100
    following = first.partition("Next page")[0].rpartition('href="')[2].partition('"')[0]
    assert whole(desk.get(following)).count('<th scope="row">') == 3
    assert "Nobody is in this list." in whole(desk.get(f"{address}?state=refused"))


def test_taking_the_ledger_needs_a_purpose_and_is_recorded_and_holds_no_formula(
    session: Session, at_desk: Desk
) -> None:
    people(session, 2, name='=HYPERLINK("x")')
    mailing = Launch(session)
    desk = at_desk(Role.SENDER)
    address = f"/console/mailings/{mailing.id}/ledger.csv"

    refused = desk.post(address, data={"purpose": ""})
    assert refused.status_code == 422
    assert "Write what you need the list for" in whole(refused)
    answer = desk.post(address, data={"purpose": "Yearly report"})

    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    table = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [row["name"] for row in table] == ['\'=HYPERLINK("x")'] * 2
    entry = session.scalars(select(AuditEntry).filter_by(action="ledger.exported")).one()
    assert entry.details == {"purpose": "Yearly report"}
