"""Claims about the commands on cases, as the shell sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.moving import leads_to
from alerts.actions.states import CaseState
from alerts.organisers import Role
from config import Settings
from tests.actions.case_folders import english, spanish
from tests.actions.test_newsfile import NEWS
from tests.builders import an_organiser, an_urgent_action, brought_to
from tests.support.processes import environment_of
from tests.web.pages import number_of

ROOT = Path(__file__).parents[2]


def alerts(settings: Settings, *arguments: str) -> str:
    """What the command prints; it has to succeed."""
    command = [sys.executable, "-m", "alerts.cli", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=60, env=environment_of(settings), check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_loading_says_which_bulletins_wait_and_which_were_begun(
    committed: Session, settings: Settings, tmp_path: Path
) -> None:
    author = an_organiser(committed, (Role.AUTHOR,), email="loader@office.example")
    committed.commit()
    folder = tmp_path / "milan-novak"
    folder.mkdir()
    for name, text in (("en", english()), ("es", spanish()), ("bulletin-2.en", NEWS)):
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    load = ("cases", "load", str(folder), "--as", "loader@office.example")
    assert "new, bulletin 2 waits: load again once the case is public" in alerts(settings, *load)
    case = committed.scalars(select(UrgentAction)).one()
    brought_to(committed, case, CaseState.PUBLISHED, author=author.actor)
    committed.commit()
    assert "unchanged, bulletin 2 begun as a draft" in alerts(settings, *load)
    assert alerts(settings, *load).rstrip().endswith("unchanged")


def test_the_number_of_a_merged_case_leads_on(committed: Session, settings: Settings) -> None:
    an_organiser(committed, (Role.SENDER,), email="mover@office.example")
    case = an_urgent_action(committed, CaseState.PUBLISHED)
    committed.commit()
    said = alerts(settings, "cases", "merged", "UA 900/25", case.number, "--as", "mover@office.example")
    assert said == f"UA 900/25 leads on to {case.number} now.\n"
    assert leads_to(committed, "900-25") == number_of(case)
