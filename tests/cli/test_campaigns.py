"""A campaign's page from the command line: loaded once, and every fault told with its place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from alerts.cli import exits
from alerts.organisers import Role
from alerts.organisers.models import Organiser
from config import Settings
from tests.builders import an_actor
from tests.campaigns.scenes import a_folder, swapped
from tests.support.processes import ROOT, environment_of


def test_a_page_is_loaded_once_and_faults_are_told_with_their_lines(
    committed: Session, settings: Settings, tmp_path: Path
) -> None:
    author = committed.get_one(Organiser, an_actor(committed, Role.AUTHOR).id).email
    committed.commit()

    def load(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alerts.cli", "campaigns", "load", str(folder), "--as", author, *options],
            env=environment_of(settings), cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    bad = load(a_folder(tmp_path, "bad", en=swapped(("value: 281", "value: many"), ("title: Tell", "titel: Tell"))))
    assert bad.returncode == exits.REFUSED
    assert "bad/campaign/en.md:22" in bad.stderr
    assert "did you mean 'title'?" in bad.stderr
    good = a_folder(tmp_path)
    assert json.loads(load(good, "--json").stdout)["outcome"] == "new"
    assert load(good).stdout == "spring  unchanged\n"
