"""The servers of a test run: one PostgreSQL and one Valkey, started by the first who asks, gone when the run ends."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from alerts.cli.embedded import postgres, valkey
from alerts.cli.services import Addresses

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "20s",
}
DATABASES = 64
"""How many test processes may have a Valkey database of their own."""


class Servers:
    """PostgreSQL and Valkey in a short folder below /tmp, with everything off that only matters after a power cut."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._addresses: Addresses | None = None

    def addresses(self) -> Addresses:
        """Where they are; starts them where they do not run yet."""
        if self._addresses is None:
            folder = Path(tempfile.mkdtemp(prefix="wd-", dir="/tmp"))
            self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
            database_url = self._stack.enter_context(postgres(folder / "postgres", **FAST))
            redis_url = self._stack.enter_context(valkey(folder / "valkey", databases=DATABASES))
            self._addresses = Addresses(database_url, redis_url)
        return self._addresses

    def stop(self) -> None:
        """End them and remove their files."""
        self._stack.close()
        self._addresses = None
