"""Judging: what arrived, counted by the provider per recipient, held against the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings.progress import Progress, progress

ENDED = frozenset({"handed_over", "skipped", "refused", "unknown"})
"""States of the ledger after which nothing more happens to a delivery."""

_LEDGER = text("""
SELECT subscriber_id, state FROM ledger WHERE mailing_id = :mailing
""")
_COUNTERS = text("""
SELECT b.id FROM batches b JOIN deliveries d ON d.batch_id = b.id JOIN ledger l ON l.delivery_id = d.id
WHERE b.mailing_id = :mailing GROUP BY b.id HAVING b.size <> count(*)
    OR b.accepted <> count(*) FILTER (WHERE l.state = 'handed_over')
    OR b.refused <> count(*) FILTER (WHERE l.state = 'refused')
    OR b.skipped <> count(*) FILTER (WHERE l.state = 'skipped')
    OR b.unknown <> count(*) FILTER (WHERE l.state = 'unknown')
""")


@dataclass(frozen=True)
class Count:
    """What became of a mailing. `missing` have no end, or were handed over and never arrived.

    `astray` arrived though the ledger says that they were not handed over. `unknown` is a stated state:
    `unknown_arrived` of those the provider has taken.
    """

    audience: int
    states: Mapping[str, int]
    arrived: int
    missing: int
    duplicates: int
    astray: int
    unknown: int
    unknown_arrived: int
    resent: int
    miscounted: int


def count(session: Session, mailing_id: UUID, people: Mapping[int, str], taken: Counter[str], *, ended: bool) -> Count:
    """Count one mailing to `people` (subscriber's id to address, as it was: who leaves has none on the ledger).

    `ended`: whether everybody ought to have an end; after a cancel the rest has none.
    """
    ledger = session.execute(_LEDGER, {"mailing": mailing_id})
    states = {people.get(row.subscriber_id, str(row.subscriber_id)): row.state for row in ledger}
    audience = list(people.values())
    at = progress(session, mailing_id)
    unknown = [email for email in audience if states.get(email) == "unknown"]
    gone = ENDED | (frozenset() if ended else {"cancelled", "waiting", "deferred"})
    missing = sum(
        states.get(email) not in gone or (states[email] == "handed_over" and not taken[email]) for email in audience
    )
    return Count(
        audience=len(audience),
        states=dict(Counter(states.values())),
        arrived=len(taken),
        missing=missing,
        duplicates=sum(times - 1 for times in taken.values()),
        astray=sum(states.get(email) not in ("handed_over", "unknown") for email in taken),
        unknown=len(unknown),
        unknown_arrived=sum(taken[email] > 0 for email in unknown),
        resent=at.resent,
        miscounted=miscounted(session, mailing_id) + _differ(at, states),
    )


def miscounted(session: Session, mailing_id: UUID) -> int:
    """How many batches have counters that are not what their rows on the ledger say."""
    return len(session.execute(_COUNTERS, {"mailing": mailing_id}).all())


def _differ(at: Progress, states: Mapping[str, str]) -> int:
    shown = {"handed_over": at.handed_over, "skipped": at.skipped, "refused": at.refused, "unknown": at.unknown}
    found = Counter(states.values())
    return sum(found[state] != number for state, number in shown.items())


def faults(count: Count, *, bound: int) -> Iterator[str]:
    """Which promises were broken, in words."""
    if count.missing:
        yield f"{count.missing} missing"
    if count.duplicates > bound:
        yield f"{count.duplicates} duplicates where {bound} is the bound"
    if count.duplicates > count.resent:
        yield f"{count.duplicates} duplicates, and `resent` says {count.resent}"
    if count.astray:
        yield f"{count.astray} arrived that the ledger does not know of"
    if count.miscounted:
        yield f"{count.miscounted} counters differ from their rows"
