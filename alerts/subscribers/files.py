"""Files on disk: the list that comes in, and the report of rows that stayed out."""

from __future__ import annotations

import csv
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from alerts.core.errors import Refused
from alerts.core.sheets import harmless
from alerts.subscribers.rows import BadRow

_HEADER = ["line", "column", "reason", "what was there"]
_OURS = "\ufeff" + ",".join(_HEADER)


def open_list(path: Path) -> BinaryIO:
    """The file, opened for reading bytes. Raises Refused where there is no ordinary, readable file with content."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            kind = "a folder" if stat.S_ISDIR(facts.st_mode) else "not an ordinary file"
            raise Refused(f"{path} is {kind}. Name a CSV file.")
        if facts.st_size == 0:
            raise Refused(f"{path} is empty. Its first line must name the columns.")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise Refused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


class Report:
    """Each fault of each row that stayed out, as a CSV file that only its owner can read (it holds personal data).

    A report of an earlier import is replaced; any other file is left alone. Without bad rows no file remains.
    """

    def __init__(self, path: Path) -> None:
        """Begin the report at `path`. Raises Refused where it cannot be written."""
        self.path = path
        self.rows = 0
        if path.exists() and not _is_ours(path):
            raise Refused(f"{path} exists and is not a report of an import. Name another file with --report.")
        try:
            path.unlink(missing_ok=True)
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise Refused(
                f"The report cannot be written to {path}: {error.strerror}. Name another file with --report."
            ) from error
        self._file = os.fdopen(opened, "w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(_HEADER)
        self._file.flush()  # known as a report even where this process is killed: the next import may replace it

    def add(self, bad: BadRow) -> None:
        """Write down one row that stayed out."""
        self.rows += 1
        for fault in bad.faults:
            self._writer.writerow([bad.line, fault.column, harmless(fault.reason, 500), harmless(fault.text)])

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if self.rows == 0:
            self.path.unlink(missing_ok=True)


def _is_ours(path: Path) -> bool:
    """Whether the file begins as reports do."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(len(_OURS)) == _OURS
    except (OSError, ValueError):
        return False
