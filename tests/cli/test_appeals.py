"""`alerts appeals hand-in`: the names as pages or as a table, by who may, and nothing without a purpose."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
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
