"""Parking: an outage is not a failure — the mailing waits with the provider's words, and goes on by itself."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock, logs, randomness
from alerts.delivery.transport import Outcome, Verdict
from alerts.mailings.backoff import wait_before

log = logs.logger(__name__)

_PARK = text("""
UPDATE mailings SET state = 'parked', trouble = :trouble, park_count = park_count + 1,
    parked_until = clock_timestamp() + make_interval(secs => :wait)
WHERE id = :mailing AND state = 'running'
""")
_STOP = text("UPDATE mailings SET state = 'stopped', trouble = :trouble WHERE id = :mailing AND state = 'running'")
_GOES_WELL = text("""
UPDATE mailings SET park_count = 0, trouble = NULL, first_handed_over_at = coalesce(first_handed_over_at, :at)
WHERE id = :mailing AND (park_count > 0 OR first_handed_over_at IS NULL)
""")
_COUNT = text("SELECT park_count FROM mailings WHERE id = :mailing")


def take_note(session: Session, mailing_id: UUID, outcome: Outcome) -> bool:
    """Park or stop the mailing where the provider's answers ask for it; True where it goes on.

    Writes down as well when the mailing's first mail was taken, and that a provider that was away is back.
    """
    verdicts = {answer.verdict: answer for answer in outcome.answers}
    if Verdict.ACCEPTED in verdicts:
        session.execute(_GOES_WELL, {"mailing": mailing_id, "at": clock.now()})
    if (fault := verdicts.get(Verdict.OUR_FAULT)) is not None:
        session.execute(_STOP, {"mailing": mailing_id, "trouble": f"{fault.code} {fault.text}".strip()})
        log.error("mailing.stopped", mailing=str(mailing_id), code=fault.code)
        return False
    away = verdicts.get(Verdict.PROVIDER_DOWN) or verdicts.get(Verdict.SLOW_DOWN)
    if Verdict.ACCEPTED not in verdicts:
        # Nothing but no answer parks as well: one bad minute must not make a million unknowns.
        away = away or verdicts.get(Verdict.UNKNOWN)
    if away is None:
        return True
    tries = session.scalar(_COUNT, {"mailing": mailing_id}) or 0
    wait = wait_before(tries + 1, randomness.jitter(), at_least=outcome.slow_down or 0)
    if away.verdict is Verdict.SLOW_DOWN and outcome.slow_down is not None:
        wait = outcome.slow_down
    session.execute(_PARK, {"mailing": mailing_id, "trouble": f"{away.code} {away.text}".strip(), "wait": wait})
    log.warning("mailing.parked", mailing=str(mailing_id), code=away.code, seconds=round(wait, 1))
    return False
