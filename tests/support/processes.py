"""Real processes of the product, started with a test's settings and ended by it, softly or with SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from config import Settings

ROOT = Path(__file__).parent.parent.parent


def environment_of(settings: Settings, **changed: str) -> dict[str, str]:
    """The environment that gives a process these settings."""
    values = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else getattr(value, "value", value)
        values[name.upper()] = str(plain)
    return {**os.environ, **values, **changed}


@contextmanager
def running(command: str, environment: dict[str, str], *, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """`alerts COMMAND` as a process of its own, gone at the end of the block."""
    with (log or Path(os.devnull)).open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "alerts.cli", *command.split()], env=environment, cwd=ROOT, stdout=out, stderr=out
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until(true: Callable[[], bool], *, seconds: float = 30, what: str = "it to happen") -> None:
    """Look again and again. Fails the test where it has not come true in time."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.05)
