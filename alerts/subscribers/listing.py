"""A list of subscribers as it comes: a CSV file of any usual kind, read row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from alerts.subscribers.csvfile import Broken, lines_of, records
from alerts.subscribers.encoding import encoding_named, encoding_of
from alerts.subscribers.header import read_header
from alerts.subscribers.rows import LONGEST_SHOWN, BadRow, Fault, Reader, Row


class SubscriberList:
    """A list whose header was read; `rows` can be taken once.

    Each line below the header belongs to one row, or is empty (nothing but delimiters and spaces) and no row.
    """

    def __init__(self, file: BinaryIO, encoding: str | None = None) -> None:
        """Read the header. Raises Refused where the file cannot be a list, or `encoding` is none."""
        self.file, self.begins = file, file.tell()
        self.encoding = encoding_named(encoding) if encoding else encoding_of(file)
        self._lines: Iterator[str] = lines_of(file, self.encoding)
        self.header = read_header(self._lines)

    @property
    def read(self) -> int:
        """Bytes of the file that were read so far."""
        return self.file.tell()

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row below the header, in order."""
        reader = Reader(self.header.columns)
        for found in records(self._lines, self.header.delimiter, first=self.header.line + 1):
            if isinstance(found, Broken):
                yield BadRow(found.line, (Fault("", found.reason, found.text[:LONGEST_SHOWN]),))
            elif (row := reader.read(*found)) is not None:
                yield row
