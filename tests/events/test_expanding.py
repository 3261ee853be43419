"""Posts become facts: once, in any order, whatever else is in them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.events import inbox
from alerts.events.models import OddEvent
from alerts.mailings import reported
from alerts.mailings.reports import Reports, reports_of
from alerts.participation.models import Participation
from alerts.subscribers.models import Subscriber
from tests.events.posts import counts, expand, report, rows, store
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import a_relay
from tests.standins.sendgrid_events import an_event

_ALL_UNKNOWN = "UPDATE batches SET intent = size, settled = size, unknown = size, state = 'done'"
BATCH = "SELECT accepted, refused, unknown, settled FROM batches ORDER BY id"


@pytest.fixture
def mailing(session: Session) -> Launch:
    """A mailing to four people; nothing is handed over yet."""
    people(session, 4)
    return Launch(session)


def ids(session: Session) -> list[int]:
    """The deliveries there are."""
    return [id for (id,) in rows(session, "SELECT id FROM deliveries ORDER BY id")]


def handed_over(mailing: Launch) -> list[int]:
    """Hand the mailing over to a relay that takes all; its deliveries."""
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert mailing.ledger == {"handed_over": 4}
    return ids(mailing.session)


def unknown(mailing: Launch) -> list[int]:
    """Leave all deliveries as a worker does that vanished while the provider was answering."""
    session = mailing.session
    session.execute(text("UPDATE deliveries SET state = 'unknown', reason = 'vanished'"))
    session.execute(text(_ALL_UNKNOWN))
    session.commit()
    return ids(session)


def state_of(session: Session, id: int) -> str:
    """How a delivery stands on the ledger."""
    return str(rows(session, "SELECT state FROM ledger WHERE delivery_id = :id", id=id)[0][0])


@pytest.mark.parametrize("kind", ["processed", "delivered", "deferred"])
def test_what_the_provider_has_is_handed_over_and_no_longer_unknown(mailing: Launch, kind: str) -> None:
    all_ids = unknown(mailing)
    report(mailing.session, [an_event(kind, id, sg_message_id=f"msg{id}.x") for id in all_ids])
    assert mailing.ledger == {"handed_over": 4}
    assert rows(mailing.session, BATCH) == [(4, 0, 0, 4)]
    assert {row[0] for row in rows(mailing.session, "SELECT provider_id FROM ledger")} == {f"msg{id}" for id in all_ids}
    assert counts(mailing.session)["settled: was unknown"] == 4


@pytest.mark.parametrize("kind", ["bounce", "dropped"])
def test_what_did_not_arrive_is_refused_with_the_providers_words(mailing: Launch, kind: str) -> None:
    first, *others = unknown(mailing)
    report(mailing.session, [an_event(kind, first, reason="Bounced Address", status="5.1.1")])
    assert rows(mailing.session, "SELECT state, reason, code FROM ledger WHERE delivery_id = :id", id=first) == [
        ("refused", "Bounced Address", "5.1.1")
    ]
    assert rows(mailing.session, BATCH) == [(0, 1, 3, 4)]
    assert {state_of(mailing.session, id) for id in others} == {"unknown"}


def test_a_bounce_after_hand_over_is_a_fact_beside_the_ledger(mailing: Launch) -> None:
    first, second, third, _ = handed_over(mailing)
    report(
        mailing.session,
        [
            an_event("delivered", first),
            an_event("bounce", second),
            an_event("bounce", third, type="blocked"),
            an_event("deferred", third),
        ],
    )
    assert mailing.ledger == {"handed_over": 4}
    assert reports_of(mailing.session, mailing.id) == Reports(delivered=1, bounced=1, returned=1, delayed=1)
    assert rows(mailing.session, BATCH) == [(4, 0, 0, 4)]


def _suppressed(session: Session) -> dict[str, str]:
    query = "SELECT s.id, x.reason FROM suppressions x JOIN subscribers s ON s.address_hash = x.address_hash"
    return {str(id): reason for id, reason in rows(session, query)}


@pytest.mark.parametrize(
    ("event", "reason", "leaves"),
    [
        (an_event("bounce", None), "bounced", False),
        (an_event("dropped", None, reason="Bounced Address"), "bounced", False),
        (an_event("dropped", None, reason="Invalid"), "bounced", False),
        (an_event("dropped", None, reason="Spam Reporting Address"), "complained", True),
        (an_event("dropped", None, reason="Unsubscribed Address"), "left", True),
        (an_event("spamreport", None), "complained", True),
        (an_event("unsubscribe", None), "left", True),
        (an_event("group_unsubscribe", None), "left", True),
        (an_event("bounce", None, type="blocked"), None, False),
        (an_event("bounce", None, bounce_classification="Reputation"), None, False),
        (an_event("dropped", None, reason="Recipient List over Package Quota"), None, False),
        (an_event("deferred", None), None, False),
        (an_event("delivered", None), None, False),
        (an_event("open", None), None, False),
    ],
)
def test_who_is_never_mailed_again_and_who_leaves(
    mailing: Launch, event: dict[str, Any], reason: str | None, leaves: bool
) -> None:
    session = mailing.session
    first, *_ = handed_over(mailing)
    report(session, [{**event, "delivery": str(first)}])
    (person,) = rows(session, "SELECT subscriber_id FROM deliveries WHERE id = :id", id=first)[0]
    assert _suppressed(session) == ({str(person): reason} if reason else {})
    left = session.get_one(Subscriber, person)
    assert (left.state, left.email is None, left.name is None) == (
        ("left", True, True) if leaves else ("active", False, False)
    )
    others = rows(session, "SELECT count(*) FROM subscribers WHERE state = 'active' AND email IS NOT NULL")
    assert others == [(3 if leaves else 4,)]


def test_a_complaint_about_a_mail_that_asks_to_confirm_is_heard(mailing: Launch) -> None:
    session = mailing.session
    act = Participation(
        urgent_action_id=mailing.case.id,
        person_hash=b"somebody's hash.",
        language="en",
        state="pending",
        acted_at=clock.now(),
    )
    session.add(act)
    session.flush()
    report(
        session,
        [an_event("spamreport", None, participation=str(act.id)), an_event("processed", None, participation="1")],
    )
    assert rows(session, "SELECT address_hash, reason FROM suppressions") == [(b"somebody's hash.", "complained")]
    assert rows(session, "SELECT count(*) FROM delivery_reports") == [(0,)], "no delivery has this number"


def test_the_same_event_counts_once_however_often_it_is_posted(mailing: Launch) -> None:
    session = mailing.session
    first, *_ = handed_over(mailing)
    event = an_event("bounce", first)
    report(session, [event, event])
    report(session, [event])
    assert counts(session) == {"bounce": 1, "repeated": 2, "suppressed": 1}
    assert reports_of(session, mailing.id) == Reports(bounced=1)


def test_a_fact_counts_once_however_many_events_say_it(mailing: Launch) -> None:
    first, *_ = handed_over(mailing)
    report(mailing.session, [an_event("deferred", first) for _ in range(3)])
    report(mailing.session, [an_event("deferred", first)])
    assert reports_of(mailing.session, mailing.id) == Reports(delayed=1)


KINDS = ("processed", "delivered", "bounce", "deferred", "dropped")


@pytest.mark.parametrize("kinds", list(itertools.combinations(KINDS, 2)), ids="-".join)
def test_two_events_end_alike_in_either_order(mailing: Launch, kinds: tuple[str, str]) -> None:
    """The same two events about two unknown deliveries, one way round and the other, each in a post of its own."""
    session = mailing.session
    first, second, *_ = unknown(mailing)
    words = {"reason": "Bounced Address", "timestamp": 1_770_000_000, "sg_message_id": "m.x"}
    for id, order in ((first, kinds), (second, kinds[::-1])):
        for kind in order:
            report(session, [an_event(kind, id, **{**words, "timestamp": 1_770_000_000 + KINDS.index(kind)})])
    query = "SELECT state, reason, code, provider_id, at FROM ledger WHERE delivery_id = :id"
    assert rows(session, query, id=first) == rows(session, query, id=second)
    arrived = not {"bounce", "dropped"} & set(kinds)
    assert state_of(session, first) == ("handed_over" if arrived else "refused")
    assert rows(session, BATCH) == [(2, 0, 2, 4) if arrived else (0, 2, 2, 4)]


def test_a_delivery_that_becomes_unknown_after_its_events_is_settled_by_the_clock(mailing: Launch) -> None:
    session = mailing.session
    report(session, [an_event("processed", id) for id in ids(session)])
    unknown(mailing)
    assert mailing.ledger == {"unknown": 4}
    assert reported.settle_late(session) == 4
    session.commit()
    assert mailing.ledger == {"handed_over": 4}
    assert rows(session, BATCH) == [(4, 0, 0, 4)]
    assert reported.settle_late(session) == 0


@pytest.mark.parametrize(
    "body",
    [b"no JSON", b"{}", b"[[[", b"\x00", b'"words"'],
)
def test_a_post_that_nobody_can_read_is_kept_apart_and_the_others_go_on(mailing: Launch, body: bytes) -> None:
    session = mailing.session
    first, *_ = handed_over(mailing)
    store(session, body)
    store(session, json.dumps([an_event("delivered", first)]).encode())
    expand(session)
    assert reports_of(session, mailing.id).delivered == 1
    assert rows(session, "SELECT state, body FROM event_posts") == [("unreadable", body)]
    assert counts(session)["unreadable post"] == 1


def test_what_is_odd_in_a_post_is_counted_and_kept_without_what_it_says(mailing: Launch) -> None:
    session = mailing.session
    first, *_ = handed_over(mailing)
    report(
        session,
        [
            an_event("teleported", first, secret="ana@mail.example"),
            an_event("delivered", first, sg_event_id=None),
            an_event("delivered", 10**15),
            an_event("bounce", first, reason="it \x00 broke", status="5.1.1\x00"),
            7,
        ],
    )
    told = counts(session)
    assert {what: told[what] for what in ("odd: unknown kind", "odd: no id", "odd: not an event", "about nobody")} == {
        "odd: unknown kind": 1,
        "odd: no id": 1,
        "odd: not an event": 1,
        "about nobody": 1,
    }
    assert reports_of(session, mailing.id) == Reports(bounced=1)
    kept = session.query(OddEvent).order_by(OddEvent.id).all()
    assert [odd.why for odd in kept] == ["unknown kind", "no id", "not an event"]
    assert "secret" in kept[0].names
    assert "ana@" not in kept[0].names


def test_nothing_of_a_post_stays_but_what_was_taken_note_of(mailing: Launch) -> None:
    session = mailing.session
    first, *_ = handed_over(mailing)
    words = "550 5.1.1 <person@mail.example>: 192.0.2.77 is blocked"
    events = [an_event("click", first, ip="192.0.2.77", useragent="Watcher/1.0"), an_event("delivered", first)]
    report(session, [*events, an_event("bounce", first, reason=words)])
    assert rows(session, "SELECT reason FROM delivery_reports") == [("550 5.1.1 <[…]>: […] is blocked",)]
    assert rows(session, "SELECT count(*) FROM event_posts") == [(0,)]
    for table in ("provider_events", "delivery_reports", "odd_events", "report_counts"):
        everything = str(rows(session, f"SELECT t::text FROM {table} t"))
        assert not any(word in everything for word in ("192.0.2", "Watcher", "@"))


def test_a_post_that_the_database_refuses_is_kept_apart_and_its_neighbours_are_not(
    mailing: Launch, session: Session
) -> None:
    first, second, *_ = handed_over(mailing)
    session.execute(text("ALTER TABLE provider_events ADD CONSTRAINT for_this_test CHECK (kind <> 'bounce')"))
    session.commit()
    for event in (an_event("delivered", first), an_event("bounce", first), an_event("delivered", second)):
        store(session, json.dumps([event]).encode())
    expand(session)
    assert reports_of(session, mailing.id) == Reports(delivered=2)
    assert rows(session, "SELECT state, trouble FROM event_posts") == [
        ("unreadable", "The database refused it: CheckViolation.")
    ]
    assert counts(session) == {"delivered": 2, "unreadable post": 1}


def test_unreadable_posts_can_be_tried_again(session: Session) -> None:
    store(session, b"no JSON")
    expand(session)
    assert not inbox.waiting(session)
    assert inbox.retry_unreadable(session) == 1
    assert inbox.waiting(session)


def test_what_was_kept_for_its_time_is_forgotten(mailing: Launch) -> None:
    session = mailing.session
    first, *_ = handed_over(mailing)
    store(session, b"no JSON")
    report(session, [an_event("delivered", first), an_event("teleported", 1)])
    inbox.forget_old(session)
    counted = (f"(SELECT count(*) FROM {table})" for table in ("event_posts", "odd_events", "provider_events"))
    held = f"SELECT {', '.join(counted)}"
    assert rows(session, held) == [(1, 1, 1)]
    session.execute(text("UPDATE event_posts SET received_at = now() - interval '8 days'"))
    session.execute(text("UPDATE odd_events SET seen_at = now() - interval '8 days'"))
    session.execute(text("UPDATE provider_events SET seen_at = now() - interval '31 days'"))
    inbox.forget_old(session)
    assert rows(session, held) == [(0, 0, 0)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_in_any_order_and_any_posts_the_ledger_and_the_sums_come_out_the_same(
    session: Session, data: st.DataObject
) -> None:
    """Two worlds with the same events: one post in order, or shuffled over two posts with repeats. They end alike."""
    drawn = data.draw(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(KINDS)), max_size=10))
    repeats = data.draw(st.lists(st.sampled_from(drawn), max_size=5)) if drawn else []
    shuffled = data.draw(st.permutations(drawn + repeats))
    cut = data.draw(st.integers(0, len(shuffled)))
    assert _world(session, [drawn]) == _world(session, [shuffled[:cut], shuffled[cut:]])


def _world(session: Session, posts: list[list[tuple[int, str]]]) -> list[Any]:
    """A fresh mailing to four people, all unknown, of which these posts tell; how it ends."""
    session.execute(text("UPDATE subscribers SET state = 'left', email = NULL, name = NULL"))
    people(session, 4)
    mailing = Launch(session)
    session.execute(text("UPDATE deliveries SET state = 'unknown' WHERE mailing_id = :m"), {"m": mailing.id})
    session.execute(text(f"{_ALL_UNKNOWN} WHERE mailing_id = :m"), {"m": mailing.id})
    session.commit()
    found = rows(session, "SELECT id FROM deliveries WHERE mailing_id = :m ORDER BY id", m=mailing.id)
    for post in posts:
        report(session, [_the_event(mailing, kind, who, found[who][0]) for who, kind in post])
    ledger = "SELECT state, reason, code, provider_id, at FROM ledger WHERE mailing_id = :m ORDER BY delivery_id"
    batch = "SELECT accepted, refused, unknown, settled FROM batches WHERE mailing_id = :m"
    deliveries = rows(session, ledger, m=mailing.id)
    assert len(deliveries) == 4
    return [deliveries, rows(session, batch, m=mailing.id), reports_of(session, mailing.id)]


def _the_event(mailing: Launch, kind: str, who: int, delivery: int) -> dict[str, Any]:
    """The one event of this kind about this person of this mailing."""
    at = 1_770_000_000 + KINDS.index(kind)
    return an_event(kind, delivery, timestamp=at, sg_event_id=f"{who}{kind}{mailing.id}", sg_message_id="m.x")
