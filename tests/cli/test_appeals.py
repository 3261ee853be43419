"""`alerts appeals hand-in`: the names as pages or as a table, by who may, and nothing without a purpose."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from alerts.actions.states import AppealsBy, CaseState
from alerts.cli import exits
from alerts.organisers import Role
from alerts.organisers.models import Organiser
from alerts.participation.service import act, stranger
from config import Settings
from tests.builders import an_actor, an_urgent_action
from tests.papers.reading import pages
from tests.support.processes import ROOT, environment_of


def test_names_are_written_as_pages_and_as_a_table(committed: Session, settings: Settings, tmp_path: Path) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED)
    act(committed, case.id, stranger(email="a@mail.example", name="Ana Núñez", country="GT", language="en"))
    sender, author = (
        committed.get_one(Organiser, an_actor(committed, role).id).email for role in (Role.SENDER, Role.AUTHOR)
    )
    committed.commit()

    def alerts(who: str, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alerts.cli", "appeals", "hand-in", case.number, "--as", who, *options],
            env=environment_of(settings), cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    purpose = ("--purpose", "Meeting of 3 May")
    made = alerts(sender, *purpose, "--out", str(tmp_path / "names.pdf"))
    assert made.returncode == 0, made.stderr
    assert "1 people, 1 on the list" in made.stdout
    assert "Ana Núñez" in pages((tmp_path / "names.pdf").read_bytes())[1]
    assert alerts(sender, *purpose, "--out", str(tmp_path / "names.csv")).returncode == 0
    assert "Ana Núñez,Guatemala" in (tmp_path / "names.csv").read_text("utf-8-sig")
    assert "names.pdf or names.csv" in alerts(sender, *purpose, "--out", str(tmp_path / "names.doc")).stderr
    refused = alerts(author, *purpose, "--out", str(tmp_path / "mine.csv"))
    assert refused.returncode == exits.REFUSED
    assert not (tmp_path / "mine.csv").exists()


def test_letters_are_shown_stopped_and_let_go_on(committed: Session, settings: Settings) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED, appeals_by=AppealsBy.RELAY)
    act(committed, case.id, stranger(email="a@mail.example", name="Ana Núñez", country="GT", language="en"))
    sender = committed.get_one(Organiser, an_actor(committed, Role.SENDER).id).email
    committed.commit()

    def alerts(verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alerts.cli", "appeals", verb, case.number, "--as", sender, *options],
            env=environment_of(settings), cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    assert "relay, going" in alerts("show").stdout
    assert alerts("pause", "--reason", "The office moves house.").returncode == 0
    found = json.loads(alerts("show", "--json").stdout)
    assert (found["state"], found["words"], found["waiting"]) == ("paused", "The office moves house.", 1)
    assert alerts("refused", "--reason", "They wrote back.").returncode == 0
    assert "They wrote back." in alerts("show").stdout
    assert alerts("resume").returncode == 0
    again = alerts("resume")
    assert again.returncode == exits.REFUSED
    assert "go already" in again.stderr
