"""Recovery: what a worker that vanished in the middle of a window leaves behind, settled by a stated rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import logs
from alerts.mailings.claims import Claim, hold

log = logs.logger(__name__)

UNHEARD = "No answer came, and the mailing was cancelled before another try."
LOST = "The worker vanished while the provider was answering."

_RESEND = text("""
WITH again AS (
    UPDATE deliveries SET state = 'deferred', unheard = true WHERE batch_id = :batch AND state = 'handing_over'
    RETURNING id
)
UPDATE batches SET resent = resent + intent - settled + (SELECT count(*) FROM again)
WHERE id = :batch AND fence = :fence
""")
_KEEP_UNKNOWN = text("""
WITH lost AS (
    UPDATE deliveries SET state = 'unknown', reason = :why, at = clock_timestamp()
    WHERE batch_id = :batch AND state = 'handing_over' RETURNING id
), unheard AS (
    UPDATE deliveries d SET state = 'unknown', reason = :why, at = clock_timestamp() FROM batches b
    WHERE b.id = :batch AND d.id >= b.first_id + b.settled AND d.id < b.first_id + b.intent
)
UPDATE batches SET unknown = unknown + intent - settled + (SELECT count(*) FROM lost),
    deferred = deferred - (SELECT count(*) FROM lost), settled = intent
WHERE id = :batch AND fence = :fence
""")
# A day is enough: whoever held such a batch has been gone for many leases.
_LEFT_BEHIND = text("""
UPDATE batches SET state = 'ready', fence = fence + 1, lease_until = NULL, leased_by = NULL WHERE id IN (
    SELECT b.id FROM batches b JOIN mailings m ON m.id = b.mailing_id
    WHERE m.state = 'cancelled' AND m.ended_at > clock_timestamp() - interval '1 day'
        AND (b.state = 'ready' OR (b.state = 'leased' AND b.lease_until < clock_timestamp()))
        AND (b.intent > b.settled
            OR EXISTS (SELECT FROM deliveries d WHERE d.batch_id = b.id AND d.state = 'handing_over'))
    LIMIT 100 FOR UPDATE OF b SKIP LOCKED
) RETURNING id, fence
""")
# `resent` tells which batches ever missed an answer, without a look at their deliveries.
_NOT_SENT_AGAIN = text("""
WITH over AS (
    SELECT b.id FROM batches b JOIN mailings m ON m.id = b.mailing_id
    WHERE m.state = 'cancelled' AND m.ended_at > clock_timestamp() - interval '1 day'
        AND b.resent > 0 AND b.deferred > 0 AND (b.state = 'ready' OR b.lease_until < clock_timestamp())
        AND EXISTS (SELECT FROM deliveries d WHERE d.batch_id = b.id AND d.state = 'deferred' AND d.unheard)
    LIMIT 100 FOR UPDATE OF b SKIP LOCKED
), settled AS (
    UPDATE deliveries d SET state = 'unknown', reason = :why, at = clock_timestamp() FROM over
    WHERE d.batch_id = over.id AND d.state = 'deferred' AND d.unheard RETURNING d.batch_id
), sums AS (
    SELECT batch_id, count(*) AS people FROM settled GROUP BY batch_id
)
UPDATE batches b SET unknown = b.unknown + sums.people, deferred = b.deferred - sums.people
FROM sums WHERE b.id = sums.batch_id RETURNING b.id
""")


def recover(session: Session, claim: Claim, *, resend: bool) -> Claim:
    """Settle what the last holder of this batch left with the provider; the claim as it stands then.

    With `resend` those mails go out again: a duplicate is better than silence (SMTP). They stay marked as maybe taken
    (`intent`) until they do. Without, they are `unknown` until the provider's events, or a person, say more.
    Raises LeaseLost.
    """
    if not claim.abandoned:
        return claim
    hold(session, claim)
    log.warning("batch.recovered", batch=claim.batch_id, deliveries=claim.intent - claim.settled, resend=resend)
    session.execute(_RESEND if resend else _KEEP_UNKNOWN, _names(claim.batch_id, claim.fence))
    return claim if resend else replace(claim, settled=claim.intent)


def settle_left_behind(session: Session) -> int:
    """Mail that a provider may have taken, of mailings cancelled since, becomes `unknown`; in how many batches.

    Left by workers that vanished, or put off for another try after an answer that never came.
    """
    batches = session.execute(_LEFT_BEHIND).all()
    for batch_id, fence in batches:
        session.execute(_KEEP_UNKNOWN, _names(batch_id, fence))
    return len(batches) + len(session.execute(_NOT_SENT_AGAIN, {"why": UNHEARD}).all())


def _names(batch_id: int, fence: int) -> dict[str, Any]:
    return {"batch": batch_id, "fence": fence, "why": LOST}
