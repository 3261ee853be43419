"""The unknown: a list that says why, and two ways to settle it, with the counters; a SendGrid stand-in counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core.errors import NotAllowed, Refused
from alerts.delivery.sendgrid import SendGridTransport
from alerts.mailings.errors import AudienceChanged
from alerts.mailings.models import MailingState
from alerts.mailings.shifting import Which
from alerts.mailings.unsettled import BY_HAND, How, settle, unknown_reasons, unknown_rows
from alerts.mailings.upkeep import finish_complete
from alerts.organisers import Role
from alerts.subscribers.service import leave
from tests.builders import an_actor, past_deadline
from tests.mailings.counting import stray_batches, told
from tests.mailings.scenes import Launch, people
from tests.standins.sendgrid_standin import KEY, Reply, SendGrid, a_sendgrid

ALL = Which()


@pytest.fixture
def sendgrid() -> Iterator[SendGrid]:
    """A SendGrid that takes the first request and answers 504 to it, the second 500; then all is well."""
    replies = {1: Reply(504, taken=True), 2: Reply(500, taken=False)}
    with a_sendgrid(replies.get) as running:
        yield running


def unsure(session: Session, sendgrid: SendGrid, *, old: bool = True) -> Launch:
    """A done mailing to 24 people: two batches of it are unknown, each for a reason of its own."""
    people(session, 24)
    mailing = Launch(session)
    hand_over(mailing, sendgrid)
    finish_complete(session)
    if old:
        session.execute(text("UPDATE deliveries SET at = at - interval '16 minutes'"))
    session.commit()
    assert mailing.progress.state is MailingState.DONE
    assert mailing.ledger["unknown"] == mailing.progress.unknown > 0
    return mailing


def hand_over(mailing: Launch, sendgrid: SendGrid) -> None:
    """Hand over until nothing is left, over the waits that no answer brings."""
    transport = SendGridTransport(key=KEY, host=sendgrid.url, timeout=5)
    for _ in range(4):
        mailing.hand_over(transport)
        mailing.retry_now()


def test_the_unknown_are_listed_by_reason_and_one_by_one(session: Session, sendgrid: SendGrid) -> None:
    mailing = unsure(session, sendgrid)
    reasons = unknown_reasons(session, mailing.sender, mailing.id)
    assert {one.code for one in reasons} == {"500", "504"}
    assert all(one.reason and one.again == one.people and one.batches == 1 for one in reasons)
    assert sum(one.people for one in reasons) == mailing.progress.unknown
    rows = unknown_rows(session, mailing.sender, mailing.id)
    assert len(rows) == mailing.progress.unknown
    assert all(row.email and row.code and row.at for row in rows)
    assert unknown_rows(session, mailing.sender, mailing.id, after=rows[0].delivery_id, limit=3) == rows[1:4]


def test_sent_again_they_go_out_once_more_and_only_they(session: Session, sendgrid: SendGrid) -> None:
    mailing = unsure(session, sendgrid)
    unknown = {row.email for row in unknown_rows(session, mailing.sender, mailing.id)}
    before = sendgrid.taken.copy()
    settled = settle(session, mailing.sender, mailing.id, How.RESEND, ALL, confirmed=len(unknown))
    session.commit()
    assert settled == (len(unknown), 0)
    assert stray_batches(session) == []
    assert mailing.ledger == {"handed_over": 24 - len(unknown), "deferred": len(unknown)}
    hand_over(mailing, sendgrid)
    assert sendgrid.taken - before == dict.fromkeys(unknown, 1)
    assert mailing.ledger == {"handed_over": 24}
    assert stray_batches(session) == []
    assert told(session, mailing.id, "mailing.settled") == [{"how": "resend", "people": len(unknown)}]


def test_counted_as_handed_over_nothing_goes_out_and_the_row_says_who_said_so(
    session: Session, sendgrid: SendGrid
) -> None:
    mailing = unsure(session, sendgrid)
    taken_first = next(one for one in unknown_reasons(session, mailing.sender, mailing.id) if one.code == "504")
    requests = sendgrid.requests
    settled = settle(session, mailing.sender, mailing.id, How.HANDED_OVER, taken_first.which)
    session.commit()
    left = mailing.progress.unknown
    assert settled == (taken_first.people, 0)
    assert {one.code for one in unknown_reasons(session, mailing.sender, mailing.id)} == {"500"}
    assert mailing.ledger == {"handed_over": 24 - left, "unknown": left}
    assert mailing.progress.state is MailingState.DONE
    assert stray_batches(session) == []
    hand_over(mailing, sendgrid)
    assert sendgrid.requests == requests
    said = session.scalars(text("SELECT DISTINCT reason FROM ledger WHERE state = 'handed_over' AND reason <> ''"))
    assert said.all() == [f"{BY_HAND} {taken_first.reason}"]


def test_one_alone_can_be_settled_and_a_second_press_does_nothing(session: Session, sendgrid: SendGrid) -> None:
    mailing = unsure(session, sendgrid)
    row, other, *_ = unknown_rows(session, mailing.sender, mailing.id)
    only = Which(delivery_id=row.delivery_id)
    for how in How:
        one = only if how is How.RESEND else Which(delivery_id=other.delivery_id)
        assert settle(session, mailing.sender, mailing.id, how, one).people == 1
        session.commit()
        with pytest.raises(Refused, match="Nobody is left"), session.begin_nested():
            settle(session, mailing.sender, mailing.id, how, one)
    assert len(told(session, mailing.id, "mailing.settled")) == 2
    assert stray_batches(session) == []


def test_while_the_provider_may_still_report_settling_asks_once_more(session: Session, sendgrid: SendGrid) -> None:
    mailing = unsure(session, sendgrid, old=False)
    for how in How:
        with pytest.raises(Refused, match="may still report"), session.begin_nested():
            settle(session, mailing.sender, mailing.id, how, ALL)
    session.execute(text("UPDATE deliveries SET at = at - interval '16 minutes' WHERE code = '504'"))
    assert settle(session, mailing.sender, mailing.id, How.RESEND, Which(code="504")).people
    assert settle(session, mailing.sender, mailing.id, How.RESEND, Which(code="500"), sooner=True).people


def test_who_left_meanwhile_is_not_sent_it_again_and_stays_unknown(session: Session, sendgrid: SendGrid) -> None:
    mailing = unsure(session, sendgrid)
    gone = session.execute(
        text("SELECT s.address_hash, s.email FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id"
             " WHERE d.state = 'unknown' LIMIT 1")
    ).one()  # fmt: skip
    leave(session, gone.address_hash)
    session.commit()
    before = sendgrid.taken[gone.email]
    assert settle(session, mailing.sender, mailing.id, How.RESEND, ALL).left == 1
    session.commit()
    hand_over(mailing, sendgrid)
    assert sendgrid.taken[gone.email] == before
    assert mailing.ledger == {"handed_over": 23, "unknown": 1}


def test_after_the_deadline_none_goes_out_again_but_all_can_be_counted(session: Session, sendgrid: SendGrid) -> None:
    mailing = unsure(session, sendgrid)
    past_deadline(session, mailing.case.id)
    with pytest.raises(Refused, match="deadline"), session.begin_nested():
        settle(session, mailing.sender, mailing.id, How.RESEND, ALL)
    assert settle(session, mailing.sender, mailing.id, How.HANDED_OVER, ALL).people
    assert mailing.ledger == {"handed_over": 24}


def test_the_number_that_was_typed_must_be_the_number_there_is(session: Session, sendgrid: SendGrid) -> None:
    mailing = unsure(session, sendgrid)
    for how in How:
        with pytest.raises(AudienceChanged), session.begin_nested():
            settle(session, mailing.sender, mailing.id, how, ALL, confirmed=1)
    assert mailing.ledger["unknown"] == mailing.progress.unknown


def test_only_who_may_launch_settles_and_only_who_may_see_the_ledger_sees_them(session: Session) -> None:
    people(session, 1)
    mailing = Launch(session)
    author = an_actor(session, Role.AUTHOR)
    for how in How:
        with pytest.raises(NotAllowed):
            settle(session, author, mailing.id, how, ALL)
    for read in (unknown_rows, unknown_reasons):
        with pytest.raises(NotAllowed):
            read(session, author, mailing.id)
