"""After a mailing, over the pages: looked at first, the number typed, pressed once."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings.upkeep import finish_complete
from alerts.organisers import Role
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.mailings.counting import stray_batches, told
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import Script, a_relay

POLICY = "554 5.7.7 Not by our policy"
FULL = "552 5.2.2 Mailbox full"


def after_refusals(session: Session) -> Launch:
    """A done mailing to six: three refused by policy, one because it is full, two handed over."""
    refused = {
        person.email or "": answer for person, answer in zip(people(session, 4), [FULL, *[POLICY] * 3], strict=True)
    }
    people(session, 2)
    mailing = Launch(session)
    rcpt = lambda line: next((answer for email, answer in refused.items() if email in line), None)  # noqa: E731
    with a_relay(Script(rcpt=rcpt)) as relay:
        mailing.hand_over(smtp(relay.mail_url))
    finish_complete(session)
    session.commit()
    return mailing


def make_unknown(session: Session, *, minutes: int = 20) -> None:
    """Let what was refused be unknown instead, for so many minutes."""
    session.execute(
        text(
            "UPDATE deliveries SET state = 'unknown', code = '504', at = now() - make_interval(mins => :minutes),"
            " reason = CASE code WHEN '5.2.2' THEN 'No answer: TimeoutError.' ELSE 'Gateway Timeout' END"
            " WHERE state = 'refused'"
        ),
        {"minutes": minutes},
    )
    session.execute(text("UPDATE batches SET unknown = refused, refused = 0"))
    session.commit()


def following(desk: FlaskClient, page: str, words: str) -> str:
    """Where the first link with these words leads."""
    return page.partition(words)[0].rpartition('href="')[2].partition('"')[0]


def test_what_was_refused_is_shown_by_reason_and_tried_again_under_a_typed_number(
    session: Session, at_desk: Desk
) -> None:
    mailing = after_refusals(session)
    desk = at_desk(Role.SENDER)
    assert "4 people were refused for good" in whole(desk.get(f"/console/mailings/{mailing.id}"))
    listed = whole(desk.get(f"/console/mailings/{mailing.id}/refused"))
    assert POLICY in listed
    assert FULL in listed
    ask = following(desk, listed, "Try these again …")
    asked = whole(desk.get(ask))
    assert "3 people are tried again." in asked
    assert "5.7.7" in asked
    wrong = desk.post(ask, data={"confirmed": "4"})
    assert (wrong.status_code, mailing.ledger["refused"]) == (409, 4)
    assert "now it would be 3" in whole(wrong)
    assert desk.post(ask, data={"confirmed": "3"}).status_code == 303
    assert mailing.ledger == {"handed_over": 2, "deferred": 3, "refused": 1}
    assert "3 people are tried again." in whole(desk.get(f"/console/mailings/{mailing.id}"))
    again = desk.post(ask, data={"confirmed": "3"})
    assert again.status_code == 409
    assert "Nobody is left to be tried again" in whole(desk.get(ask))
    assert told(session, mailing.id, "mailing.retried") == [{"people": 3, "code": "5.7.7", "given_up": False}]


def test_one_person_needs_no_typing(session: Session, at_desk: Desk) -> None:
    mailing = after_refusals(session)
    page = whole(at_desk(Role.SENDER).get(f"/console/mailings/{mailing.id}/again?code=5.2.2&given_up=no"))
    assert "1 person is tried again." in page
    assert '<input type="hidden" name="confirmed" value="1">' in page


def test_what_hinders_trying_again_is_said_beforehand(session: Session, at_desk: Desk) -> None:
    mailing = after_refusals(session)
    session.execute(text("UPDATE urgent_actions SET deadline = now() - interval '1 hour'"))
    session.commit()
    desk = at_desk(Role.SENDER)
    for page in ("refused", "again", "joined"):
        found = whole(desk.get(f"/console/mailings/{mailing.id}/{page}"))
        assert "has passed" in found
        assert "Try these again" not in found
        assert "<button" not in found.partition("<main")[2]


def test_who_joined_since_is_counted_and_sent_it_as_a_mailing_of_its_own(session: Session, at_desk: Desk) -> None:
    mailing = after_refusals(session)
    desk = at_desk(Role.SENDER)
    address = f"/console/mailings/{mailing.id}/joined"
    assert "Nobody has joined since" in whole(desk.get(address))
    people(session, 2)
    session.commit()
    page = whole(desk.get(address))
    assert "Send to 2 who joined since" in page
    assert "Was in an audience of this bulletin" in page
    assert desk.post(address, data={"confirmed": "3"}).status_code == 409
    done = desk.post(address, data={"confirmed": "2"})
    assert done.status_code == 303
    assert str(mailing.id) not in done.headers["Location"]
    assert desk.post(address, data={"confirmed": "2"}).status_code == 409
    assert session.scalar(text("SELECT count(*) FROM mailings")) == 2


def test_the_unknown_are_settled_either_way_with_what_it_means_said_first(session: Session, at_desk: Desk) -> None:
    mailing = after_refusals(session)
    make_unknown(session)
    desk = at_desk(Role.SENDER)
    address = f"/console/mailings/{mailing.id}"
    assert "4 mails are unknown" in whole(desk.get(address))
    listed = whole(desk.get(f"{address}/unknown"))
    assert "but some get it twice" in listed
    ask = following(desk, listed, "Send again …")
    assert "Better twice than never." in whole(desk.get(ask))
    assert desk.post(ask, data={"confirmed": "3"}).status_code == 303
    assert mailing.ledger == {"handed_over": 2, "deferred": 3, "unknown": 1}
    gone = desk.get(ask)
    assert gone.status_code == 404
    rest = following(desk, whole(desk.get(f"{address}/unknown")), "Count as handed over …")
    assert "Who did not get the mail will not get it." in whole(desk.get(rest))
    assert desk.post(rest, data={"confirmed": "1"}).status_code == 303
    assert mailing.ledger == {"handed_over": 3, "deferred": 3}
    assert stray_batches(session) == []
    assert "Nothing is unknown" in whole(desk.get(f"{address}/unknown"))
    assert [entry["people"] for entry in told(session, mailing.id, "mailing.settled")] == [3, 1]


def test_what_the_provider_may_still_report_is_settled_only_by_who_says_so(session: Session, at_desk: Desk) -> None:
    mailing = after_refusals(session)
    make_unknown(session, minutes=2)
    desk = at_desk(Role.SENDER)
    address = f"/console/mailings/{mailing.id}/settle/handed-over"
    assert "wait until" in whole(desk.get(f"/console/mailings/{mailing.id}/unknown"))
    assert "I will not wait" in whole(desk.get(address))
    early = desk.post(address, data={"confirmed": "4"})
    assert early.status_code == 422
    assert "may still report" in whole(early)
    assert desk.post(address, data={"confirmed": "4", "sooner": "y"}).status_code == 303
    assert mailing.ledger == {"handed_over": 6}


@pytest.mark.parametrize("page", ["refused", "again", "joined", "unknown", "settle/resend", "settle/handed-over"])
def test_only_who_may_launch_gets_in(session: Session, at_desk: Desk, page: str) -> None:
    mailing = after_refusals(session)
    make_unknown(session)
    desk = at_desk(Role.AUTHOR, Role.REVIEWER, Role.DATA_OFFICER, Role.ADMINISTRATOR)
    address = f"/console/mailings/{mailing.id}/{page}"
    assert desk.get(address).status_code == 403
    if page not in ("refused", "unknown"):
        assert desk.post(address, data={"confirmed": "4", "sooner": "y"}).status_code == 403
    assert mailing.ledger["unknown"] == 4
    assert page not in whole(desk.get(f"/console/mailings/{mailing.id}"))


def test_there_are_two_ways_to_settle_and_no_third(session: Session, at_desk: Desk) -> None:
    mailing = after_refusals(session)
    assert at_desk(Role.SENDER).get(f"/console/mailings/{mailing.id}/settle/forget").status_code == 404
