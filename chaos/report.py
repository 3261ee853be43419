"""The run, written down: a table for people, figures for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from chaos import stage
from chaos.judging import Count
from chaos.points import SHORTENED
from chaos.stage import Row

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "failures.md"
RESULTS = Path(__file__).parent / "results"

HEAD = """\
# What failures do

Made by `make chaos`, never by hand: each row was played on real processes — two workers, a clock, PostgreSQL, Valkey,
a provider that counts — and every mail that arrived was held against the ledger.

- **missing**: people without an end on the ledger, or handed over by the ledger and never arrived.
- **twice**: mails beyond the first to the same person, beside the **bound** we publish: one window ({window} mails)
  for each open connection by SMTP (two here), one batch ({batch}) by SendGrid, for each kill; and one of either for
  each flight whose answer never came back.
- **unknown**: the ledger says that nobody knows; in brackets, how many of them had arrived. They are not sent again.
- **recovers**: seconds from the kill, or from the end of the fault, until everyone has an end. In the rows without a
  fault: from the start of the processes.
- **ended**: processes that ended though nobody killed them, and that the supervisor started again.
- *held*: nobody missing, no more duplicates than the bound and than `resent` admits, the ledger equals what arrived,
  and counters equal rows.

"""


def facts(people: int, scenes: int, seconds: float, database_url: str) -> dict[str, object]:
    """The machine and the settings of a run."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "scenes": scenes,
        "people per scene": people,
        "people in all": people * scenes,
        "seconds in all": round(seconds),
        "cores": os.cpu_count(),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": row[0] if row else "",
        "workers": stage.WORKERS,
        "window": stage.WINDOW,
        "batch": stage.BATCH,
        "lease, s": stage.LEASE,
        **{f"{name}, s": value for (_, name), value in SHORTENED.items()},
    }


def write(rows: Sequence[Row], known: dict[str, object]) -> Path:
    """The page, and the figures beside it; where the figures are."""
    PAGE.write_text(HEAD.format(window=stage.WINDOW, batch=stage.BATCH) + _table(rows) + _facts(known))
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M}.json"
    file.write_text(json.dumps({"facts": known, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    return file


def newest() -> tuple[list[Row], dict[str, object]]:
    """The rows and facts of the last run that was kept; nothing where there was none."""
    files = sorted(RESULTS.glob("*.json"))
    if not files:
        return [], {}
    kept = json.loads(files[-1].read_text())
    return [_row(values) for values in kept["rows"]], kept["facts"]


def _row(values: dict[str, Any]) -> Row:
    counted = values["count"] and Count(**values["count"])
    return Row(**{**values, "count": counted, "notes": tuple(values["notes"]), "broken": tuple(values["broken"])})


def line(row: Row) -> str:
    """One row of the table."""
    if row.count is None:
        words = "; ".join((f"not run: {row.not_run}", *row.broken))
        return f"| {row.point} | {row.fault} | {row.way} |  |  |  |  |  |  | {words} |"
    at = row.count
    unknown = f"{at.unknown} ({at.unknown_arrived})" if at.unknown else "0"
    seconds = "" if row.seconds is None else f"{row.seconds:.1f}"
    said = "**" + "; ".join(row.broken) + "**" if row.broken else "held"
    words = "; ".join((said, *row.notes)).replace("|", "/").replace("\n", " ")
    cells = (
        row.point,
        row.fault,
        row.way,
        at.audience,
        at.missing,
        f"{at.duplicates} of {row.bound}",
        unknown,
        seconds,
    )
    return f"| {' | '.join(map(str, cells))} | {row.died} | {words} |"


def _table(rows: Sequence[Row]) -> str:
    head = "| point | fault | by | people | missing | twice, of bound | unknown | recovers, s | ended | |"
    return "\n".join([head, "|---|---|---|--:|--:|--:|--:|--:|--:|---|", *map(line, rows)]) + "\n"


def _facts(known: dict[str, object]) -> str:
    return "\n" + ", ".join(f"{name}: {value}" for name, value in known.items()) + ".\n"
