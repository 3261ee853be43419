"""Recovery: what a worker that vanished in the middle of a window leaves behind, settled by a stated rule."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import logs
from alerts.mailings.claims import Claim, hold

log = logs.logger(__name__)

LOST = "The worker vanished while the provider was answering."

_RESEND = text("""
UPDATE batches SET resent = resent + intent - settled, intent = settled WHERE id = :batch AND fence = :fence
""")
_KEEP_UNKNOWN = text("""
UPDATE deliveries SET state = 'unknown', reason = :why, at = clock_timestamp()
WHERE id >= CAST(:first AS bigint) + :settled AND id < CAST(:first AS bigint) + :intent
""")
_COUNT_UNKNOWN = text("""
UPDATE batches SET unknown = unknown + intent - settled, settled = intent WHERE id = :batch AND fence = :fence
""")
_RETRIES = {
    True: text("UPDATE deliveries SET state = 'deferred' WHERE batch_id = :batch AND state = 'handing_over'"),
    False: text(
        "WITH lost AS (UPDATE deliveries SET state = 'unknown', reason = :why, at = clock_timestamp()"
        " WHERE batch_id = :batch AND state = 'handing_over' RETURNING id)"
        " UPDATE batches SET unknown = unknown + (SELECT count(*) FROM lost),"
        " deferred = deferred - (SELECT count(*) FROM lost) WHERE id = :batch AND fence = :fence"
    ),
}


def recover(session: Session, claim: Claim, *, resend: bool) -> Claim:
    """Settle what the last holder of this batch left with the provider; the claim as it stands then.

    With `resend` those mails go out again: a duplicate is better than silence (SMTP). Without, they are `unknown`
    until the provider's events, or a person, say more. Raises LeaseLost.
    """
    if not claim.abandoned:
        return claim
    hold(session, claim)
    names = {"batch": claim.batch_id, "fence": claim.fence, "why": LOST}
    session.execute(_RETRIES[resend], names)
    if claim.intent == claim.settled:
        return claim
    log.warning("batch.recovered", batch=claim.batch_id, deliveries=claim.intent - claim.settled, resend=resend)
    if resend:
        session.execute(_RESEND, names)
        return replace(claim, intent=claim.settled)
    session.execute(_KEEP_UNKNOWN, {**names, "first": claim.first_id, "settled": claim.settled, "intent": claim.intent})
    session.execute(_COUNT_UNKNOWN, names)
    return replace(claim, settled=claim.intent)
