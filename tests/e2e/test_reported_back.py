"""The whole way round: a worker is killed while SendGrid takes a batch, and what SendGrid reports settles it."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings.models import MailingState
from alerts.mailings.progress import progress
from alerts.mailings.reports import Reports, reports_of
from config import Settings
from tests.mailings.scenes import SITE, Launch, people
from tests.standins.sendgrid_events import Signer, events_about
from tests.standins.sendgrid_standin import KEY, Reply, a_sendgrid
from tests.support.processes import environment_of, running, wait_until

PEOPLE = 25


def test_what_a_killed_worker_left_unknown_is_settled_by_what_sendgrid_reports(
    committed: Session, settings: Settings, tmp_path: Path
) -> None:
    people(committed, PEOPLE)
    signer, port, victims = Signer(), _free_port(), list[int]()

    def kill(number: int) -> Reply | None:
        if number == 1 and victims:
            os.kill(victims.pop(), signal.SIGKILL)
            return Reply(0, body="drop", taken=True)
        return None

    with a_sendgrid(kill) as sendgrid:
        environment = environment_of(
            settings,
            MAIL_URL="sendgrid:",
            SENDGRID_API_KEY=KEY,
            SENDGRID_API_URL=sendgrid.url,
            SENDGRID_EVENT_KEY=signer.public_key,
            LEASE_SECONDS="3",
            PORT=str(port),
            BASE_URL=SITE.base_url,
        )
        log = tmp_path / "log"
        with running("worker", environment, log=log) as first:
            victims.append(first.pid)
            mailing = Launch(committed)
            with running("clock", environment, log=log), running("web", environment, log=log):
                wait_until(lambda: first.poll() is not None, what="the worker to be killed")
                with running("worker", environment, log=log):
                    wait_until(lambda: _ended(committed, mailing), what="the mailing to end")
                    in_flight = len(sendgrid.bodies[0]["personalizations"])
                    assert in_flight > 1
                    assert mailing.ledger == {"unknown": in_flight, "handed_over": PEOPLE - in_flight}
                    wait_until(lambda: _answers(port), what="the site to be up")
                    *most, last = events_about(sendgrid.sent, "processed", "delivered")
                    bounced = {**last, "event": "bounce", "type": "bounce", "reason": "no such user", "status": "5.1.1"}
                    hook = f"http://127.0.0.1:{port}/hooks/sendgrid"
                    assert [signer.post(hook, post) for post in (most[1::2], [bounced], most, most[:9])] == [204] * 4
                    wait_until(lambda: _delivered(committed, mailing), what="the events to be expanded")
    assert mailing.ledger == {"handed_over": PEOPLE}
    at = progress(committed, mailing.id)
    assert (at.handed_over, at.unknown) == (PEOPLE, 0)
    assert reports_of(committed, mailing.id) == Reports(delivered=PEOPLE - 1, bounced=1)
    assert committed.scalar(text("SELECT count(*) FROM suppressions")) == 1
    unanswered = committed.execute(text("SELECT provider_id FROM ledger WHERE state = 'handed_over'")).scalars()
    assert set(unanswered) == {mail.message_id for mail in sendgrid.sent}, "SendGrid's own ids stand on the ledger"
    assert "@" not in log.read_text().replace("@property", "")


def _ended(session: Session, mailing: Launch) -> bool:
    session.rollback()
    return progress(session, mailing.id).state is MailingState.DONE


def _delivered(session: Session, mailing: Launch) -> bool:
    session.rollback()
    return reports_of(session, mailing.id).delivered == PEOPLE - 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
