"""Reading a list of subscribers, beside a plain COPY of the same rows into a table without an index."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from alerts.core.addresses import address_hash
from alerts.organisers import SYSTEM
from alerts.subscribers.files import open_list
from alerts.subscribers.importing import Counts, import_list
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.rows import BadRow
from bench.people import address, language
from bench.stage import Servers, Stage, a_stage
from tests.support.databases import engine_of

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
        _suppress(stage, people)
        began = time.perf_counter()
        counts = _import(stage, file)
        seconds = time.perf_counter() - began
        left_out = len(range(0, people, SUPPRESSED))
        assert (counts.imported, counts.suppressed) == (people - left_out, left_out), counts
        plain = _plain_copy(stage, file)
        file.unlink()
    return Rows(people / seconds, people / plain)


def _write_list(file: Path, people: int) -> None:
    """So many people, in six languages."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for number in range(people):
            writer.writerow((address(number), f"Ana Núñez {number}", language(number), "GT", "Europe/Berlin"))


def _suppress(stage: Stage, people: int) -> None:
    with psycopg.connect(stage.settings.database_url) as connection:
        with connection.cursor().copy("COPY suppressions (address_hash, reason, at) FROM STDIN") as copy:
            for number in range(0, people, SUPPRESSED):
                copy.write_row((address_hash(address(number)), "bounced", "2026-01-02 03:04:05+00"))
        connection.commit()


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
