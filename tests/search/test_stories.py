"""A person's story is written in the console or in a case folder, and kept as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.casefaults import CaseFileFaults
from alerts.actions.casefile import parse_case
from alerts.actions.load import load_folder
from alerts.actions.models import DefenderText
from alerts.organisers import Role
from tests.actions.case_folders import NOW, english, files
from tests.builders import a_defender, an_actor
from tests.console.conftest import Desk, at_desk  # noqa: F401 - a fixture

ROLE = "  role: Beekeeper and river guardian\n"
STORY = "  story: |\n    He keeps **bees**.\n\n    And he guards the river.\n"


def test_a_case_folder_may_tell_it(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "milan-novak"
    folder.mkdir()
    (folder / "en.md").write_text(english((ROLE, ROLE + STORY)), encoding="utf-8")
    load_folder(session, an_actor(session, Role.AUTHOR), folder)
    told = session.scalars(select(DefenderText.story)).all()
    assert told == ["He keeps **bees**.\n\nAnd he guards the river."]


def test_a_name_that_must_not_be_shown_is_a_fault_in_it_too() -> None:
    hidden = english(
        ("visibility: named", "visibility: pseudonym\n  real_name: Milan Novák"),
        ("  name: Milan Novák", "  pseudonym: The Beekeeper"),
        ("scope: named", "scope: pseudonym"),
        (ROLE, ROLE + STORY.replace("He keeps", "Milan Novák keeps")),
    )
    with pytest.raises(CaseFileFaults) as faults:
        parse_case(files(en=hidden, es=""), slug="milan-novak", now=NOW)
    assert "stands in the defender's story" in str([fault.problem for fault in faults.value.found])


def test_the_console_keeps_it(session: Session, at_desk: Desk) -> None:  # noqa: F811
    defender = a_defender(session)
    desk = at_desk(Role.AUTHOR)
    path = f"/console/defenders/{defender.id}/words/en"
    assert desk.post(path, data={"role": "lawyer", "story": "She founded a *school*."}).status_code == 303
    session.expire_all()
    assert [text.story for text in defender.texts] == ["She founded a *school*."]
    assert "She founded a *school*." in desk.get(path).text
