"""Taking note of what was reported of deliveries: once, in any order, as often as it is said.

Everything here is sets: one statement for thousands of reports. What handing over left `unknown` is settled by them,
and the counters of a batch change with its rows in the same statement.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import logs
from alerts.mailings.reports import Fact

log = logs.logger(__name__)

NOTE_LOCK = 0x0E7E2705
"""Advisory lock: one transaction at a time takes note, so that each fact is counted by the one who makes it true."""


class Report(NamedTuple):
    """One fact of one delivery at `at` (UTC), in the provider's words; a tuple because there are millions."""

    delivery_id: int
    fact: Fact
    at: datetime
    code: str | None = None
    reason: str | None = None
    provider_id: str | None = None


class Noted(NamedTuple):
    """How many reports were about a delivery there is, and how many unknown deliveries were settled."""

    reports: int
    settled: int


_NAMES = ("id", "fact", "at", "code", "reason", "provider_id")
_FACTS = tuple(fact.value for fact in Fact if fact is not Fact.TAKEN)
_FAILED = "('bounced', 'dropped', 'returned')"
_FIRST = ", ".join(f"min(e.at) FILTER (WHERE e.fact = '{fact}') AS {fact}_at" for fact in _FACTS)
_LEAST = ", ".join(f"{fact}_at = least(r.{fact}_at, excluded.{fact}_at)" for fact in _FACTS)
_NEW = ", ".join(
    f'count(*) FILTER (WHERE g.{fact}_at IS NOT NULL AND r.{fact}_at IS NULL) AS "{fact}"' for fact in _FACTS
)
_COLUMNS = ", ".join(f"{fact}_at" for fact in _FACTS)
_COUNTERS = ", ".join(f'"{fact}"' for fact in _FACTS)
_ADD = ", ".join(f'"{fact}" = m."{fact}" + excluded."{fact}"' for fact in _FACTS)

# Each `least` and `min` makes the order of reports not matter: the words kept are the same whichever came first.
_NOTE = text(
    f"""
WITH given AS MATERIALIZED (
    SELECT d.id, d.mailing_id, d.state, count(*) AS reports, min(e.at) AS taken_at, {_FIRST},
        min(e.code) FILTER (WHERE e.fact IN {_FAILED}) AS code,
        min(e.reason) FILTER (WHERE e.fact IN {_FAILED}) AS reason, min(e.provider_id) AS provider_id
    FROM json_to_recordset(CAST(:reports AS json))
        AS e (id bigint, fact text, at timestamptz, code text, reason text, provider_id text)
    JOIN deliveries d ON d.id = e.id
    GROUP BY d.id
), counted AS (
    INSERT INTO mailing_reports AS m (mailing_id, taken, {_COUNTERS})
    SELECT g.mailing_id, count(*) FILTER (WHERE r.delivery_id IS NULL), {_NEW}
    FROM given g LEFT JOIN delivery_reports r ON r.delivery_id = g.id GROUP BY g.mailing_id
    ON CONFLICT (mailing_id) DO UPDATE SET taken = m.taken + excluded.taken, {_ADD}
), noted AS (
    INSERT INTO delivery_reports AS r (delivery_id, taken_at, {_COLUMNS}, code, reason, provider_id)
    SELECT id, taken_at, {_COLUMNS}, code, reason, provider_id FROM given
    ON CONFLICT (delivery_id) DO UPDATE SET taken_at = least(r.taken_at, excluded.taken_at), {_LEAST},
        code = least(r.code, excluded.code), reason = least(r.reason, excluded.reason),
        provider_id = least(r.provider_id, excluded.provider_id)
)
SELECT CAST(coalesce(sum(g.reports), 0) AS bigint), coalesce(array_agg(g.id) FILTER (
    WHERE g.state = 'unknown' OR (g.state IN ('handed_over', 'refused') AND r.was_unknown IS TRUE)), '{{}}')
FROM given g LEFT JOIN delivery_reports r ON r.delivery_id = g.id
"""  # noqa: S608 - names of columns, from the table of facts
)

_THESE = "d.id = ANY(:ids)"
_ALL_UNKNOWN = "d.state = 'unknown' AND d.batch_id IN (SELECT id FROM batches WHERE unknown > 0)"
_LOCK_BATCHES = """
SELECT id FROM batches WHERE id IN (
    SELECT d.batch_id FROM deliveries d JOIN delivery_reports r ON r.delivery_id = d.id WHERE {which}
) ORDER BY id FOR UPDATE
"""
# Workers lock a batch before its deliveries, and so does this. A mail that never arrived was refused, whatever else was
# said of it: `processed` before `bounce` and `bounce` before `processed` end alike.
_SETTLE = """
WITH due AS (
    SELECT d.id, d.batch_id, d.state AS was,
        CASE WHEN r.bounced_at IS NULL AND r.dropped_at IS NULL THEN 'handed_over' ELSE 'refused' END AS becomes
    FROM deliveries d JOIN delivery_reports r ON r.delivery_id = d.id
    WHERE {which} AND (d.state = 'unknown' OR (d.state IN ('handed_over', 'refused') AND r.was_unknown))
), marked AS (
    UPDATE delivery_reports r SET was_unknown = true FROM due WHERE r.delivery_id = due.id AND due.was = 'unknown'
), moved AS (
    UPDATE deliveries d SET state = due.becomes, at = r.taken_at, provider_id = coalesce(r.provider_id, d.provider_id),
        code = CASE due.becomes WHEN 'refused' THEN r.code END,
        reason = CASE due.becomes WHEN 'refused' THEN coalesce(r.reason, 'The provider gave it up.') END
    FROM due JOIN delivery_reports r ON r.delivery_id = due.id
    WHERE d.id = due.id
    RETURNING d.batch_id, due.was, due.becomes
), sums AS (
    SELECT batch_id, count(*) FILTER (WHERE was = 'unknown') AS settled,
        count(*) FILTER (WHERE becomes = 'handed_over') - count(*) FILTER (WHERE was = 'handed_over') AS accepted,
        count(*) FILTER (WHERE becomes = 'refused') - count(*) FILTER (WHERE was = 'refused') AS refused
    FROM moved GROUP BY batch_id
), counted AS (
    UPDATE batches b SET unknown = b.unknown - sums.settled, accepted = b.accepted + sums.accepted,
        refused = b.refused + sums.refused
    FROM sums WHERE b.id = sums.batch_id RETURNING b.mailing_id
), begun AS (
    UPDATE mailings m SET first_handed_over_at = clock_timestamp()
    WHERE m.first_handed_over_at IS NULL AND m.id IN (SELECT mailing_id FROM counted)
)
SELECT CAST(coalesce(sum(settled), 0) AS bigint) FROM sums
"""
_PEOPLE = text("""
SELECT d.id, s.address_hash FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id WHERE d.id = ANY(:ids)
""")


def note(session: Session, reports: Sequence[Report]) -> Noted:
    """Take note of these facts, and settle by them what was unknown. Deliveries that do not exist are left out."""
    if not reports:
        return Noted(0, 0)
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": NOTE_LOCK})
    # As one JSON text: read by the database in a fraction of the time that arrays of texts take to be quoted here.
    rows = orjson.dumps([dict(zip(_NAMES, report, strict=True)) for report in reports]).decode()
    about, open = session.execute(_NOTE, {"reports": rows}).one()
    return Noted(about, _settle(session, _THESE, open))


def settle_late(session: Session) -> int:
    """Settle deliveries that became unknown only after their reports had come; how many.

    For the clock, which does not wait: where somebody is taking note just now, the next second will do.
    """
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": NOTE_LOCK}):
        return 0
    return _settle(session, _ALL_UNKNOWN, None)


def people_of(session: Session, delivery_ids: Collection[int]) -> dict[int, bytes]:
    """Whom these deliveries were for: delivery id to the hash of the address."""
    if not delivery_ids:
        return {}
    return {row.id: row.address_hash for row in session.execute(_PEOPLE, {"ids": list(delivery_ids)})}


def _settle(session: Session, which: str, ids: list[int] | None) -> int:
    if ids == []:
        return 0
    names = {} if ids is None else {"ids": ids}
    # A lock taken first, in a statement of its own: what follows then sees what the last holder wrote.
    if not session.execute(text(_LOCK_BATCHES.format(which=which)), names).all():
        return 0
    settled: int = session.execute(text(_SETTLE.format(which=which)), names).scalar_one()
    if settled:
        log.info("deliveries.settled_by_reports", deliveries=settled)
    return settled
