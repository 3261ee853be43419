"""Real imports, real SIGKILLs: what was committed stays, running again completes it, no process is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from alerts.cli import exits
from alerts.organisers import Role
from alerts.subscribers.importing import SLICE
from alerts.subscribers.models import Subscriber
from alerts.subscribers.reading import LARGE
from config import Settings
from tests.builders import an_organiser
from tests.support.processes import ROOT, environment_of, wait_until

ROWS = 9 * SLICE + 1
"""More slices than are made ahead, so that a reader which is killed has not read everything yet."""
_HOLD = text("SELECT pg_advisory_lock(hashtext('subscribers.import'))")
_LET_GO = text("SELECT pg_advisory_unlock(hashtext('subscribers.import'))")
_WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
_HANG_UP = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list that is large enough for a process of its own."""
    path = tmp_path_factory.mktemp("lists") / "list.csv"
    path.write_text("\n".join(["email", *(f"person{number:06}@mail.example" for number in range(ROWS))]))
    assert path.stat().st_size >= LARGE
    return path


@pytest.fixture
def command(settings: Settings, committed: Session, listed: Path) -> tuple[list[str], dict[str, str]]:
    """The import as it is typed, and its environment."""
    officer = an_organiser(committed, [Role.DATA_OFFICER]).email
    committed.commit()
    words = ["subscribers", "import", str(listed), "--consent", "I want alerts.", "--as", officer, "--json"]
    return [sys.executable, "-m", "alerts.cli", *words], environment_of(settings)


@contextmanager
def importing(command: tuple[list[str], dict[str, str]]) -> Iterator[subprocess.Popen[str]]:
    """The import, running; gone at the end of the block."""
    words, env = command
    process = subprocess.Popen(
        words, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def held_before_merging(session: Session, command: tuple[list[str], dict[str, str]]) -> Iterator[subprocess.Popen[str]]:
    """The import, waiting to merge its first slice until it is let go."""
    session.execute(_HOLD)
    with importing(command) as process:
        wait_until(lambda: session.scalar(_WAITING) == 1, seconds=60, what="the import to merge its first slice")
        yield process


def reader_of(process: subprocess.Popen[str]) -> psutil.Process:
    """The process that reads the list for this import."""
    (reader,) = psutil.Process(process.pid).children()
    assert "alerts.subscribers.reader" in reader.cmdline()
    return reader


def people(session: Session) -> int:
    """How many are in, now."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(Subscriber)) or 0


def wait_for_some(session: Session, process: subprocess.Popen[str]) -> None:
    """Until something is in; the import must still be running by then."""
    wait_until(lambda: people(session) > 0 or process.poll() is not None, seconds=60, what="the first slice to be in")
    assert process.poll() is None, "The import ended before it could be disturbed."


def completes(session: Session, command: tuple[list[str], dict[str, str]]) -> None:
    """Hold the claim that whole slices are in, but not all of them, and that running again brings in the others."""
    already = people(session)
    assert already % SLICE == 0
    assert 0 < already < ROWS
    words, env = command
    ran = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == exits.DONE, ran.stderr
    facts = json.loads(ran.stdout)
    assert (facts["rows"], facts["imported"], facts["unchanged"]) == (ROWS, ROWS - already, already)
    assert people(session) == ROWS


def test_a_killed_reader_ends_the_import_in_words(
    committed: Session, command: tuple[list[str], dict[str, str]]
) -> None:
    with held_before_merging(committed, command) as process:
        reader = reader_of(process)
        reader.kill()
        committed.execute(_LET_GO)
        committed.commit()
        _, said = process.communicate(timeout=60)
    assert process.returncode == exits.AWAY
    assert "run it again" in said
    assert "Traceback" not in said
    assert not reader.is_running()
    completes(committed, command)


def test_a_killed_import_leaves_no_reader_behind(committed: Session, command: tuple[list[str], dict[str, str]]) -> None:
    with importing(command) as process:
        wait_for_some(committed, process)
        reader = reader_of(process)
        os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: not reader.is_running(), seconds=10, what="the reader to notice")
    completes(committed, command)


def test_a_database_that_hangs_up_ends_the_import_in_words(
    committed: Session, command: tuple[list[str], dict[str, str]]
) -> None:
    with importing(command) as process:
        wait_for_some(committed, process)
        reader = reader_of(process)
        committed.execute(_HANG_UP)
        _, said = process.communicate(timeout=60)
    assert process.returncode == exits.AWAY
    assert "PostgreSQL" in said
    assert "Traceback" not in said
    assert not reader.is_running()
    completes(committed, command)


def test_pressing_ctrl_c_ends_it_after_the_rows_at_hand_and_says_how_far_it_is(
    committed: Session, command: tuple[list[str], dict[str, str]]
) -> None:
    with held_before_merging(committed, command) as process:
        reader = reader_of(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everyone who runs in it
        assert process.stderr is not None
        said = process.stderr.readline() + process.stderr.readline()
        assert "Press Ctrl-C again to end at once." in said
        committed.execute(_LET_GO)
        committed.commit()
        _, said = process.communicate(timeout=60)
    assert f"Stopped after {SLICE:,} rows, which stay in. Run it again to go on." in said
    assert "Traceback" not in said
    assert not reader.is_running()
    assert people(committed) == SLICE
    completes(committed, command)


def test_pressing_ctrl_c_in_the_middle_of_it_shows_no_traceback(
    committed: Session, command: tuple[list[str], dict[str, str]]
) -> None:
    with importing(command) as process:
        wait_for_some(committed, process)
        reader = reader_of(process)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert "which stay in. Run it again to go on." in said
    assert "Traceback" not in said
    assert not reader.is_running()
    completes(committed, command)


def test_pressing_ctrl_c_twice_ends_it_at_once(committed: Session, command: tuple[list[str], dict[str, str]]) -> None:
    with held_before_merging(committed, command) as process:
        reader = reader_of(process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr is not None
        process.stderr.readline(), process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    wait_until(lambda: not reader.is_running(), seconds=10, what="the reader to notice")
    committed.execute(_LET_GO)
    committed.commit()
    assert people(committed) == 0
