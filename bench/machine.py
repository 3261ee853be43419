"""What a figure was measured on: processor, memory, versions, and where PostgreSQL's settings are not its own."""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any

import psutil
import psycopg

from alerts.cli import embedded
from bench.stage import TUNING
from tests.support.processes import ROOT

_TOLD = ("fsync", "synchronous_commit", "full_page_writes")


def facts(database_url: str) -> dict[str, Any]:
    """Facts for the results' file; nothing that names the machine or a person."""
    with psycopg.connect(database_url) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        told = {name: connection.execute(f"SHOW {name}").fetchone() for name in _TOLD}  # type: ignore[arg-type]
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1_000_000_000),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "postgresql": version[0] if version else "",
        "postgresql_settings": {name: value[0] for name, value in told.items() if value},
        "postgresql_settings_of_the_product": {
            name: embedded.SETTINGS[name] for name in ("shared_buffers", "max_wal_size")
        },
        "postgresql_settings_changed_here": TUNING,
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "commit": _commit(),
    }


def in_words(facts: dict[str, Any]) -> str:
    """One sentence for the table's foot."""
    changed = ", ".join(f"{name} {value}" for name, value in facts["postgresql_settings_changed_here"].items())
    kept = ", ".join(f"{name} {value}" for name, value in facts["postgresql_settings"].items())
    usual = ", ".join(f"{name} {value}" for name, value in facts["postgresql_settings_of_the_product"].items())
    return (
        f"{facts['cores']} cores ({facts['processor']}), {facts['memory_gb']} GB, {facts['system']},"
        f" Python {facts['python']}, PostgreSQL {facts['postgresql']} with {kept}; {changed}"
        f" (`alerts services` sets {usual}). All share these cores: workers, clock, PostgreSQL, Valkey, the sink,"
        f" the benchmark. Load before: {facts['load_before'][0]}. Commit {facts['commit']}."
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:  # noqa: PTH123 - no file of ours
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def _commit() -> str:
    """The commit that is measured; with a plus sign where files differ from it."""
    try:
        asked = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],  # noqa: S607
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return asked.stdout.strip()
