"""Trying again what was refused: by code or reason, everyone once, nobody who must not be mailed; a relay counts."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.publishing import hold
from alerts.core import clock
from alerts.core.errors import NotAllowed, Refused
from alerts.mailings.again import Failed, failed, retry, retry_count
from alerts.mailings.backoff import ATTEMPTS
from alerts.mailings.errors import AlreadyLaunched, AudienceChanged
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.launch import cancel, launch, pause, resume
from alerts.mailings.models import MailingState
from alerts.mailings.shifting import Which
from alerts.mailings.upkeep import finish_complete
from alerts.organisers import Role
from alerts.participation.models import Participation
from alerts.subscribers.models import Subscriber
from alerts.subscribers.service import leave
from alerts.suppression.models import Reason
from alerts.suppression.service import suppress
from tests.builders import an_actor, past_deadline
from tests.mailings.counting import stray_batches, told
from tests.mailings.scenes import SITE, Launch, people, smtp
from tests.standins.relay import Relay, Script, a_relay
from tests.support.databases import engine_of

POLICY = "554 5.7.7 Not by our policy"
FULL = "552 5.2.2 Mailbox full"


def refusing(answers: dict[str, str]) -> Callable[[str], str | None]:
    """At RCPT, for each address (or part of one) the answer beside it."""
    return lambda line: next((answer for part, answer in answers.items() if part in line), None)


def email(person: Subscriber) -> str:
    return person.email or ""


class Scene:
    """A done mailing in which some were refused: `blocked` by policy, `full` once; the others have it."""

    def __init__(self, session: Session, relay: Relay, *, blocked: int = 3, full: int = 1, fine: int = 19) -> None:
        everyone = people(session, blocked + full + fine)
        self.blocked, self.full = everyone[:blocked], everyone[blocked : blocked + full]
        self.everyone = {email(person) for person in everyone}
        self.mailing = Launch(session)
        self.relay = relay
        answers = {email(one): POLICY for one in self.blocked} | {email(one): FULL for one in self.full}
        relay.script.rcpt = refusing(answers)
        self.hand_over()
        relay.script.rcpt = lambda _: None
        finish_complete(session)
        session.commit()
        assert self.mailing.progress.state is MailingState.DONE
        assert self.mailing.ledger == Counter(handed_over=fine, refused=blocked + full)

    def hand_over(self) -> None:
        """All there is to hand over, to the relay."""
        self.mailing.hand_over(smtp(self.relay.mail_url))


def test_what_was_refused_under_one_code_goes_out_again_and_nobody_else(session: Session) -> None:
    with a_relay() as relay:
        scene = Scene(session, relay)
        mailing = scene.mailing
        assert retry(session, mailing.sender, mailing.id, Which(code="5.7.7")).people == 3
        session.commit()
        assert stray_batches(session) == []
        assert (mailing.progress.state, mailing.progress.ended_at) == (MailingState.RUNNING, None)
        assert mailing.ledger == {"handed_over": 19, "deferred": 3, "refused": 1}
        scene.hand_over()
    assert mailing.ledger == {"handed_over": 22, "refused": 1}
    assert stray_batches(session) == []
    assert relay.taken == dict.fromkeys(scene.everyone - {email(scene.full[0])}, 1)
    assert finish_complete(session) == [mailing.id]
    assert told(session, mailing.id, "mailing.retried") == [{"people": 3, "code": "5.7.7"}]


def test_a_second_press_does_nothing_more(session: Session) -> None:
    with a_relay() as relay:
        mailing = Scene(session, relay).mailing
        retry(session, mailing.sender, mailing.id, Which())
        session.commit()
        before = session.execute(text("SELECT * FROM batches ORDER BY id")).all()
        with pytest.raises(Refused, match="Nobody is left"):
            retry(session, mailing.sender, mailing.id, Which())
        session.rollback()
        assert session.execute(text("SELECT * FROM batches ORDER BY id")).all() == before
    assert len(told(session, mailing.id, "mailing.retried")) == 1


def test_who_left_was_suppressed_or_has_acted_stays_refused(session: Session) -> None:
    with a_relay() as relay:
        scene = Scene(session, relay, blocked=4, full=0)
        gone, bad, acted, still = scene.blocked
        leave(session, gone.address_hash)
        suppress(session, bad.address_hash, Reason.COMPLAINED)
        session.add(
            Participation(
                urgent_action_id=scene.mailing.case.id,
                person_hash=acted.address_hash,
                name="Ana",
                email=acted.email,
                language="en",
                state="confirmed",
                acted_at=clock.now(),
                confirmed_at=clock.now(),
            )
        )
        session.flush()
        mailing = scene.mailing
        assert failed(session, mailing.sender, mailing.id) == [Failed("5.7.7", False, POLICY, 4, 1)]
        assert retry(session, mailing.sender, mailing.id, Which()).people == 1
        session.commit()
        scene.hand_over()
    assert relay.taken[email(still)] == 1
    assert mailing.ledger == {"handed_over": 20, "refused": 3}


def test_who_had_it_by_another_mailing_meanwhile_is_not_tried_again(session: Session) -> None:
    with a_relay() as relay:
        scene = Scene(session, relay)
        first = scene.mailing
        second = launch(session, first.sender, first.case.bulletins[0].id, site=SITE).mailing_id
        freeze_next_slice(session, second, batch_size=10)
        session.commit()
        with pytest.raises(AlreadyLaunched, match="under way"), session.begin_nested():
            retry(session, first.sender, first.id, Which())
        first.id, second = second, first.id
        scene.hand_over()
        finish_complete(session)
        assert first.ledger == {"handed_over": 4}
        with pytest.raises(Refused, match="Nobody is left"):
            retry(session, first.sender, second, Which())
    assert relay.taken == dict.fromkeys(scene.everyone, 1)


def test_what_was_given_up_is_told_apart_and_has_all_its_tries_again(session: Session) -> None:
    slow, other = people(session, 2)
    mailing = Launch(session)
    script = Script(rcpt=refusing({email(slow): "450 4.2.1 Mailbox busy", email(other): POLICY}))
    with a_relay(script) as relay:
        transport = smtp(relay.mail_url)
        for _ in range(ATTEMPTS + 1):
            mailing.hand_over(transport)
            mailing.retry_now()
        assert [(one.code, one.given_up, one.people) for one in failed(session, mailing.sender, mailing.id)] == [
            ("4.2.1", True, 1),
            ("5.7.7", False, 1),
        ]
        assert retry(session, mailing.sender, mailing.id, Which(given_up=True)).people == 1
        session.commit()
        mailing.hand_over(transport)
        assert mailing.ledger == {"deferred": 1, "refused": 1}, "one more refusal is not the last"
        script.rcpt = lambda _: None
        mailing.retry_now()
        mailing.hand_over(transport)
    assert relay.taken == {slow.email: 1}


def test_a_reason_is_named_by_how_it_begins(session: Session) -> None:
    with a_relay() as relay:
        mailing = Scene(session, relay).mailing
        assert retry_count(session, mailing.sender, mailing.id, Which(reason="552 ")) == 1
        assert retry_count(session, mailing.sender, mailing.id, Which(reason="Mailbox full")) == 0
        assert retry_count(session, mailing.sender, mailing.id, Which(code="")) == 0
        assert retry_count(session, mailing.sender, mailing.id, Which(code="5.2.2", given_up=False)) == 1


@pytest.mark.parametrize("stands", ["paused", "stopped", "parked"])
def test_a_mailing_that_stands_goes_on_with_it(session: Session, stands: str) -> None:
    people(session, 12)
    mailing = Launch(session)
    with a_relay(Script(rcpt=lambda _: POLICY)) as relay:
        mailing.hand_over(smtp(relay.mail_url), batches=1)
        assert set(mailing.ledger) == {"refused", "waiting"}
        relay.script.rcpt = lambda _: None
        values = {"state": stands, "id": mailing.id}
        session.execute(text("UPDATE mailings SET state = :state, trouble = 'x' WHERE id = :id"), values)
        retry(session, mailing.sender, mailing.id, Which(code="5.7.7"))
        session.commit()
        assert (mailing.progress.state, mailing.progress.trouble) == (MailingState.RUNNING, None)
        mailing.hand_over(smtp(relay.mail_url))
    assert mailing.ledger == {"handed_over": 12}
    assert set(relay.taken.values()) == {1}


def test_while_a_worker_has_the_batch_its_claim_stands_and_the_counters_hold(session: Session) -> None:
    blocked, *_ = people(session, 10)
    mailing = Launch(session)
    script = Script(rcpt=refusing({email(blocked): POLICY}))
    pressed: list[int] = []

    def still_mine() -> bool:
        # Asked between two windows: the worker holds the batch, what became of the first is written down.
        if session.scalar(text("SELECT refused FROM batches")) and not pressed:
            pressed.append(retry(session, mailing.sender, mailing.id, Which()).people)
            script.rcpt = lambda _: None
        return True

    with a_relay(script) as relay:
        mailing.hand_over(smtp(relay.mail_url, window=1), batches=1, still_mine=still_mine)
        assert pressed == [1]
        assert stray_batches(session) == []
        mailing.retry_now()
        mailing.hand_over(smtp(relay.mail_url))
    assert mailing.ledger == {"handed_over": 10}
    assert set(relay.taken.values()) == {1}


def test_nothing_is_tried_again_once_it_was_cancelled_or_the_case_is_over(session: Session) -> None:
    with a_relay() as relay:
        mailing = Scene(session, relay).mailing
        hold(session, mailing.sender, mailing.case.id, reason="A fact is being checked.")
        with pytest.raises(Refused, match="is held"), session.begin_nested():
            retry(session, mailing.sender, mailing.id, Which())
        session.execute(text("UPDATE urgent_actions SET state = 'published'"))
        past_deadline(session, mailing.case.id)
        with pytest.raises(Refused, match="deadline"), session.begin_nested():
            retry(session, mailing.sender, mailing.id, Which())
        session.execute(text("UPDATE mailings SET state = 'cancelled'"))
        with pytest.raises(Refused, match="cancelled"), session.begin_nested():
            retry(session, mailing.sender, mailing.id, Which())
    assert told(session, mailing.id, "mailing.retried") == []
    assert mailing.ledger["refused"] == 4


def test_the_number_that_was_typed_must_be_the_number_there_is(session: Session) -> None:
    with a_relay() as relay:
        mailing = Scene(session, relay).mailing
        with pytest.raises(AudienceChanged, match="now it would be 4"), session.begin_nested():
            retry(session, mailing.sender, mailing.id, Which(), confirmed=3)
        assert mailing.progress.state is MailingState.DONE
        assert retry(session, mailing.sender, mailing.id, Which(), confirmed=4).people == 4


def test_only_who_may_launch_tries_again_and_only_who_may_see_the_ledger_sees_why(session: Session) -> None:
    people(session, 1)
    mailing = Launch(session)
    author = an_actor(session, Role.AUTHOR)
    with pytest.raises(NotAllowed):
        retry(session, author, mailing.id, Which())
    with pytest.raises(NotAllowed):
        failed(session, author, mailing.id)


def test_a_done_mailing_is_not_resumed_paused_or_cancelled(session: Session) -> None:
    with a_relay() as relay:
        mailing = Scene(session, relay).mailing
        for verb in (resume, pause, cancel):
            with pytest.raises(Refused):
                verb(session, mailing.sender, mailing.id)
    assert mailing.progress.state is MailingState.DONE


def test_a_mailing_that_is_just_being_finished_is_not_finished_over_what_is_tried_again(
    committed: Session, app: Flask
) -> None:
    people(committed, 2)
    mailing = Launch(committed)
    finished: list[UUID] = []

    def finish() -> None:
        with Session(engine_of(app)) as other:
            finished.extend(finish_complete(other))
            other.commit()

    with a_relay(Script(rcpt=lambda _: POLICY)) as relay:
        mailing.hand_over(smtp(relay.mail_url))
        retry(committed, mailing.sender, mailing.id, Which())
        clock_beside = threading.Thread(target=finish)
        clock_beside.start()
        clock_beside.join(timeout=0.5)
        committed.commit()
        clock_beside.join(timeout=5)
        assert finished == []
        assert mailing.progress.state is MailingState.RUNNING
        relay.script.rcpt = lambda _: None
        mailing.hand_over(smtp(relay.mail_url))
    assert mailing.ledger == {"handed_over": 2}
