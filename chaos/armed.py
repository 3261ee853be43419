"""`python -m chaos.armed COMMAND`: a process of the product as it is, but for one point where it goes.

`CHAOS_POINTS` names points of `chaos.points` with the file that says it has happened (JSON); `CHAOS_SIGNAL` the signal.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from alerts.cli import main
from alerts.core import clock
from alerts.jobs import tasks  # noqa: F401 - what it imports by name must be there to be armed
from chaos import points


def prepare() -> None:
    """Shorten waits, arm the points, set this process's clock wrong: as the environment says."""
    points.shorten()
    with_signal = signal.Signals[os.environ.get("CHAOS_SIGNAL", "SIGKILL")]
    for name, flag in json.loads(os.environ.get("CHAOS_POINTS", "{}")).items():
        points.arm(name, Path(flag), with_signal=with_signal)
    if ahead := float(os.environ.get("CHAOS_CLOCK_AHEAD", "0")):
        right = clock.now
        clock.now = lambda: right() + timedelta(seconds=ahead)  # type: ignore[assignment]


if __name__ == "__main__":
    prepare()
    sys.argv[0] = "alerts"
    main()
