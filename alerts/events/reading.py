"""Reading a post of events: what of it can be used, what is odd, what is dropped. Takes any bytes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from alerts.core.logs import struck_out
from alerts.delivery.sendgrid_request import ABOUT
from alerts.events.kinds import IGNORED, Effect, effect_of

LONGEST_ID = 100
"""Characters of an `sg_event_id` (Event Webhook reference)."""
LONGEST_WORDS = 300
LARGEST_NUMBER = 2**63 - 1
_DIGITS_OF_NUMBER = 19
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


class Unreadable(ValueError):
    """The post is no list of events at all; the message says what it is instead."""


class Event(NamedTuple):
    """One event that can be used; `at` is UTC. A tuple, since there are tens of thousands a second."""

    event_id: str
    about: str
    number: int
    kind: str
    at: datetime
    effect: Effect
    code: str | None
    reason: str | None
    provider_id: str | None


class Odd(NamedTuple):
    """One that cannot: why, its kind where it says one, and the names in it."""

    why: str
    kind: str | None
    names: str


@dataclass
class Read:
    """A post, taken apart."""

    events: list[Event] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def read_post(body: bytes, received_at: datetime) -> Read:
    """Take a post apart. Raises Unreadable and nothing else, whatever the bytes are."""
    read = Read()
    for item in _items(body):
        found = _event(item, received_at)
        match found:
            case Event():
                read.events.append(found)
            case Odd():
                read.odd.append(found)
            case _:
                read.dropped[found] += 1
    return read


def _items(body: bytes) -> Iterator[Any]:
    try:
        items = orjson.loads(body)
    except ValueError:
        items = _forgiving(body)
    if not isinstance(items, list):
        raise Unreadable(f"JSON, but no list of events: {type(items).__name__}.")
    yield from items


def _forgiving(body: bytes) -> Any:
    """As the standard library reads it: half a surrogate in one string does not spoil the whole post."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"No JSON: {type(error).__name__}.") from None


def _event(item: Any, received_at: datetime) -> Event | Odd | str:
    """The event; or why it is odd; or, of one that is dropped, its kind."""
    if not isinstance(item, dict):
        return Odd("not an event", None, type(item).__name__)
    kind = _words(item.get("event"), 40)
    if kind in IGNORED:
        return kind
    effect = effect_of(kind or "", item)
    event_id = item.get("sg_event_id")
    about = _about(item)
    if kind is None or effect is None:
        return _odd("unknown kind", kind, item)
    if not isinstance(event_id, str) or _words(event_id, LONGEST_ID) != event_id:
        return _odd("no id", kind, item)
    if about is None:
        return _odd("no delivery", kind, item)
    return Event(
        event_id,
        *about,
        kind,
        _moment(item.get("timestamp"), received_at),
        effect,
        _words(item.get("status"), 20),
        _said(item.get("reason") or item.get("response")),
        _provider_id(item.get("sg_message_id")),
    )


def _odd(why: str, kind: str | None, item: dict[str, Any]) -> Odd:
    return Odd(why, kind, _words(", ".join(sorted(map(str, item))), LONGEST_WORDS) or "")


def _about(item: dict[str, Any]) -> tuple[str, int] | None:
    """What it is about, by the id that we sent along (`custom_args`, always a string)."""
    for letter, name in ABOUT.items():
        value = item.get(name)
        if isinstance(value, str) and len(value) <= _DIGITS_OF_NUMBER and value.isascii() and value.isdigit():
            number = int(value)
            return (letter, number) if number <= LARGEST_NUMBER else None
    return None


def _moment(value: Any, received_at: datetime) -> datetime:
    """When it happened; where that cannot be, when it was reported."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < LARGEST_NUMBER:
        try:
            at = datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            return received_at
        if EARLIEST < at < received_at + _AHEAD:
            return at
    return received_at


def _words(value: Any, longest: int) -> str | None:
    """Text that a column can hold: no NUL, no half surrogates, not too long; None where it is no text or empty."""
    if not isinstance(value, str):
        return None
    cut = value[:longest]
    if "\x00" in cut or not cut.isascii():
        cut = cut.replace("\x00", "").encode("utf-8", "replace").decode()
    return cut or None


def _said(value: Any) -> str | None:
    """A server's words for the ledger. They like to name the address, which is kept in one place only."""
    words = _words(value, LONGEST_WORDS)
    return struck_out(words) if words else None


def _provider_id(value: Any) -> str | None:
    """The first part of `sg_message_id`: the X-Message-Id that our request was answered with."""
    found = _words(value, 120)
    return found.partition(".")[0] if found else None
