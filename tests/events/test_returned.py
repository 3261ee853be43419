"""Mail at the bounce mailbox: read whatever it is, acted upon only where it proves what it is about."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.returnpaths import Reference, signed
from alerts.core.tokens import Purpose, mint
from alerts.events.bouncing import Became, forget_soft_bounces, take_returned
from alerts.events.returned import LARGEST, Says, read_returned
from alerts.mailings.reports import Reports, reports_of
from alerts.participation.models import Participation
from alerts.subscribers.models import Subscriber
from tests.events.mails import complaint, dsn, nested, out_of_office, qmail_bounce
from tests.events.posts import counts, rows
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import a_relay

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("whole_app")


@pytest.fixture
def mailing(session: Session) -> Launch:
    """A mailing to two people that was handed over."""
    people(session, 2)
    launched = Launch(session)
    with a_relay() as relay:
        launched.hand_over(smtp(relay.mail_url))
    return launched


def first(session: Session) -> int:
    """The delivery that things happen to."""
    return int(rows(session, "SELECT min(id) FROM deliveries")[0][0])


def path_of(number: int, kind: str = "d") -> str:
    """The return path of a mail of ours."""
    return f"bounces+{signed(kind, number)}@we-defend.example"


def person_of(session: Session, delivery: int) -> Subscriber:
    """Whom a delivery was for."""
    (id,) = rows(session, "SELECT subscriber_id FROM deliveries WHERE id = :id", id=delivery)[0]
    return session.get_one(Subscriber, id, populate_existing=True)


def suppressed(session: Session) -> list[tuple[str]]:
    """Why addresses are on the list."""
    return rows(session, "SELECT reason FROM suppressions")


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.10"])
def test_a_mailbox_that_is_not_there_is_never_mailed_again(mailing: Launch, session: Session, code: str) -> None:
    path = path_of(first(session))
    assert take_returned(session, dsn(to=path, status=code)) is Became.SUPPRESSED
    assert suppressed(session) == [("bounced",)]
    assert reports_of(session, mailing.id) == Reports(bounced=1)
    assert mailing.ledger == {"handed_over": 2}
    (words,) = rows(session, "SELECT reason FROM delivery_reports")[0]
    assert code in words
    assert "@" not in words


@pytest.mark.parametrize(
    "where",
    [
        lambda path: (dsn(to=path), ""),
        lambda path: (dsn(), path),
        lambda path: (dsn(path=path), ""),
        lambda path: (dsn(to=path.upper()), ""),
    ],
    ids=["header", "envelope", "returned mail", "capitals"],
)
def test_the_return_path_is_found_wherever_it_stands(
    mailing: Launch, session: Session, where: Callable[[str], tuple[bytes, str]]
) -> None:
    message, to = where(path_of(first(session)))
    assert take_returned(session, message, to=to) is Became.SUPPRESSED


@pytest.mark.parametrize("path", ["bounces+d{id}@we-defend.example", f"bounces+d{{id}}-{'a' * 26}@we-defend.example"])
def test_a_number_that_anybody_can_write_suppresses_nobody(mailing: Launch, session: Session, path: str) -> None:
    forged = path.format(id=first(session))
    assert take_returned(session, dsn(to=forged), to=forged) is Became.UNPROVEN_BOUNCE
    assert take_returned(session, complaint(path=forged)) is Became.UNPROVEN_COMPLAINT
    assert suppressed(session) == []
    assert reports_of(session, mailing.id) == Reports()
    assert counts(session, "mail") == {"bounce without proof": 1, "complaint without proof": 1}


def test_a_policy_or_our_content_is_no_fault_of_the_address(mailing: Launch, session: Session) -> None:
    number = first(session)
    for day in range(20):
        at = clock.now() + day * DAY
        assert take_returned(session, dsn(to=path_of(number), status="5.7.1"), at=at) is Became.OURS
    assert suppressed(session) == []
    assert reports_of(session, mailing.id) == Reports(returned=1)


def _soft(session: Session, number: int, at: datetime) -> Became:
    return take_returned(session, dsn(to=path_of(number, "c"), status="5.2.2"), at=at)


def _acts(session: Session, mailing: Launch, number: int) -> list[int]:
    """So many mails to one supporter: acts on as many cases."""
    found = []
    for _ in range(number):
        case = Launch(session).case
        act = Participation(
            urgent_action_id=case.id,
            person_hash=b"somebody's hash.",
            language="en",
            state="pending",
            acted_at=clock.now(),
        )
        session.add(act)
        session.flush()
        found.append(act.id)
    return found


def test_three_full_mailboxes_in_a_row_over_five_days_are_enough(mailing: Launch, session: Session) -> None:
    begin = clock.now()
    one, two, three = _acts(session, mailing, 3)
    assert _soft(session, one, begin) is Became.SOFT
    assert _soft(session, one, begin + 2 * DAY) is Became.SOFT, "the same mail, told twice"
    assert _soft(session, two, begin + 3 * DAY) is Became.SOFT
    assert suppressed(session) == []
    assert _soft(session, three, begin + 6 * DAY) is Became.SOFT_ENOUGH
    assert suppressed(session) == [("bounced",)]
    assert rows(session, "SELECT count(*) FROM soft_bounces") == [(0,)], "nothing more is kept of who is suppressed"


def test_soft_bounces_are_forgotten_when_they_can_no_longer_count(mailing: Launch, session: Session) -> None:
    one, two = _acts(session, mailing, 2)
    _soft(session, one, clock.now() - 40 * DAY)
    _soft(session, two, clock.now() - 20 * DAY)
    forget_soft_bounces(session)
    assert rows(session, "SELECT count(*) FROM soft_bounces") == [(2,)], "the newer one may go on with the row"
    session.execute(text("UPDATE soft_bounces SET at = at - interval '15 days'"))
    forget_soft_bounces(session)
    assert rows(session, "SELECT count(*) FROM soft_bounces") == [(0,)]


def test_a_delay_is_a_note(mailing: Launch, session: Session) -> None:
    assert take_returned(session, dsn(to=path_of(first(session)), action="delayed", status="4.4.1")) is Became.DELAYED
    assert reports_of(session, mailing.id) == Reports(delayed=1)
    assert suppressed(session) == []
    assert rows(session, "SELECT count(*) FROM soft_bounces") == [(0,)]


def test_who_is_away_is_left_alone(mailing: Launch, session: Session) -> None:
    path = path_of(first(session))
    assert take_returned(session, out_of_office(path), to=path) is Became.AUTOREPLY
    assert suppressed(session) == []
    assert reports_of(session, mailing.id) == Reports()


@pytest.mark.parametrize(("code", "became"), [("5.1.1", Became.SUPPRESSED), ("5.2.2", Became.SOFT), ("", Became.SOFT)])
def test_an_old_servers_bounce_is_understood(mailing: Launch, session: Session, code: str, became: Became) -> None:
    assert take_returned(session, qmail_bounce(path_of(first(session)), code)) is became


@pytest.mark.parametrize("proof", ["path", "token"])
def test_a_complaint_takes_the_person_off(mailing: Launch, session: Session, proof: str) -> None:
    number = first(session)
    token = mint(Purpose.LEAVE, number, extra=person_of(session, number).address_hash)
    message = complaint(path=path_of(number)) if proof == "path" else complaint(token=token)
    assert take_returned(session, message) is Became.COMPLAINED
    assert suppressed(session) == [("complained",)]
    person = person_of(session, number)
    assert (person.state, person.email, person.name) == ("left", None, None)
    assert reports_of(session, mailing.id).complained == (1 if proof == "path" else 0)


def test_not_spam_is_no_complaint(mailing: Launch, session: Session) -> None:
    message = complaint(path=path_of(first(session)), kind="not-spam")
    assert take_returned(session, message) is Became.NOTHING
    assert suppressed(session) == []


def test_a_token_of_another_purpose_takes_nobody_off(mailing: Launch, session: Session) -> None:
    number = first(session)
    act = mint(Purpose.ACT, number, extra=person_of(session, number).address_hash)
    assert take_returned(session, complaint(token=act)) is Became.UNPROVEN_COMPLAINT


def test_a_bounce_of_a_mail_that_asked_to_confirm_suppresses_the_supporter(mailing: Launch, session: Session) -> None:
    (act,) = _acts(session, mailing, 1)
    assert take_returned(session, dsn(to=path_of(act, "c"))) is Became.SUPPRESSED
    assert rows(session, "SELECT address_hash FROM suppressions") == [(b"somebody's hash.",)]
    assert reports_of(session, mailing.id) == Reports()


def test_a_mail_that_is_no_longer_known_is_no_proof(mailing: Launch, session: Session) -> None:
    assert take_returned(session, dsn(to=path_of(10**12))) is Became.UNPROVEN_BOUNCE


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(message: bytes) -> None:
    assert read_returned(message).says in Says


HEADERS = ("Content-Type", "To", "Auto-Submitted", "Subject", "Content-Transfer-Encoding", "X-Failed-Recipients")
VALUES = st.sampled_from(
    [
        'multipart/report; boundary="one"',
        "message/delivery-status",
        "message/feedback-report",
        "message/rfc822",
        "text/plain; charset=none",
        "base64",
        "=?utf-8?b?/w==?=",
        "auto-replied",
        "a@b.example",
    ]
) | st.text(max_size=30)


LINES = [b"--one", b"--one--", b"", b"Status: 5.1.1", b"Action: failed", b"Feedback-Type: abuse"]


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.sampled_from(HEADERS), VALUES), max_size=4),
    st.lists(
        st.sampled_from([b"--one", b"--one--", b"", b"Status: 5.1.1", b"Action: failed", b"Feedback-Type: abuse"])
    ),
    st.binary(max_size=50),
    st.booleans(),
)
def test_anything_that_looks_like_a_report_is_read(
    headers: list[tuple[str, str]], lines: list[bytes], rest: bytes, ours: bool
) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8", "replace")
    to = path_of(7) if ours else ""
    found = read_returned(head + b"\r\n" + b"\r\n".join(lines) + rest, to=to)
    assert found.says in Says
    assert found.reference == (Reference("d", 7) if ours else None)
    assert not found.words or ("\x00" not in found.words and found.words.encode())


@given(st.integers(0, len(dsn())), st.binary(max_size=20))
def test_a_report_that_is_cut_or_broken_anywhere_is_read(place: int, put: bytes) -> None:
    whole = dsn(to=path_of(7))
    assert read_returned(whole[:place]).says in Says
    assert read_returned(whole[:place] + put + whole[place:]).says in Says


@pytest.mark.parametrize(
    "bomb",
    [
        nested(5_000),
        nested(19, lines=80_000),
        nested(400, lines=80_000),
        b"Content-Type: message/rfc822\r\n\r\n" * 8_000,
        b"\r\n" * 130_000,
        b"A" * LARGEST,
        b"A: b\r\n" * 40_000,
        b"(" * 100_000 + b": x\r\n\r\n",
        b"Content-Type: " + b"a;" * 100_000 + b"\r\n\r\n",
        b"Auto-Submitted: " + b"=?utf-8?q?" * 10_000 + b"\r\n\r\n",
    ],
    ids=[
        "depth",
        "lines in depth",
        "lines in more",
        "mails in mails",
        "empty lines",
        "one line",
        "headers",
        "comments",
        "options",
        "words",
    ],
)
def test_what_is_made_to_take_long_takes_seconds_at_most(bomb: bytes) -> None:
    began = time.process_time()
    assert read_returned(bomb, to=path_of(7)).says in Says
    assert time.process_time() - began < 10


def test_parts_within_parts_are_followed_as_far_as_reports_go() -> None:
    assert read_returned(nested(6)).says is Says.NOTHING
    assert read_returned(nested(21)).says is Says.UNREADABLE


def test_only_the_beginning_of_a_large_message_is_looked_at() -> None:
    assert read_returned(b"\r\n" * LARGEST + dsn(to=path_of(7))).reference is None
