"""`make bench`: how fast mail goes out, lists are read, pages answered, each figure beside a yardstick of the same run.

Three rounds at a million people (`ROUNDS=1`: one), medians; kept in bench/results/ and docs/performance.md.
`make bench QUICK=1` is a short look: one round at a twentieth of the size, printed and kept nowhere. All mail goes to
sinks on this machine.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench import events, hand_in, importing, machine, pages, report, search, sendgrid, smtp, validity, watching
from bench.goals import Round, rows
from bench.stage import Servers, servers


@dataclass(frozen=True)
class Size:
    """How much is measured: people on the large list and the small one, by SMTP, reported on, on pages; cases that are
    searched, names that are handed in; rounds."""

    people: int = 1_000_000
    base: int = 10_000
    mails: int = 30_000
    reported: int = 100_000
    visitors: int = 20_000
    cases: int = 10_000
    names: int = 100_000
    rounds: int = 3


QUICK = Size(people=50_000, base=5_000, mails=3_000, reported=5_000, visitors=5_000, cases=500, names=5_000, rounds=1)


def main() -> None:
    """Check the requests, measure round after round, and keep what there is after each: a run may be cut short."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended. The rounds that were whole are kept."))
    quick, began = bool(os.environ.get("QUICK")), datetime.now(UTC)
    size = QUICK if quick else Size(rounds=int(os.environ.get("ROUNDS") or Size.rounds))
    file = report.RESULTS / f"{began:%Y-%m-%d-%H%M}.json"
    with servers() as running:
        facts = {"measured_at": f"{began:%Y-%m-%d %H:%M} UTC", **asdict(size), **machine.facts(running.database_url)}
        facts["requests_checked"] = validity.check(running)
        _say(f"{facts['requests_checked']} requests checked against SendGrid's published description: no fault.")
        rounds: list[Round] = []
        for number in range(1, size.rounds + 1):
            rounds.append(_round(running, size, number))
            lines, facts = _lines(size, rounds), _facts(facts, rounds)
            if not quick:
                report.keep(file, lines, facts, rounds)
    text = report.table(lines, facts, {} if quick else report.before())
    _say(f"\n{text}")
    if quick:
        _say("A short look, at a twentieth of the size: kept nowhere. `make bench` measures in full.")
        return
    report.put_into_page(text)
    _say(f"Kept in bench/results/{file.name} and docs/performance.md.")


def _lines(size: Size, rounds: list[Round]) -> list[dict[str, Any]]:
    missing = {} if rounds[0]["smtp"] else {"smtp": smtp.MISSING}
    return report.lines_of(rows(size.people, size.base, size.cases, size.names), rounds, missing)


def _facts(facts: dict[str, Any], rounds: list[Round]) -> dict[str, Any]:
    """The facts, with those that only the rounds know."""
    return {**facts, "rounds": len(rounds), "others": median(one["large"]["others"] for one in rounds)}


def _round(running: Servers, size: Size, number: int) -> Round:
    """Every measurement once, each on a fresh stage; its figures are said as they come."""
    measured: dict[str, Callable[[], Any]] = {
        "base": lambda: sendgrid.measure(running, size.base, again=True),
        "large": lambda: sendgrid.measure(running, size.people),
        "watched": lambda: watching.measure(running, size.people),
        "smtp": lambda: smtp.measure(running, size.mails),
        "imported": lambda: importing.measure(running, size.people),
        "reported": lambda: events.measure(running, size.reported),
        "pages": lambda: pages.measure(running, size.visitors),
        "searched": lambda: search.measure(running, size.cases),
        "handed_in": lambda: hand_in.measure(running, size.names),
    }
    found: dict[str, Any] = {}
    for name, measure in measured.items():
        figures = measure()
        found[name] = None if figures is None else asdict(figures)
        said = (f"{key} {value:,.3g}" for key, value in (found[name] or {}).items())
        _say(f"Round {number} of {size.rounds}, {name}: {', '.join(said) or 'not measured'}")
    return found


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
