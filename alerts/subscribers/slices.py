"""A list cut into slices, each ready to be copied into the database as it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.core.addresses import address_hash
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.rows import UNSPOKEN, BadRow, Row

_NOTHING = r"\N"


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of a list that follow each other: `good` of them as text for COPY, and the bad ones.

    `unspoken` counts good rows whose language we do not speak; `read` is how many bytes of the file were read by then.
    """

    good: int
    copied: str
    bad: tuple[BadRow, ...]
    unspoken: int
    read: int


def slices_of(people: SubscriberList, size: int) -> Iterator[Slice]:
    """The list in slices of `size` rows; the last may be shorter, and none is empty."""
    rows = people.rows()
    while some := list(itertools.islice(rows, size)):
        bad = tuple(row for row in some if isinstance(row, BadRow))
        good = [row for row in some if isinstance(row, Row)]
        unspoken = sum(row.language is UNSPOKEN for row in good)
        yield Slice(len(good), "".join(map(_copied, good)), bad, unspoken, people.read)


def _copied(row: Row) -> str:
    r"""The row as COPY takes it: tab between values, \N for none. No value has a tab or a line break by now."""
    line, email, name, language, country, time_zone = row
    if name is None:
        name = _NOTHING
    elif "\\" in name:
        name = name.replace("\\", "\\\\")
    if language is None or language is UNSPOKEN:
        language = _NOTHING
    hashed = address_hash(email).hex()
    return f"\\\\x{hashed}\t{line}\t{email}\t{name}\t{language}\t{country or _NOTHING}\t{time_zone or _NOTHING}\n"
