"""Handing a mailing over by two workers, beside a bare smtplib loop with the same message and sink."""

from __future__ import annotations

import smtplib
import time
from uuid import UUID

from rq import Worker
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.extensions import current_site
from alerts.mailings.claims import Claim
from alerts.mailings.compiled import ready
from alerts.mailings.launch import launch
from alerts.mailings.models import MailingState
from alerts.mailings.progress import Progress, progress
from alerts.mailings.recipients import Pending, recipient
from alerts.organisers import Role
from bench.importing import import_people
from bench.stage import Stage
from tests.builders import an_actor, an_urgent_action
from tests.support.databases import engine_of
from tests.support.processes import environment_of, running, wait_until

LOOP = 1_000
WORKERS = 2


def measure(stage: Stage, people: int) -> dict[str, float]:
    """Mails a second, from the launch to the last one settled; and of the bare loop."""
    import_people(stage, people)
    environment = environment_of(stage.settings)
    with Session(engine_of(stage.app)) as session, running("clock", environment):
        with running("worker", environment), running("worker", environment):
            redis = stage.app.extensions["redis"]
            wait_until(lambda: Worker.count(connection=redis) == WORKERS, what="the workers to be up")
            at = _handed_over(stage, session)
        assert at.ended_at is not None
        assert at.first_handed_over_at is not None
        seconds = (at.ended_at - at.launched_at).total_seconds()
        message = _message(stage, session, at.mailing_id)
    return {
        "hand-over by SMTP, mails/s": at.handed_over / seconds,
        "bare smtplib loop, mails/s": _bare_loop(stage.sink_port, message),
        "first mail after the launch, ms": (at.first_handed_over_at - at.launched_at).total_seconds() * 1000,
    }


def _handed_over(stage: Stage, session: Session) -> Progress:
    case = an_urgent_action(session, CaseState.APPROVED, languages=("en", "es"))
    with stage.app.app_context():
        site = current_site()
    launched = launch(session, an_actor(session, Role.SENDER), case.bulletins[0].id, site=site)
    session.commit()

    def ended() -> bool:
        session.rollback()
        return progress(session, launched.mailing_id).state is MailingState.DONE

    wait_until(ended, seconds=300, what="the mailing to end")
    return progress(session, launched.mailing_id)


def _message(stage: Stage, session: Session, mailing_id: UUID) -> bytes:
    with stage.app.app_context():
        site = current_site()
    mail = ready(session, Claim(0, mailing_id, "en", 0, 0, 0, 0, 0), site)
    someone = Pending(0, 1, "person@mail.example", "Ana Núñez", bytes(16))
    return mail.compiled.fill(recipient(someone, mail.content, site, mail.deadline))


def _bare_loop(port: int, message: bytes) -> float:
    with smtplib.SMTP("127.0.0.1", port) as client:
        began = time.perf_counter()
        for _ in range(LOOP):
            client.sendmail("bounces@we-defend.example", ["person@mail.example"], message)
        return LOOP / (time.perf_counter() - began)
