"""Reading a list as rows of cells: any bytes in, every row accounted for, in bounded memory.

A row that cannot be read costs only itself: a quote that is never closed loses its own line, not the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from alerts.core.errors import Refused

LONGEST_RECORD = 100_000
"""Characters a row may have, line breaks within quotes included; below the csv module's own limit for one cell."""
MOST_LINES = 100
"""Lines that one quoted cell may span."""
DELIMITERS = ",;\t|"
_BLOCK = 1 << 18


class Record(NamedTuple):
    """The cells of one row, which begins on `line` (the file's first line is 1)."""

    line: int
    cells: list[str]


class Broken(NamedTuple):
    """A row that is no row: why, and how it begins."""

    line: int
    reason: str
    text: str


def lines_of(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The file's lines without their ends (LF, CRLF or CR), decoded; what cannot be decoded reads as U+FFFD.

    A line that goes on and on comes cut, still longer than a row may be, so that it is known as such.
    Raises Refused where nothing can be read in this encoding.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    begun = ""
    try:
        while block := file.read(_BLOCK):
            lines = decoder.decode(block).split("\n")
            lines[0] = begun + lines[0]
            begun = lines.pop()[: LONGEST_RECORD + 1]
            yield from lines
        yield from (begun + decoder.decode(b"", final=True)).split("\n")
    except UnicodeError as error:
        raise Refused(
            f"The file cannot be read as {encoding}: {error}. Name its encoding, or save it as UTF-8."
        ) from None


def split_line(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line that stands for itself; None where its quotes are not right."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader((line,), delimiter=delimiter, skipinitialspace=True, strict=True), None)
    except csv.Error:
        return None


def records(lines: Iterable[str], delimiter: str, *, first: int = 1) -> Iterator[Record | Broken]:
    """The rows in `lines`, the first of which is line number `first`; empty lines are none.

    Each line belongs to exactly one row. Quotes are as in RFC 4180; inside a cell that does not begin with one they
    are characters like any other.
    """
    held: list[str] = []
    number = first - 1
    for number, line in enumerate(lines, first):
        if not held and len(line) <= LONGEST_RECORD and (cells := split_line(line, delimiter)) is not None:
            if line:
                yield Record(number, cells)
        else:
            held.append(line)
            yield from _settled(held, delimiter, number, more=True)
    yield from _settled(held, delimiter, number, more=False)


def _settled(held: list[str], delimiter: str, last: int, *, more: bool) -> Iterator[Record | Broken]:
    """Rows that begin `held`, taken from it; stops at one whose quote may be closed by a line that is still to come."""
    while held:
        line = last - len(held) + 1
        if not held[0]:
            del held[0]
            continue
        found = _first_record(held, delimiter)
        if found is not None:
            cells, used = found
            del held[:used]
            yield Record(line, cells)
            continue
        reason = _what_is_wrong(held, delimiter, more=more)
        if reason is None:
            return
        yield Broken(line, reason, held.pop(0))


def _first_record(held: list[str], delimiter: str) -> tuple[list[str], int] | None:
    """The cells of the row that begins `held`, and how many lines it takes; None where it is not whole."""
    if len(held[0]) > LONGEST_RECORD:
        return None
    reader = csv.reader((line + "\n" for line in held), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        return None
    return cells, reader.line_num


def _what_is_wrong(held: list[str], delimiter: str, *, more: bool) -> str | None:
    """Why no row begins `held`; None where the next line may still complete it."""
    if len(held[0]) > LONGEST_RECORD:
        return f"The line is longer than {LONGEST_RECORD:,} characters; is this a CSV file?"
    bounded = len(held) < MOST_LINES and sum(map(len, held)) < LONGEST_RECORD
    if bounded and not _is_open(held, delimiter):
        return 'Text follows a closing quote: write a quote inside a quoted cell twice ("").'
    return None if bounded and more else 'A quote (") is opened and never closed.'


def _is_open(held: list[str], delimiter: str) -> bool:
    """Whether the lines end inside a quoted cell: only then does one more quote make them whole."""
    closed = (line + "\n" for line in [*held[:-1], held[-1] + '"'])
    reader = csv.reader(closed, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        next(reader)
    except (csv.Error, StopIteration):
        return False
    return True
