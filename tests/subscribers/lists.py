"""Lists of subscribers, made for a test."""

from __future__ import annotations

import io

from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.rows import BadRow, Row

HEADER = "email,name,language,country,time zone"


def a_file(*lines: str, header: str = HEADER, encoding: str = "utf-8", end: str = "\n") -> io.BytesIO:
    """A file with this header and these lines."""
    return io.BytesIO(end.join([header, *lines, ""]).encode(encoding))


def a_list(*lines: str, header: str = HEADER) -> SubscriberList:
    """A list with this header and these lines."""
    return SubscriberList(a_file(*lines, header=header))


def rows_of(*lines: str, header: str = HEADER) -> list[Row | BadRow]:
    """What the lines below the header are read as."""
    return list(a_list(*lines, header=header).rows())


def reasons(*lines: str, header: str = HEADER) -> list[tuple[int, str, str]]:
    """Line, column and reason of each fault."""
    bad = [row for row in rows_of(*lines, header=header) if isinstance(row, BadRow)]
    return [(row.line, fault.column, fault.reason) for row in bad for fault in row.faults]
