"""`alerts subscribers`, as it is typed."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from alerts.cli import exits
from alerts.organisers import Role
from alerts.subscribers.models import Subscriber
from config import Settings
from tests.builders import an_organiser
from tests.support.processes import ROOT, environment_of

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def officer(committed: Session) -> str:
    """The address of a data officer."""
    email = an_organiser(committed, [Role.DATA_OFFICER]).email
    committed.commit()
    return email


@pytest.fixture
def run(settings: Settings, committed: Session) -> Run:
    """Run `alerts ...` as a process of its own."""

    def command(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "alerts.cli", *map(str, arguments)]
        env = environment_of(settings)
        return subprocess.run(words, env=env, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=60)

    return command


def _import(run: Run, file: Path, officer: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
    return run("subscribers", "import", file, "--consent", "I want alerts.", "--as", officer, *more)


def test_good_rows_come_in_and_wrong_ones_are_listed(
    run: Run, committed: Session, officer: str, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("E-Mail;Name;Notes\r\na@mail.example;Zoë;x\r\n=nobody;;\r\n".encode("cp1252"))
    ran = _import(run, file, officer, "--json")
    assert ran.returncode == exits.PARTLY, ran.stderr
    facts = json.loads(ran.stdout)
    assert (facts["rows"], facts["imported"], facts["bad"]) == (2, 1, 1)
    assert (facts["encoding"], facts["delimiter"], facts["unknown_columns"]) == ("cp1252", ";", ["Notes"])
    ((line, column, _, text),) = list(csv.reader(Path(facts["report"]).read_text("utf-8-sig").splitlines()))[1:]
    assert (line, column, text) == ("3", "email", "'=nobody")
    assert committed.scalars(select(Subscriber.name)).all() == ["Zoë"]
    assert "mail.example" not in ran.stdout + ran.stderr

    again = _import(run, file, officer)
    assert again.returncode == exits.PARTLY
    assert "known, nothing to change" in again.stdout


def test_a_list_without_fault_ends_with_zero_and_is_counted(
    run: Run, officer: str, committed: Session, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email,language\na@mail.example,es\nb@mail.example,de\n", encoding="utf-16")
    ran = _import(run, file, officer, "--language", "fr")
    assert (ran.returncode, ran.stderr) == (exits.DONE, "")
    assert "1 rows ask for a language we do not speak" in ran.stdout
    assert list(tmp_path.iterdir()) == [file]
    assert json.loads(run("subscribers", "count", "--json").stdout)["languages"] == {"es": 1, "fr": 1}
    shown = run("subscribers", "show", "A@mail.example", "--as", officer)
    assert "I want alerts." in shown.stdout
    committed.execute(update(Subscriber).values(topics=["land"], how_often="weekly"))
    committed.commit()
    known = json.loads(run("subscribers", "show", "A@mail.example", "--as", officer, "--json").stdout)
    assert (known["how_often"], known["topics"], known["risks"]) == ("weekly", ["land"], None)


@pytest.mark.parametrize(
    "case",
    [
        (None, (), "No such file"),
        ("", (), "empty"),
        ("name\nAna\n", (), "email,name,language"),
        ("email\na@mail.example\n", ("--encoding", "klingon"), "klingon"),
        ("email\na@mail.example\n", ("--encoding", "utf-16"), "cannot be read as utf-16"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_words(
    run: Run, officer: str, committed: Session, tmp_path: Path, case: tuple[str | None, tuple[str, ...], str]
) -> None:
    content, more, said = case
    file = tmp_path / "list.csv"
    if content is not None:
        file.write_text(content)
    ran = _import(run, file, officer, *more)
    assert ran.returncode == exits.REFUSED
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert committed.scalar(select(func.count()).select_from(Subscriber)) == 0


def test_accounts_are_made_with_a_password_from_standard_input_and_listed(run: Run) -> None:
    words = ("organisers", "add", "--email", "Ada@office.example", "--name", "Ada", "--role", "data-officer")
    short = run(*words, "--role", "author", "--password-stdin", stdin="short\n")
    assert short.returncode == exits.REFUSED
    assert "12 characters" in short.stderr
    made = run(*words, "--role", "author", "--password-stdin", stdin="a long enough password\n")
    assert (made.returncode, made.stderr) == (exits.DONE, "")
    assert "password" not in made.stdout
    twice = run(*words, "--password-stdin", stdin="a long enough password\n")
    assert twice.returncode == exits.REFUSED
    (account,) = json.loads(run("organisers", "list", "--json").stdout)
    assert (account["email"], account["roles"]) == ("ada@office.example", ["author", "data_officer"])
