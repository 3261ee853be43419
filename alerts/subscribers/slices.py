"""A list cut into slices, each ready to be copied into the database as it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alerts.core.addresses import address_hash
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.rows import UNSPOKEN, BadRow, Choices, Row

_NOTHING = r"\N"


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of a list that follow each other: `good` ones, with the `people` on them, and the bad ones.

    `copied` is UTF-8 text for COPY: each person once, as their first row says, in the order of their hashes, so that
    rows which are written together lie together in the index. `unspoken` counts good rows whose language we do not
    speak; `read` is how many bytes of the file were read by then; `chooses`, whether `copied` has what people chose.
    """

    good: int
    people: int
    copied: bytes
    bad: tuple[BadRow, ...]
    unspoken: int
    read: int
    chooses: bool = False


def slices_of(people: SubscriberList, size: int) -> Iterator[Slice]:
    """The list in slices of `size` rows; the last may be shorter, and none is empty."""
    rows = people.rows()
    while some := list(itertools.islice(rows, size)):
        yield _slice(some, people.read)


def _slice(some: Sequence[Row | BadRow], read: int) -> Slice:
    bad = tuple(row for row in some if isinstance(row, BadRow))
    first: dict[str, Row] = {}
    unspoken = 0
    for row in some:
        if isinstance(row, Row):
            unspoken += row.language is UNSPOKEN
            first.setdefault(address_hash(row.email).hex(), row)
    copied = "".join([_copied(hashed, first[hashed]) for hashed in sorted(first)]).encode()
    chooses = any(row.chosen is not None for row in first.values())
    return Slice(len(some) - len(bad), len(first), copied, bad, unspoken, read, chooses)


def _copied(hashed: str, row: Row) -> str:
    r"""The row as COPY takes it: tab between values, \N for none. No value has a tab or a line break by now."""
    _, email, name, language, country, time_zone, chosen = row
    if name is None:
        name = _NOTHING
    elif "\\" in name:
        name = name.replace("\\", "\\\\")
    if language is None or language is UNSPOKEN:
        language = _NOTHING
    said = f"\\\\x{hashed}\t{email}\t{name}\t{language}\t{country or _NOTHING}\t{time_zone or _NOTHING}"
    return f"{said}{_choices(chosen)}\n" if chosen else f"{said}\n"


def _choices(chosen: Choices) -> str:
    often, *several = chosen
    return "\t".join(("", often or _NOTHING, *(f"{{{','.join(some)}}}" if some else _NOTHING for some in several)))
