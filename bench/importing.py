"""Reading a list of subscribers, beside a plain COPY of the same rows into a table without an index."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import psycopg
from sqlalchemy.orm import Session

from alerts.organisers import SYSTEM
from alerts.subscribers.files import open_list
from alerts.subscribers.importing import import_list
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.rows import BadRow
from bench.stage import Stage
from tests.support.databases import engine_of

LANGUAGES = ("en", "es", "fr", "ar", "fa", "ru")
COLUMNS = ("email", "name", "language", "country", "time zone")


def write_list(file: Path, people: int) -> None:
    """So many people, in six languages."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for number in range(people):
            language = LANGUAGES[number % len(LANGUAGES)]
            writer.writerow((f"person{number}@mail.example", f"Ana Núñez {number}", language, "GT", "Europe/Berlin"))


def import_people(stage: Stage, people: int) -> float:
    """Import so many people; the seconds it took."""
    file = stage.folder / "people.csv"
    write_list(file, people)
    began = time.perf_counter()
    with engine_of(stage.app).connect() as connection, Session(connection) as session, open_list(file) as listed:
        for _ in import_list(session, SYSTEM, SubscriberList(listed), statement="Tell me.", on_bad=_no_bad_row):
            session.commit()
        session.commit()
    return time.perf_counter() - began


def measure(stage: Stage, people: int) -> dict[str, float]:
    """Rows a second: ours with every check, and COPY's without any."""
    seconds = import_people(stage, people)
    with psycopg.connect(stage.settings.database_url) as connection:
        connection.execute(
            "CREATE UNLOGGED TABLE plain (email text, name text, language text, country text, zone text)"
        )
        began = time.perf_counter()
        with (
            connection.cursor().copy("COPY plain FROM STDIN (FORMAT csv, HEADER true)") as copy,
            (stage.folder / "people.csv").open("rb") as rows,
        ):
            while chunk := rows.read(65_536):
                copy.write(chunk)
        connection.commit()
        plain = time.perf_counter() - began
    return {"import, rows/s": people / seconds, "plain COPY, rows/s": people / plain}


def _no_bad_row(row: BadRow) -> None:
    raise AssertionError(f"line {row.line} should be good")
