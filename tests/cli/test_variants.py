"""Testing variants from the command line: launched on a share, looked at, one chosen once."""

from __future__ import annotations

import json
import subprocess
import sys

from sqlalchemy.orm import Session

from alerts.cli import exits
from alerts.organisers import Role
from alerts.organisers.models import Organiser
from config import Settings
from tests.builders import an_actor
from tests.mailings.scenes import people
from tests.mailings.test_variants import SECOND, with_variants
from tests.support.processes import ROOT, environment_of


def test_launch_on_a_share_look_and_choose_once(committed: Session, settings: Settings) -> None:
    people(committed, 20)
    case = with_variants(committed)
    sender = committed.get_one(Organiser, an_actor(committed, Role.SENDER).id).email
    committed.commit()

    def alerts(verb: str, *options: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alerts.cli", "mailings", verb, case.number, *options],
            env=environment_of(settings), cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    who = ("--as", sender)
    assert "needs --sample" in alerts("launch", *who, "--decide-after", "2h").stderr
    assert "as in 90m, 2h or 1d" in alerts("launch", *who, "--sample", "50", "--decide-after", "soon").stderr
    launched = alerts("launch", *who, "--sample", "50", "--decide-after", "2h", typed="20\n")
    assert launched.returncode == 0, launched.stderr
    assert "With fewer than 200 each" in launched.stderr
    found = json.loads(alerts("variants", "--json").stdout)
    assert (found["share"], len(found["findings"]), found["choice"]) == (50, 3, None)
    assert SECOND in found["subjects"][1]
    assert "too little to tell" in alerts("variants").stdout
    assert alerts("choose", "B", *who, typed="n\n").returncode != 0
    assert "Variant B goes to everyone" in alerts("choose", "b", *who, typed="y\n").stdout
    assert alerts("choose", "C", *who, "--yes").returncode == exits.REFUSED
    assert "Variant B was chosen. Chosen by hand." in alerts("variants").stdout
