"""Handing over: everyone once, every answer on the ledger, nobody after a stop; a relay counts."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.publishing import withdraw
from alerts.mailings.backoff import ATTEMPTS
from alerts.mailings.claims import claim_next, intend
from alerts.mailings.launch import cancel, pause, resume
from alerts.mailings.models import MailingState
from alerts.mailings.recipients import pending
from alerts.mailings.recovery import settle_left_behind
from alerts.mailings.settling import Result, settle_first_pass
from alerts.mailings.upkeep import end_overtaken, finish_complete, start_due
from alerts.mailings.working import in_line
from alerts.subscribers.service import leave
from alerts.suppression.service import is_suppressed
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import DROP, Script, a_relay


def test_everyone_gets_one_mail_and_the_ledger_says_so(session: Session) -> None:
    audience = people(session, 23)
    mailing = Launch(session)
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert relay.taken == {person.email: 1 for person in audience}
    assert mailing.ledger == {"handed_over": 23}
    assert finish_complete(session) == [mailing.id]
    assert mailing.progress.state is MailingState.DONE
    ids = session.execute(text("SELECT provider_id FROM ledger")).scalars().all()
    assert len(set(ids)) == 23


def test_one_connection_serves_them_all(session: Session) -> None:
    people(session, 12)
    mailing = Launch(session)
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert relay.connections == 1


def test_a_mailbox_that_does_not_exist_is_refused_and_never_mailed_again(session: Session) -> None:
    gone, *_ = people(session, 3)
    mailing = Launch(session)
    refuse = Script(rcpt=lambda line: "550 5.1.1 No such user" if gone.email in line else None)  # type: ignore[operator]
    with a_relay(refuse) as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert mailing.ledger == {"handed_over": 2, "refused": 1}
    assert is_suppressed(session, gone.address_hash)
    code = session.scalar(text("SELECT code FROM ledger WHERE state = 'refused'"))
    assert code == "5.1.1"


def test_one_slow_mailbox_waits_alone_and_is_tried_again(session: Session) -> None:
    slow, *_ = people(session, 7)
    mailing = Launch(session)
    script = Script(rcpt=lambda line: "451 4.7.1 Greylisted" if slow.email in line else None)  # type: ignore[operator]
    with a_relay(script) as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport)
        assert mailing.ledger == {"handed_over": 6, "deferred": 1}
        assert mailing.progress.state is MailingState.RUNNING
        script.rcpt = lambda _: None
        mailing.retry_now()
        mailing.hand_over(transport)
    assert mailing.ledger == {"handed_over": 7}
    assert relay.taken[slow.email or ""] == 1


def test_who_is_never_taken_is_given_up_after_a_stated_number_of_tries(session: Session) -> None:
    people(session, 1)
    mailing = Launch(session)
    with a_relay(Script(rcpt=lambda _: "450 4.2.1 Mailbox busy")) as relay:
        transport = smtp(relay.mail_url)
        for _ in range(ATTEMPTS + 1):
            assert mailing.ledger["refused"] == 0
            mailing.hand_over(transport)
            mailing.retry_now()
    assert mailing.ledger == {"refused": 1}
    assert finish_complete(session) == [mailing.id]


def test_an_outage_parks_the_mailing_and_spends_no_delivery(session: Session) -> None:
    people(session, 12)
    mailing = Launch(session)
    with a_relay(Script(greeting="421 4.3.2 Going down")) as relay:
        mailing.hand_over(smtp(relay.mail_url))
    at = mailing.progress
    assert (at.state, at.waiting, at.trouble) == (MailingState.PARKED, 12, "4.3.2 421 4.3.2 Going down")
    assert start_due(session) == []
    session.execute(text("UPDATE mailings SET parked_until = now()"))
    assert start_due(session) == [mailing.id]
    assert [one.mailing_id for one in in_line(session)] == [mailing.id]
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert mailing.ledger == {"handed_over": 12}


def test_a_relay_that_is_not_there_parks_the_mailing(session: Session) -> None:
    people(session, 2)
    mailing = Launch(session)
    mailing.hand_over(smtp("smtp://127.0.0.1:9?tls=none"))
    assert mailing.progress.state is MailingState.PARKED
    assert "cannot be reached" in (mailing.progress.trouble or "")


def test_our_fault_stops_the_mailing_until_a_person_resumes_it(session: Session) -> None:
    people(session, 3)
    mailing = Launch(session)
    script = Script(mail=lambda _: "550 5.7.1 Sender not allowed")
    with a_relay(script) as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport)
        assert (mailing.progress.state, mailing.ledger) == (MailingState.STOPPED, {"waiting": 3})
        script.mail = lambda _: None
        resume(session, mailing.sender, mailing.id)
        session.commit()
        mailing.hand_over(transport)
    assert mailing.ledger == {"handed_over": 3}


def test_a_relay_that_hangs_up_after_some_mails_is_no_outage(session: Session) -> None:
    audience = people(session, 9)
    mailing = Launch(session)
    seen: list[str] = []

    def hang_up_now_and_then(line: str) -> str | None:
        seen.append(line)
        return DROP if len(seen) % 4 == 0 else None

    with a_relay(Script(mail=hang_up_now_and_then)) as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert mailing.ledger == {"handed_over": 9}
    assert relay.taken == {person.email: 1 for person in audience}


def test_a_yes_that_was_lost_is_sent_again_and_counted_as_one_that_may_be_double(session: Session) -> None:
    audience = people(session, 4)
    unlucky = audience[1]
    mailing = Launch(session)
    script = Script(dot=lambda to: DROP if to == unlucky.email else None)
    with a_relay(script) as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport)
        assert mailing.ledger == {"handed_over": 3, "deferred": 1}
        script.dot = lambda _: None
        mailing.retry_now()
        mailing.hand_over(transport)
    assert mailing.ledger == {"handed_over": 4}
    assert relay.taken == {person.email: 2 if person is unlucky else 1 for person in audience}


def test_pause_bites_before_the_next_window_and_resume_goes_on_where_it_stopped(session: Session) -> None:
    audience = people(session, 10)
    mailing = Launch(session)
    with a_relay() as relay:
        transport = smtp(relay.mail_url, window=3)

        def pause_in_the_second_window(to: str) -> None:
            if relay.taken.total() == 4:
                pause(session, mailing.sender, mailing.id)
                session.commit()

        relay.script.before_dot_reply = pause_in_the_second_window
        mailing.hand_over(transport)
        assert relay.taken.total() == 6
        assert mailing.ledger == {"handed_over": 6, "waiting": 4}
        resume(session, mailing.sender, mailing.id)
        session.commit()
        mailing.hand_over(transport)
    assert relay.taken == {person.email: 1 for person in audience}


def test_after_a_cancel_nobody_gets_another_mail(session: Session) -> None:
    people(session, 10)
    mailing = Launch(session)
    with a_relay() as relay:
        transport = smtp(relay.mail_url, window=3)
        mailing.hand_over(transport, still_mine=lambda: relay.taken.total() < 3)
        cancel(session, mailing.sender, mailing.id)
        session.commit()
        mailing.hand_over(transport)
    assert relay.taken.total() == 3
    assert mailing.ledger == {"handed_over": 3, "cancelled": 7}
    assert in_line(session) == []


def test_a_withdrawn_case_stops_its_mailing_at_the_door(session: Session) -> None:
    people(session, 10)
    mailing = Launch(session)
    with a_relay() as relay:
        transport = smtp(relay.mail_url, window=3)
        mailing.hand_over(transport, still_mine=lambda: relay.taken.total() < 3)
        withdraw(session, mailing.sender, mailing.case.id, reason="The family asked for it.")
        session.commit()
        mailing.hand_over(transport)
    assert relay.taken.total() == 3
    assert end_overtaken(session) == [mailing.id]
    assert mailing.progress.trouble == "The case is withdrawn."


def test_a_passed_deadline_ends_the_mailing(session: Session) -> None:
    people(session, 4)
    mailing = Launch(session)
    session.execute(text("UPDATE urgent_actions SET deadline = now() - interval '1 minute'"))
    session.commit()
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert relay.taken.total() == 0
    assert end_overtaken(session) == [mailing.id]


def test_who_leaves_after_the_freeze_is_skipped_with_the_reason(session: Session) -> None:
    leaver, *others = people(session, 4)
    mailing = Launch(session)
    leave(session, leaver.address_hash)
    session.commit()
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert relay.taken == {person.email: 1 for person in others}
    assert mailing.ledger == {"handed_over": 3, "skipped": 1}
    assert mailing.progress.skipped_reasons == {"left": 1}


def test_a_worker_whose_lease_was_taken_writes_nothing_more(session: Session) -> None:
    people(session, 6)
    mailing = Launch(session)
    with a_relay() as relay:

        def another_worker_takes_over(_: str) -> None:
            session.execute(text("UPDATE batches SET lease_until = now() - interval '1 second'"))
            assert claim_next(session, mailing.id, worker="another", lease_seconds=60) is not None
            session.commit()
            relay.script.before_dot_reply = lambda _: None

        relay.script.before_dot_reply = another_worker_takes_over
        mailing.hand_over(smtp(relay.mail_url, window=3), batches=1)
    assert mailing.progress.handed_over == 0
    assert mailing.ledger == {"handing_over": 3, "waiting": 3}


def test_what_a_vanished_worker_left_goes_out_again_and_is_counted(session: Session) -> None:
    audience = people(session, 6)
    mailing = Launch(session)
    assert claim_next(session, mailing.id, worker="vanished", lease_seconds=60) is not None
    session.execute(text("UPDATE batches SET intent = 3, lease_until = now() - interval '1 second'"))
    session.commit()
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert relay.taken == {person.email: 1 for person in audience}
    assert mailing.progress.resent == 3
    assert mailing.ledger == {"handed_over": 6}


def test_delivery_ids_may_be_as_large_as_they_like(session: Session) -> None:
    people(session, 23)
    for block in (40_000, 3_000_000_000):
        session.execute(text("SELECT setval('delivery_blocks', :block)"), {"block": block})
        mailing = Launch(session)
        with a_relay() as relay:
            mailing.hand_over(smtp(relay.mail_url))
        assert relay.taken.total() == 23
        assert mailing.ledger == {"handed_over": 23}


def test_mail_that_may_have_arrived_is_unknown_where_nobody_will_send_it_again(session: Session) -> None:
    people(session, 7)
    mailing = Launch(session)
    claim_next(session, mailing.id, worker="vanished", lease_seconds=0)
    session.execute(text("UPDATE batches SET intent = 5, lease_until = now() - interval '1 second'"))
    cancel(session, mailing.sender, mailing.id)
    assert settle_left_behind(session) == 1
    assert mailing.ledger == {"unknown": 5, "cancelled": 2}
    assert settle_left_behind(session) == 0


def test_mail_that_goes_out_again_counts_as_maybe_taken_until_it_does(session: Session) -> None:
    people(session, 7)
    mailing = Launch(session)
    claim_next(session, mailing.id, worker="vanished", lease_seconds=0)
    session.execute(text("UPDATE batches SET intent = 5, lease_until = now() - interval '1 second'"))
    with a_relay(Script(greeting="421 4.3.2 Going down")) as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert (mailing.ledger, mailing.progress.resent) == ({"handing_over": 5, "waiting": 2}, 5)
    mailing.retry_now()
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    assert (mailing.ledger, mailing.progress.resent) == ({"handed_over": 7}, 5)


def test_an_answer_that_never_came_counts_as_sent_again(session: Session) -> None:
    lost, *_ = people(session, 4)
    mailing = Launch(session)
    script = Script(dot=lambda to: DROP if to == lost.email else None)
    with a_relay(script) as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport)
        script.dot = lambda _: None
        for _ in range(3):
            mailing.retry_now()
            mailing.hand_over(transport)
    assert mailing.ledger == {"handed_over": 4}
    assert relay.taken[lost.email or ""] == 2
    assert mailing.progress.resent == 1


def test_a_mail_whose_answer_never_came_is_unknown_where_the_mailing_is_cancelled_before_another_try(
    session: Session,
) -> None:
    lost, *_ = people(session, 4)
    mailing = Launch(session)
    with a_relay(Script(dot=lambda to: DROP if to == lost.email else None)) as relay:
        mailing.hand_over(smtp(relay.mail_url))
    cancel(session, mailing.sender, mailing.id)
    assert settle_left_behind(session) == 1
    assert (mailing.ledger, mailing.progress.unknown) == ({"unknown": 1, "cancelled": 3}, 1)
    assert settle_left_behind(session) == 0


def test_a_later_answer_does_not_make_an_answer_that_never_came_forgotten(session: Session) -> None:
    lost, *_ = people(session, 3)
    mailing = Launch(session)
    script = Script(dot=lambda to: DROP if to == lost.email else None)
    with a_relay(script) as relay:
        mailing.hand_over(smtp(relay.mail_url))
        script.dot, script.rcpt = (lambda _: None), (lambda to: "450" if to == lost.email else None)
        mailing.retry_now()
        mailing.hand_over(smtp(relay.mail_url))
    cancel(session, mailing.sender, mailing.id)
    settle_left_behind(session)
    assert mailing.ledger == {"handed_over": 2, "unknown": 1}


def test_what_a_vanished_worker_left_and_the_provider_then_put_off_is_unknown_once_cancelled(session: Session) -> None:
    people(session, 5)
    mailing = Launch(session)
    claim_next(session, mailing.id, worker="vanished", lease_seconds=0)
    session.execute(text("UPDATE batches SET intent = 2, lease_until = now() - interval '1 second'"))
    with a_relay(Script(rcpt=lambda _: "450")) as relay:
        mailing.hand_over(smtp(relay.mail_url))
    cancel(session, mailing.sender, mailing.id)
    settle_left_behind(session)
    assert mailing.ledger == {"unknown": 2, "cancelled": 3}


def test_an_outcome_is_written_once_however_often_it_is_told(session: Session) -> None:
    people(session, 3)
    mailing = Launch(session)
    claim = claim_next(session, mailing.id, worker="one", lease_seconds=60)
    assert claim is not None
    results = [Result(item, "handed_over", None, "250", f"q{item.position}") for item in pending(session, claim)]
    intend(session, claim, upto=3, lease_seconds=60)
    for _ in range(2):
        settle_first_pass(session, claim, 0, results)
    assert mailing.ledger == {"handed_over": 3}
    assert mailing.progress.handed_over == 3
