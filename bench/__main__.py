"""`make bench`: how fast mail is handed over and lists are read, beside plain yardsticks in the same run."""

from __future__ import annotations

import os
from dataclasses import asdict

from bench import importing, sendgrid, validity
from bench.stage import servers


def main() -> None:
    """Measure and print."""
    people = 100_000 if os.environ.get("QUICK") else 1_000_000
    with servers() as running:
        print(f"{validity.check(running)} requests checked against the published description: no fault.", flush=True)
        print(asdict(sendgrid.measure(running, people)))
        print(importing.measure(running, people))


if __name__ == "__main__":
    main()
