"""`make bench`: how fast mail is handed over and lists are read, each figure beside a yardstick of the same run.

Three rounds at a million people, medians; kept in bench/results/ and docs/performance.md. `make bench QUICK=1` is a
short look: one round at a twentieth of the size, printed and kept nowhere. All mail goes to sinks on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench import importing, machine, report, sendgrid, smtp, validity, watching
from bench.goals import Round, rows
from bench.stage import Servers, servers


@dataclass(frozen=True)
class Size:
    """How much is measured: people in the large list and in the small one, mails by SMTP, rounds."""

    people: int = 1_000_000
    base: int = 10_000
    mails: int = 30_000
    rounds: int = 3


QUICK = Size(people=50_000, base=5_000, mails=3_000, rounds=1)


def main() -> None:
    """Check the requests, measure each round, print the table, keep it."""
    quick = bool(os.environ.get("QUICK"))
    size = QUICK if quick else Size()
    with servers() as running:
        facts = {"measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", **asdict(size)}
        facts |= machine.facts(running.database_url)
        facts["requests_checked"] = validity.check(running)
        _say(f"{facts['requests_checked']} requests checked against SendGrid's published description: no fault.")
        rounds = [_round(running, size, number) for number in range(1, size.rounds + 1)]
    facts["others"] = median(one["large"]["others"] for one in rounds)
    missing = {} if rounds[0]["smtp"] else {"smtp": smtp.MISSING}
    lines = report.lines_of(rows(size.people, size.base), rounds, missing)
    text = report.table(lines, facts, report.before())
    _say(f"\n{text}")
    if quick:
        _say("A short look, at a twentieth of the size: kept nowhere. `make bench` measures in full.")
        return
    file = report.RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M}.json"
    report.keep(file, lines, facts, rounds)
    report.put_into_page(text)
    _say(f"Kept in bench/results/{file.name} and docs/performance.md.")


def _round(running: Servers, size: Size, number: int) -> Round:
    """Every measurement once, each on a fresh stage."""
    measured: dict[str, Callable[[], Any]] = {
        "base": lambda: sendgrid.measure(running, size.base, again=True),
        "large": lambda: sendgrid.measure(running, size.people),
        "watched": lambda: watching.measure(running, size.people),
        "smtp": lambda: smtp.measure(running, size.mails),
        "imported": lambda: importing.measure(running, size.people),
    }
    found: dict[str, Any] = {}
    for name, measure in measured.items():
        _say(f"Round {number} of {size.rounds}: {name} …")
        figures = measure()
        found[name] = None if figures is None else asdict(figures)
    return found


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
