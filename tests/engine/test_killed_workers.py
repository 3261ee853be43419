"""Real workers, a real clock, real SIGKILLs: nobody is missing, few get it twice, and the ledger knows."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.mailings.launch import cancel, launch
from alerts.mailings.models import MailingState
from alerts.mailings.progress import progress
from alerts.organisers import Role
from config import Settings
from tests.builders import an_actor, an_urgent_action
from tests.mailings.scenes import SITE, people
from tests.standins.relay import Relay, Script, a_relay
from tests.support.processes import environment_of, running, wait_until

EACH, CONNECTIONS = 5, 2
WINDOW = EACH * CONNECTIONS
PEOPLE = 60


def _environment(settings: Settings, relay: Relay) -> dict[str, str]:
    return environment_of(
        settings,
        MAIL_URL=relay.mail_url,
        SMTP_WINDOW=str(EACH),
        SMTP_CONNECTIONS=str(CONNECTIONS),
        BATCH_SIZE="20",
        LEASE_SECONDS="2",
        BASE_URL=SITE.base_url,
    )


def _launched(session: Session) -> tuple[Counter[str], object, object]:
    audience = Counter({person.email or "": 1 for person in people(session, PEOPLE)})
    case = an_urgent_action(session, CaseState.APPROVED)
    sender = an_actor(session, Role.SENDER)
    mailing_id = launch(session, sender, case.bulletins[0].id, site=SITE).mailing_id
    session.commit()
    return audience, sender, mailing_id


def _ended(session: Session, mailing_id: object) -> bool:
    session.rollback()
    return progress(session, mailing_id).state is MailingState.DONE  # type: ignore[arg-type]


@pytest.mark.parametrize("at_mail", [1, 7, 30])
def test_a_worker_killed_in_the_middle_loses_nobody(
    committed: Session, settings: Settings, tmp_path: Path, at_mail: int
) -> None:
    audience, _, mailing_id = _launched(committed)
    victims: list[int] = []

    def kill(_: str) -> None:
        if relay.taken.total() == at_mail and victims:
            os.kill(victims.pop(), signal.SIGKILL)

    with a_relay(Script(before_dot_reply=kill)) as relay:
        environment = _environment(settings, relay)
        log = tmp_path / "log"
        with running("clock", environment, log=log), running("worker", environment, log=log) as first:
            victims.append(first.pid)
            wait_until(lambda: first.poll() is not None, what="the worker to be killed")
            with running("worker", environment, log=log):
                wait_until(lambda: _ended(committed, mailing_id), what="the mailing to end")
        at = progress(committed, mailing_id)  # type: ignore[arg-type]
        twice = relay.taken - audience
        assert set(relay.taken) == set(audience), "somebody is missing"
        assert twice.total() <= WINDOW
        assert at.handed_over == PEOPLE
        assert twice.total() <= at.resent <= WINDOW
    assert "@" not in log.read_text().replace("@property", "")


def test_two_workers_share_a_mailing_and_send_nothing_twice(
    committed: Session, settings: Settings, tmp_path: Path
) -> None:
    audience, _, mailing_id = _launched(committed)
    with a_relay() as relay:
        environment = _environment(settings, relay)
        with (
            running("clock", environment, log=tmp_path / "log"),
            running("worker", environment, log=tmp_path / "log"),
            running("worker", environment, log=tmp_path / "log"),
        ):
            wait_until(lambda: _ended(committed, mailing_id), what="the mailing to end")
    assert relay.taken == audience
    states = committed.execute(text("SELECT state, count(*) FROM ledger GROUP BY state")).all()
    assert [tuple(row) for row in states] == [("handed_over", PEOPLE)]


def test_an_emptied_redis_loses_nobody(committed: Session, settings: Settings, tmp_path: Path, redis: object) -> None:
    audience, _, mailing_id = _launched(committed)
    redis.flushdb()  # type: ignore[attr-defined]
    with a_relay() as relay:
        environment = _environment(settings, relay)
        with running("clock", environment, log=tmp_path / "log"), running("worker", environment, log=tmp_path / "log"):
            wait_until(lambda: relay.taken.total() > 5, what="the first mails")
            redis.flushdb()  # type: ignore[attr-defined]
            wait_until(lambda: _ended(committed, mailing_id), what="the mailing to end")
    assert relay.taken == audience


def test_a_cancel_stops_every_worker_within_two_seconds(committed: Session, settings: Settings, tmp_path: Path) -> None:
    _, sender, mailing_id = _launched(committed)
    with a_relay(Script(before_dot_reply=lambda _: time.sleep(0.05))) as relay:
        environment = _environment(settings, relay)
        with running("clock", environment, log=tmp_path / "log"), running("worker", environment, log=tmp_path / "log"):
            wait_until(lambda: relay.taken.total() > 3, what="the first mails")
            cancel(committed, sender, mailing_id)  # type: ignore[arg-type]
            committed.commit()
            at_cancel = relay.taken.total()
            wait_until(lambda: not _being_handed_over(committed), seconds=2, what="the last window to be settled")
            after = relay.taken.total()
        assert after - at_cancel <= WINDOW
        assert relay.taken.total() == after
    handed_over = committed.scalar(text("SELECT count(*) FROM ledger WHERE state = 'handed_over'"))
    assert handed_over == after


def _being_handed_over(session: Session) -> bool:
    session.rollback()
    return bool(session.scalar(text("SELECT count(*) FROM ledger WHERE state = 'handing_over'")))


def test_a_database_that_hangs_up_on_everyone_loses_nobody(
    committed: Session, settings: Settings, tmp_path: Path
) -> None:
    audience, _, mailing_id = _launched(committed)
    pending = [12]

    def hang_up(_: str) -> None:
        if pending and relay.taken.total() >= pending[0]:
            with psycopg.connect(settings.database_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            pending.pop()

    with a_relay(Script(before_dot_reply=hang_up)) as relay:
        environment = _environment(settings, relay)
        with running("clock", environment, log=tmp_path / "log"), running("worker", environment, log=tmp_path / "log"):
            wait_until(lambda: not pending, what="the database to hang up")
            committed.invalidate()
            wait_until(lambda: _ended(committed, mailing_id), what="the mailing to end")
    assert set(relay.taken) == set(audience)
    assert (relay.taken - audience).total() <= WINDOW
