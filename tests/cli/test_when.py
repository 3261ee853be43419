"""`alerts mailings launch --at … --local-hour …`: when, in words and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.cli import exits
from alerts.core import clock
from alerts.organisers import Role
from config import Settings
from tests.builders import an_organiser, an_urgent_action
from tests.mailings.scenes import people
from tests.support.processes import ROOT, environment_of


@pytest.fixture
def case(committed: Session) -> UrgentAction:
    people(committed, 2)
    case = an_urgent_action(committed, CaseState.APPROVED)
    an_organiser(committed, [Role.SENDER], email="sender@office.example")
    committed.commit()
    return case


def _launch(case: UrgentAction, settings: Settings, *more: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = ["mailings", "launch", case.number, "--as", "sender@office.example", *more]
    env = environment_of(settings) | {"TIME_ZONE": "Europe/Berlin", "SUBSCRIBER_CAP": "3/7", "MAILINGS_A_DAY": "1"}
    return subprocess.run(
        [sys.executable, "-m", "alerts.cli", *command],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, input=typed,
    )  # fmt: skip


def test_a_moment_and_an_hour_are_kept_and_shown(case: UrgentAction, settings: Settings, committed: Session) -> None:
    day = (clock.now() + timedelta(days=3)).date()
    more = ("--at", f"{day} 12:00 America/Lima", "--local-hour", "9", "--json")
    done = _launch(case, settings, *more, typed="2\n")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout[done.stdout.index("{") :])
    assert shown["state"] == "scheduled"
    assert datetime.fromisoformat(shown["starts_at"]) == datetime.combine(day, datetime.min.time(), UTC) + timedelta(
        hours=17
    )
    plan = committed.scalar(text("SELECT plan FROM mailings"))
    assert plan == {"local_hour": 9, "cap": "3/7", "time_zone": "Europe/Berlin"}


def test_words_say_when_it_starts_on_the_organisations_clock(case: UrgentAction, settings: Settings) -> None:
    day = (clock.now() + timedelta(days=3)).date()
    done = _launch(case, settings, "--at", f"{day} 09:00", "--yes")
    assert f"starts {day.day} {day:%B %Y}, 09:00\u00a0UTC+" in done.stdout


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2020-01-01 09:00", "is over"),
        ("next week", "no moment that can be read"),
        ("2099-01-01 09:00", "deadline of UA"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_in_words(
    case: UrgentAction, settings: Settings, committed: Session, at: str, told: str
) -> None:
    done = _launch(case, settings, "--at", at, "--yes")
    assert done.returncode == exits.REFUSED
    assert told in done.stderr
    assert committed.scalar(text("SELECT count(*) FROM mailings")) == 0
