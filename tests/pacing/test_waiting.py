"""Whoever looks at a mailing is told why its mail waits: on its page, on the command line, by the doctor."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings import holds
from alerts.mailings.holds import Standing
from alerts.mailings.pacing import Pace, read_pace
from alerts.mailings.waiting import sentences
from alerts.organisers import Role
from config import Settings
from tests.console.conftest import Desk, at_desk  # noqa: F401 - a fixture
from tests.console.reading import whole
from tests.mailings.scenes import Launch, people
from tests.support.processes import ROOT, environment_of

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
WAY = "smtp:127.0.0.1:9"
"""The relay of the tests' settings, where nobody hears."""


def test_a_hold_is_told_with_its_end_and_the_words_of_the_provider() -> None:
    standing = Standing(held_until=NOW + timedelta(minutes=42), words="429 Too many requests")
    assert sentences(standing, Pace(), NOW) == [
        "All mail waits until 10:42:00 UTC, as the provider said: 429 Too many requests"
    ]


def test_a_pace_is_told_with_the_day_of_the_warm_up_and_what_it_allows() -> None:
    pace, _ = read_pace("50", "mail.example=100/m, *=600/m", "start=1000, growth=2, days=9")
    standing = Standing(first_handed_over_at=NOW - timedelta(days=2))
    assert sentences(standing, pace, NOW) == [
        "Paced at 50 a second.",
        "Warm-up day 3 of 9: 4,000 mails today.",
        "Domains: mail.example 100 a minute, others 600 a minute.",
    ]
    grown = Standing(first_handed_over_at=NOW - timedelta(days=9))
    assert not any("Warm-up" in line for line in sentences(grown, pace, NOW))


def test_nothing_is_told_where_nothing_slows() -> None:
    assert sentences(Standing(), Pace(), NOW) == []


def test_the_page_of_a_mailing_says_why_it_waits(session: Session, at_desk: Desk) -> None:  # noqa: F811
    people(session, 2)
    mailing = Launch(session)
    holds.hold(session, WAY, "429 Too many requests", asked=600)
    session.commit()
    page = whole(at_desk(Role.SENDER).get(f"/console/mailings/{mailing.id}"))
    assert "as the provider said: 429 Too many requests" in page


def _alerts(settings: Settings, *words: str) -> str:
    environment = environment_of(settings, MAIL_RATE="50/s", WARM_UP="start=1000, growth=2, days=9")
    done = subprocess.run(
        [sys.executable, "-m", "alerts.cli", *words], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout


def test_the_command_line_and_the_doctor_say_it_as_well(committed: Session, settings: Settings) -> None:
    people(committed, 2)
    mailing = Launch(committed)
    told = json.loads(_alerts(settings, "mailings", "show", mailing.progress.number, "--json"))
    assert told["slowed"] == ["Paced at 50 a second.", "Warm-up day 1 of 9: 1,000 mails today."]
    holds.hold(committed, WAY, "429 Too many requests", asked=600)
    committed.commit()
    findings = json.loads(_alerts(settings, "doctor", "--json"))["findings"]
    (pace,) = (finding for finding in findings if finding["check"] == "pace")
    assert not pace["well"]
    assert "as the provider said: 429 Too many requests Paced at 50 a second." in pace["seen"]
    committed.execute(text("UPDATE transports SET held_until = now()"))
    committed.commit()
    findings = json.loads(_alerts(settings, "doctor", "--json"))["findings"]
    (pace,) = (finding for finding in findings if finding["check"] == "pace")
    assert pace["well"]
