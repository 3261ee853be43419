"""A figure counts only where the ledger names everyone; processor time is counted whoever used it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy.orm import Session

from bench.crew import _seconds
from bench.mailings import checked
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import a_relay

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def test_a_ledger_with_someone_waiting_gives_no_figure(session: Session) -> None:
    people(session, 15)
    mailing = Launch(session)
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url), batches=1)
        with pytest.raises(AssertionError, match="waiting"):
            checked(session, mailing.id, 15)
        mailing.hand_over(smtp(relay.mail_url))
    checked(session, mailing.id, 15)


def test_a_ledger_with_too_few_people_gives_no_figure(session: Session) -> None:
    people(session, 3)
    mailing = Launch(session)
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    with pytest.raises(AssertionError, match="4 people"):
        checked(session, mailing.id, 4)


def test_processor_time_of_children_that_have_ended_is_counted() -> None:
    before = _seconds(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert _seconds(os.getpid()) - before >= 0.2
