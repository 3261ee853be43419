"""Waiting quiet hours out: batches whose people sleep by now are held until they wake, again each night."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.mailings.plan import Plan
from alerts.mailings.schedule import quiet_from, start_for, zone_named

_ASLEEP = text("""
SELECT DISTINCT b.mailing_id, b.time_zone, m.plan FROM batches b JOIN mailings m ON m.id = b.mailing_id
WHERE b.quiet_from <= clock_timestamp() AND b.state <> 'done' AND m.state = 'running'
""")
_UNTIL = text("""
UPDATE batches SET not_before = :until
WHERE mailing_id = :mailing AND time_zone = :zone AND quiet_from <= :now AND state = 'ready' AND not_before < :until
""")
_AWAKE = text("""
UPDATE batches SET quiet_from = :again
WHERE mailing_id = :mailing AND time_zone = :zone AND quiet_from <= :now AND state <> 'done'
""")


def wait_out(session: Session) -> None:
    """Say of batches that stand still for quiet hours until when, and let go those whose people are awake again.

    What stands still is decided by `quiet_from` alone (`claims.CLAIMABLE`), so nothing leaves when this comes late.
    """
    now = clock.now()
    for mailing_id, name, stored in session.execute(_ASLEEP).all():
        quiet, zone = Plan.from_json(stored).quiet, zone_named(name)
        values = {"mailing": mailing_id, "zone": name, "now": now}
        if quiet is None:
            continue
        until = start_for(zone, now, None, quiet)
        if until > now:
            session.execute(_UNTIL, {**values, "until": until})
        else:
            # `now` is awake: were it the very minute in which they begin again, the next tick would see to it.
            session.execute(_AWAKE, {**values, "again": quiet_from(zone, now, quiet)})
