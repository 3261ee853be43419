"""Reading a list of subscribers, beside a plain COPY of the same rows into a table without an index.

`python -m bench.importing` looks closer: the same list again, other names, most people suppressed, and how much
memory the processes take. Three rounds of a million people, medians; `QUICK=1` is one round of a twentieth.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
import psycopg

from alerts.core.addresses import address_hash
from alerts.organisers import SYSTEM, Role
from alerts.subscribers.files import open_list
from alerts.subscribers.importing import Counts, import_list
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.rows import BadRow
from bench.people import address, language
from bench.stage import Servers, Stage, a_stage, servers
from tests.builders import an_organiser
from tests.support.databases import engine_of
from tests.support.processes import ROOT, environment_of

COLUMNS = ("email", "name", "language", "country", "time zone")
SUPPRESSED = 100
"""One in so many people on the list must not be mailed any more."""


@dataclass(frozen=True)
class Rows:
    """Rows a second: ours with every check, and COPY's without any."""

    per_second: float
    plain_per_second: float


def measure(running: Servers, people: int) -> Rows:
    """Import a list of so many people into an empty database, then COPY the same file."""
    with a_stage(running, 0) as stage:
        file = stage.folder / "people.csv"
        _write_list(file, people)
        left_out = _suppress(stage, range(0, people, SUPPRESSED))
        per_second = _rate(stage, file, Counts(rows=people, imported=people - left_out, suppressed=left_out))
        plain = _plain_copy(stage, file)
        file.unlink()
    return Rows(per_second, people / plain)


def _rate(stage: Stage, file: Path, expected: Counts) -> float:
    """Rows a second of an import that must come to these counts."""
    began = time.perf_counter()
    counts = _import(stage, file)
    seconds = time.perf_counter() - began
    assert counts == expected, counts
    return counts.rows / seconds


def _write_list(file: Path, people: int, name: str = "Ana Núñez") -> None:
    """So many people, in six languages."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for number in range(people):
            writer.writerow((address(number), f"{name} {number}", language(number), "GT", "Europe/Berlin"))


def _suppress(stage: Stage, numbers: range) -> int:
    """Suppress these people; how many they are."""
    with psycopg.connect(stage.settings.database_url) as connection:
        with connection.cursor().copy("COPY suppressions (address_hash, reason, at) FROM STDIN") as copy:
            for number in numbers:
                copy.write_row((address_hash(address(number)), "bounced", "2026-01-02 03:04:05+00"))
        connection.commit()
    return len(numbers)


def _import(stage: Stage, file: Path) -> Counts:
    counts = Counts()
    with (
        engine_of(stage.app).connect() as connection,
        stage.session(connection) as session,
        open_list(file) as listed,
    ):
        people = SubscriberList(listed)
        for step in import_list(session, SYSTEM, people, statement="Tell me.", on_bad=_no_bad_row):
            counts = step.counts
            session.commit()
        session.commit()
    return counts


def _plain_copy(stage: Stage, file: Path) -> float:
    """The seconds it takes."""
    with psycopg.connect(stage.settings.database_url) as connection:
        connection.execute(
            "CREATE UNLOGGED TABLE plain (email text, name text, language text, country text, zone text)"
        )
        began = time.perf_counter()
        with (
            connection.cursor().copy("COPY plain FROM STDIN (FORMAT csv, HEADER true)") as copy,
            file.open("rb") as rows,
        ):
            while chunk := rows.read(65_536):
                copy.write(chunk)
        connection.commit()
        return time.perf_counter() - began


def _no_bad_row(row: BadRow) -> None:
    raise AssertionError(f"line {row.line} should be good")


def closer(running: Servers, people: int) -> dict[str, float]:
    """Rows a second for each kind of list, and the most memory (MB) that an import's processes held together."""
    figures: dict[str, float] = {}
    with a_stage(running, 0) as stage:
        file, renamed = stage.folder / "people.csv", stage.folder / "renamed.csv"
        _write_list(file, people)
        _write_list(renamed, people, "Zoë")
        figures["everyone is new"] = _rate(stage, file, Counts(rows=people, imported=people))
        figures["the same list again"] = _rate(stage, file, Counts(rows=people, unchanged=people))
        figures["everyone has another name"] = _rate(stage, renamed, Counts(rows=people, updated=people))
        figures["plain COPY"] = people / _plain_copy(stage, file)
    with a_stage(running, 0) as stage:
        left_out = _suppress(stage, range(people * 9 // 10))
        expected = Counts(rows=people, imported=people - left_out, suppressed=left_out)
        figures["nine in ten are suppressed"] = _rate(stage, file, expected)
    with a_stage(running, 0) as stage:
        figures["memory, MB"] = _peak_megabytes(stage, file)
    return figures


def _peak_megabytes(stage: Stage, file: Path) -> float:
    """The most memory that the command and its reader held together, what they share counted once (PSS)."""
    with stage.session() as session:
        officer = an_organiser(session, [Role.DATA_OFFICER]).email
        session.commit()
    words = ["subscribers", "import", str(file), "--consent", "Tell me.", "--as", officer]
    command = [sys.executable, "-m", "alerts.cli", *words]
    peak = 0
    with subprocess.Popen(command, env=environment_of(stage.settings), cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
                peak = max(peak, sum(one.memory_full_info().pss for one in family))
            time.sleep(0.02)
    assert process.returncode == 0
    return peak / 1_000_000


def main() -> None:
    """Look closer, round after round, and print the medians."""
    people, rounds = (50_000, 1) if os.environ.get("QUICK") else (1_000_000, int(os.environ.get("ROUNDS") or 3))
    found: dict[str, list[float]] = {}
    with servers() as running:
        for _ in range(rounds):
            print(f"Load {os.getloadavg()[0]:.1f}", flush=True)
            for name, value in closer(running, people).items():
                found.setdefault(name, []).append(value)
    for name, values in found.items():
        each = ", ".join(f"{value:,.0f}" for value in values)
        print(f"{name:<28}{median(values):>12,.0f}   ({each})")


if __name__ == "__main__":
    main()
