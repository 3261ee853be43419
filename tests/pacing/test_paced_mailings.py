"""Mailings under a pace: as counted by the relay, by its own clock, over real workers and a real Redis."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.jobs.pacing import FLOOR, RedisPacer
from alerts.mailings import holds
from alerts.mailings.backoff import ATTEMPTS
from alerts.mailings.launch import launch
from alerts.mailings.models import MailingState
from alerts.mailings.pacing import Buckets, Pace, Rate, read_pace
from alerts.mailings.progress import progress
from alerts.mailings.working import in_line
from alerts.organisers import Role
from alerts.subscribers.models import Subscriber
from config import Settings
from tests.builders import an_actor, an_urgent_action
from tests.mailings.scenes import SITE, Launch, people, smtp
from tests.standins.relay import Script, a_relay
from tests.support.processes import environment_of, running, wait_until


def pacer(
    redis: Redis, *, rate: str = "0", domains: str = "", warm_up: str = "", day: int = 1, sent: int = 0
) -> RedisPacer:
    """A pacer of a transport that took its first mail so many days ago."""
    pace, faults = read_pace(rate, domains, warm_up)
    assert faults == []
    first = datetime.now(UTC).date() - timedelta(days=day - 1)
    return RedisPacer(redis, "test", pace, first_day=lambda: first, sent_on=lambda _: sent)


def at(domain: str, persons: list[Subscriber]) -> list[Subscriber]:
    """These people, with mailboxes at another domain."""
    for person in persons:
        person.email = f"{(person.email or '').partition('@')[0]}@{domain}"
    return persons


@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(st.sampled_from(["a.example", "b.example", "c.example"]), min_size=1, max_size=30),
    st.integers(1, 40),
    st.integers(1, 10),
    st.integers(1, 3),
)
def test_redis_and_the_rules_answer_alike(redis: Redis, domains: list[str], burst: int, few: int, times: int) -> None:
    redis.flushdb()
    # So slow that nothing is refilled while the test runs.
    pace = Pace(Rate(burst, "d", 86_400), {"a.example": Rate(few, "d", 86_400), "b.example": Rate(1, "d", 86_400)})
    shared = RedisPacer(redis, "test", pace, first_day=lambda: None, sent_on=lambda _: 0)
    alone = Buckets()
    for _ in range(times):
        assert list(shared.ask(domains).go) == list(alone.ask(pace, domains, 10**15).go)


def test_two_workers_together_keep_to_the_rate(committed: Session, settings: Settings, tmp_path: Path) -> None:
    persons, rate = 200, 50
    people(committed, persons)
    case, sender = an_urgent_action(committed, CaseState.APPROVED), an_actor(committed, Role.SENDER)
    mailing_id = launch(committed, sender, case.bulletins[0].id, site=SITE).mailing_id
    committed.commit()
    taken: list[float] = []

    def ended() -> bool:
        committed.rollback()
        return progress(committed, mailing_id).state is MailingState.DONE

    with a_relay(Script(before_dot_reply=lambda _: taken.append(time.monotonic()))) as relay:
        environment = environment_of(
            settings, MAIL_URL=relay.mail_url, MAIL_RATE=f"{rate}/s", BATCH_SIZE="40", SMTP_WINDOW="20"
        )
        log = tmp_path / "log"
        with (
            running("clock", environment, log=log),
            running("worker", environment, log=log),
            running("worker", environment, log=log),
        ):
            wait_until(ended, what="the mailing to end")
    assert len(taken) == persons
    assert set(relay.taken.values()) == {1}
    taken.sort()
    # What was granted arrives a little later, how much later varies: so much may have been on its way.
    under_way = 0.5
    for first in range(persons):
        for last in range(first, persons):
            assert last - first + 1 <= rate * (taken[last] - taken[first] + under_way) + rate
    assert taken[-1] - taken[0] >= (persons - rate) / rate - under_way


def test_a_domain_at_its_limit_holds_nobody_else_and_waiting_for_it_is_no_try(session: Session, redis: Redis) -> None:
    slow = {person.email for person in at("slow.example", people(session, 8))}
    others = {person.email for person in people(session, 15)}
    mailing = Launch(session)
    paced = pacer(redis, domains="slow.example=1/m")
    with a_relay() as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport, pacer=paced)
        assert others <= set(relay.taken)
        assert len(slow & set(relay.taken)) == 1
        assert mailing.ledger == {"handed_over": 16, "deferred": 7}
        reasons = session.scalars(text("SELECT DISTINCT reason FROM ledger WHERE state = 'deferred'")).all()
        assert reasons == ["slow.example takes 1 a minute from us."]
        waits = session.scalars(text("SELECT not_before - clock_timestamp() FROM batches WHERE state = 'ready'")).all()
        assert all(timedelta(seconds=50) < wait < timedelta(seconds=61) for wait in waits)
        for _ in range(ATTEMPTS + 3):
            mailing.retry_now()
            mailing.hand_over(transport, pacer=paced)
        assert mailing.ledger == {"handed_over": 16, "deferred": 7}
        assert session.scalar(text("SELECT max(attempt) FROM batches WHERE state = 'ready'")) == 1
        redis.flushdb()
        mailing.retry_now()
        mailing.hand_over(transport, pacer=pacer(redis, domains="slow.example=100/s"))
    assert mailing.ledger == {"handed_over": 23}
    assert set(relay.taken.values()) == {1}


def test_who_was_refused_for_now_waits_for_the_next_try_while_those_put_off_go_out(
    session: Session, redis: Redis
) -> None:
    busy = people(session, 1)[0]
    at("slow.example", people(session, 2))
    mailing = Launch(session)
    script = Script(rcpt=lambda line: "450 4.2.1 Busy" if (busy.email or "-") in line else None)
    with a_relay(script) as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport, pacer=pacer(redis, domains="slow.example=1/m"))
        assert mailing.ledger == {"handed_over": 1, "deferred": 2}
        tried = sum((busy.email or "-") in line for line in relay.commands)
        redis.flushdb()
        session.execute(text("UPDATE batches SET not_before = now() - interval '1 second'"))
        mailing.hand_over(transport, pacer=pacer(redis, domains="slow.example=1/m"))
        assert mailing.ledger == {"handed_over": 2, "deferred": 1}
        assert sum((busy.email or "-") in line for line in relay.commands) == tried
        wait = session.scalar(text("SELECT not_before - clock_timestamp() FROM batches"))
        assert timedelta(seconds=10) < wait < timedelta(seconds=19)
        script.rcpt = lambda _: None
        mailing.retry_now()
        mailing.hand_over(transport, pacer=pacer(redis, domains="slow.example=1/m"))
    assert mailing.ledger == {"handed_over": 3}


def test_a_rate_in_all_cuts_windows_and_the_worker_rests_with_no_batch_in_its_hands(
    session: Session, redis: Redis
) -> None:
    people(session, 30)
    mailing = Launch(session)
    with a_relay() as relay:
        began = time.monotonic()
        mailing.hand_over(smtp(relay.mail_url), pacer=pacer(redis, rate="20/s"), batches=1)
        assert relay.taken.total() == 10
        mailing.hand_over(smtp(relay.mail_url), pacer=pacer(redis, rate="20/s"))
    assert time.monotonic() - began >= (30 - 20) / 20
    assert mailing.ledger == {"handed_over": 30}


def test_a_warm_up_ends_the_day_at_its_allowance_and_all_workers_know(session: Session, redis: Redis) -> None:
    people(session, 30)
    mailing = Launch(session)
    curve = "start=6, growth=2, days=3"
    with a_relay() as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport, pacer=pacer(redis, warm_up=curve))
        assert relay.taken.total() == 6
        assert in_line(session, transport.key) == []
        assert holds.standing(session, transport.key).paced_until is not None
        session.execute(text("UPDATE transports SET paced_until = NULL"))
        redis.flushdb()
        mailing.hand_over(transport, pacer=pacer(redis, warm_up=curve, sent=6))
        assert relay.taken.total() == 6
        session.execute(text("UPDATE transports SET paced_until = NULL"))
        redis.flushdb()
        mailing.hand_over(transport, pacer=pacer(redis, warm_up=curve, day=2))
        assert relay.taken.total() == 6 + 12
        session.execute(text("UPDATE transports SET paced_until = NULL"))
        redis.flushdb()
        mailing.hand_over(transport, pacer=pacer(redis, warm_up=curve, day=4))
    assert mailing.ledger == {"handed_over": 30}
    assert session.scalar(text("SELECT first_handed_over_at IS NOT NULL FROM transports"))


@pytest.mark.usefixtures("redis")
def test_without_redis_a_worker_keeps_to_the_floor_and_goes_on(session: Session) -> None:
    people(session, 4)
    mailing = Launch(session)
    away = Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    taken: list[float] = []
    with a_relay(Script(before_dot_reply=lambda _: taken.append(time.monotonic()))) as relay:
        mailing.hand_over(smtp(relay.mail_url), pacer=pacer(away, rate="500/s"))
    assert mailing.ledger == {"handed_over": 4}
    assert all(later - earlier >= 0.9 / FLOOR for earlier, later in itertools.pairwise(taken))


def test_in_a_later_pass_a_worker_rests_with_its_batch_and_tries_nobody_twice(session: Session, redis: Redis) -> None:
    audience = {person.email: 1 for person in people(session, 10)}
    mailing = Launch(session)
    script = Script(rcpt=lambda _: "450 4.2.1 Busy")
    with a_relay(script) as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport)
        assert mailing.ledger == {"deferred": 10}
        script.rcpt = lambda _: None
        mailing.retry_now()
        began = time.monotonic()
        mailing.hand_over(transport, pacer=pacer(redis, rate="4/s"), batches=1)
        assert time.monotonic() - began >= (10 - 4) / 4 - 0.1
    assert relay.taken == audience
    assert mailing.ledger == {"handed_over": 10}
