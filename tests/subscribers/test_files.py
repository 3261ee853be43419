"""The file that comes in, and the report that goes out."""

from __future__ import annotations

import csv
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.core.errors import Refused
from alerts.subscribers.files import Report, open_list
from alerts.subscribers.rows import BadRow, Fault
from tests.support.processes import ROOT

BAD = BadRow(7, (Fault("email", "There is no address.", ""), Fault("name", "Too long.", "=HYPERLINK(1)")))


def test_a_report_lists_each_fault_with_its_line_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    with Report(path) as report:
        report.add(BAD)
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[1:] == [["7", "email", "There is no address.", ""], ["7", "name", "Too long.", "'=HYPERLINK(1)"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_bad_rows_no_report_remains(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    with Report(path) as report:
        report.add(BAD)
    with Report(path):
        pass
    assert not path.exists()


def test_a_report_whose_import_was_killed_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    killed = (
        f"import os; from pathlib import Path; from {Report.__module__} import Report; Report(Path({str(path)!r}));"
    )
    subprocess.run([sys.executable, "-c", f"{killed} os.kill(os.getpid(), 9)"], cwd=ROOT, check=False)
    assert path.exists()
    with Report(path) as report:
        report.add(BAD)
    assert "Too long." in path.read_text()


def test_a_file_that_is_no_report_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "thesis.csv"
    path.write_text("email\na@mail.example\n")
    with pytest.raises(Refused, match="--report"):
        Report(path)
    assert path.read_text().startswith("email")


def test_a_report_that_cannot_be_written_is_said_before_anything_is_imported(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="--report"):
        Report(tmp_path / "no such folder" / "wrong.csv")


def test_what_is_no_readable_file_is_refused(tmp_path: Path) -> None:
    empty, pipe = tmp_path / "empty.csv", tmp_path / "pipe"
    empty.touch()
    os.mkfifo(pipe)
    for path, part in [
        (tmp_path, "folder"),
        (tmp_path / "nowhere.csv", "No such file"),
        (empty, "empty"),
        (pipe, "not an ordinary file"),
        (Path("a\x00b"), "null"),
    ]:
        with pytest.raises(Refused, match=part):
            open_list(path)
