"""Parking: an outage is not a failure — the mailing waits with the provider's words, and goes on by itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock, logs
from alerts.delivery.transport import Outcome, Verdict
from alerts.mailings import holds

log = logs.logger(__name__)

_PARK = text("""
UPDATE mailings SET state = 'parked', trouble = :trouble, parked_until = :until
WHERE id = :mailing AND state = 'running'
""")
_PARK_ALL = text("""
UPDATE mailings m SET state = 'parked', trouble = t.words, parked_until = t.held_until
FROM transports t WHERE m.state = 'running' AND t.key = :transport AND t.held_until > clock_timestamp()
RETURNING m.id
""")
_STOP = text("UPDATE mailings SET state = 'stopped', trouble = :trouble WHERE id = :mailing AND state = 'running'")
_GOES_WELL = text("""
UPDATE mailings SET trouble = CASE WHEN state <> 'running' THEN trouble END,
    first_handed_over_at = coalesce(first_handed_over_at, :at)
WHERE id = :mailing AND (first_handed_over_at IS NULL OR (trouble IS NOT NULL AND state = 'running'))
""")


def take_note(session: Session, mailing_id: UUID, outcome: Outcome, *, transport: str) -> bool:
    """Hold the transport, or stop the mailing, where the provider's answers ask for it; True where it goes on.

    Writes down as well when the mailing's first mail was taken, and that a provider that was away is back.
    """
    verdicts = {answer.verdict: answer for answer in outcome.answers}
    if Verdict.ACCEPTED in verdicts:
        at = clock.now()
        holds.goes_well(session, transport, at)
        session.execute(_GOES_WELL, {"mailing": mailing_id, "at": at})
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
    words = f"{away.code} {away.text}".strip() or away.verdict.value
    until = holds.hold(session, transport, words, asked=outcome.slow_down)
    _park(session, mailing_id, words, until)
    return False


def park_held(session: Session, transport: str) -> list[UUID]:
    """Park whatever else runs by a transport that is held, so that its page says why it waits. Asked by the clock."""
    return [mailing_id for (mailing_id,) in session.execute(_PARK_ALL, {"transport": transport})]


def _park(session: Session, mailing_id: UUID, words: str, until: datetime) -> None:
    session.execute(_PARK, {"mailing": mailing_id, "trouble": words, "until": until})
    log.warning("mailing.parked", mailing=str(mailing_id), until=until.isoformat())
