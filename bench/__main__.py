"""`make bench`: how fast mail is handed over, lists are read, reports taken in, beside yardsticks in the same run.

Mail goes to a sink on this machine and nowhere else: smtp-sink where it is installed (Debian: postfix), else the tests'
own relay, which is slower. Three rounds, medians; `QUICK=1` makes one round of a tenth of the size.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import events, handing_over, importing
from bench.stage import Stage, a_stage

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print a table, keep the figures."""
    quick = bool(os.environ.get("QUICK"))
    rounds, people = (1, 2_000) if quick else (3, 20_000)
    measured: dict[str, list[float]] = {}
    for number in range(rounds):
        print(f"Round {number + 1} of {rounds} …", flush=True)
        for measure in (importing.measure, handing_over.measure, events.measure):
            for name, value in _on_a_fresh_stage(measure, people).items():
                measured.setdefault(name, []).append(value)
    medians = {name: round(statistics.median(values), 1) for name, values in measured.items()}
    facts = {"people": people, "rounds": rounds, "cores": os.cpu_count(), "python": platform.python_version()}
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M}.json"
    file.write_text(json.dumps({"facts": facts, "medians": medians, "rounds": measured}, indent=2) + "\n")
    width = max(map(len, medians))
    print(*(f"{name:<{width}}  {value:>12,.1f}" for name, value in medians.items()), sep="\n")
    print(f"{facts}\nKept in bench/results/{file.name}")


def _on_a_fresh_stage(measure: Callable[[Stage, int], dict[str, float]], people: int) -> dict[str, float]:
    with a_stage() as stage:
        return measure(stage, people)


if __name__ == "__main__":
    main()
