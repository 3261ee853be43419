"""Shifting deliveries from one outcome to another after the fact: rows and the counters of their batches together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.actions.transitions import SHOWN
from alerts.core import clock
from alerts.core.db import lock, ring_after_commit, translated
from alerts.core.errors import Refused
from alerts.mailings.errors import AlreadyLaunched
from alerts.mailings.launch import DELIVER
from alerts.mailings.models import Mailing, MailingState
from alerts.mailings.transitions import move

GIVEN_UP = "Given up after "
"""How the reason begins where a delivery was refused for now until the tries were used up."""


@dataclass(frozen=True)
class Which:
    """Some of a mailing's deliveries: those for which all that is named is true.

    `code` is the provider's, empty for those without one; `reason` is how the reason begins; `given_up` asks for those
    whose tries were used up, or for the others.
    """

    code: str | None = None
    reason: str | None = None
    given_up: bool | None = None
    delivery_id: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """As the statements of this module take them."""
        return {
            "code": self.code,
            "reason": self.reason,
            "given_up": self.given_up,
            "delivery": self.delivery_id,
            "begins": GIVEN_UP,
        }


FROM = """
FROM batches b JOIN mailings m ON m.id = b.mailing_id
JOIN deliveries d ON d.batch_id = b.id AND d.state = '{state}'
JOIN subscribers s ON s.id = d.subscriber_id
WHERE b.mailing_id = :mailing AND b.{state} > 0"""
"""Deliveries `d` of a mailing in a state that has a counter of its name, with batch, mailing and subscriber."""

_WHICH = """
    AND (CAST(:code AS text) IS NULL OR coalesce(d.code, '') = :code)
    AND (CAST(:reason AS text) IS NULL OR starts_with(coalesce(d.reason, ''), :reason))
    AND (CAST(:given_up AS boolean) IS NULL OR starts_with(coalesce(d.reason, ''), :begins) = :given_up)
    AND (CAST(:delivery AS bigint) IS NULL OR d.id = :delivery)"""

MAY_GO_AGAIN = """(s.state = 'active'
    AND NOT EXISTS (SELECT FROM suppressions x WHERE x.address_hash = s.address_hash)
    AND (m.rank <> 3 OR NOT EXISTS (SELECT FROM participations p WHERE p.urgent_action_id = m.urgent_action_id
        AND p.person_hash = s.address_hash AND p.state = 'confirmed'))
    AND NOT EXISTS (SELECT FROM mailings om JOIN deliveries od ON od.mailing_id = om.id
        JOIN batches ob ON ob.id = od.batch_id
        WHERE om.bulletin_id = m.bulletin_id AND om.id <> m.id AND od.subscriber_id = d.subscriber_id
            AND (od.state IN ('handed_over', 'handing_over', 'unknown')
                OR (od.state IS NULL AND od.id < ob.first_id + ob.intent))))"""
"""Whether a delivery may go out (again): who left, is suppressed, has it by another mailing, or of a
first bulletin (rank 3) has acted, may not."""

# Put together of constants of this module, and of a state that a caller names as a constant of its own.
_COUNT = "SELECT count(*) AS people" + FROM + _WHICH + " AND {may}"  # noqa: S608
_LATEST = "SELECT max(d.at) AS at" + FROM + _WHICH  # noqa: S608
_LOCK_BATCHES = "SELECT id FROM batches b WHERE mailing_id = :mailing AND {state} > 0 ORDER BY id FOR UPDATE"
_DEFER = """deferred = b.deferred + sums.people, attempt = 0,
    state = CASE b.state WHEN 'done' THEN 'ready' ELSE b.state END,
    not_before = CASE b.state WHEN 'leased' THEN b.not_before ELSE clock_timestamp() END"""
_ACCEPT = "accepted = b.accepted + sums.people"
_SHIFT = (
    "WITH due AS MATERIALIZED (SELECT d.id" + FROM + _WHICH + " AND {may}"  # noqa: S608
    """), moved AS (
    UPDATE deliveries d SET {row} FROM due WHERE d.id = due.id AND d.state = '{state}' RETURNING d.batch_id
), sums AS (
    SELECT batch_id, count(*) AS people FROM moved GROUP BY batch_id
), counted AS (
    UPDATE batches b SET {state} = b.{state} - sums.people, {batch} FROM sums WHERE b.id = sums.batch_id
)
SELECT CAST(coalesce(sum(people), 0) AS bigint) FROM sums"""
)

_ANEW = text("""
UPDATE delivery_reports r SET was_unknown = false FROM deliveries d
WHERE d.mailing_id = :mailing AND d.state = 'deferred' AND r.delivery_id = d.id AND r.was_unknown
""")
"""What was reported of the first try decides nothing about the next one."""


def how_many(session: Session, mailing_id: UUID, state: str, which: Which, *, to_send: bool = True) -> int:
    """How many deliveries of the mailing in `state` these are; with `to_send`, of those that may go out again."""
    query = _COUNT.format(state=state, may=MAY_GO_AGAIN if to_send else "true")
    found: int = session.execute(text(query), {"mailing": mailing_id, **which.values}).scalar_one()
    return found


def latest(session: Session, mailing_id: UUID, state: str, which: Which) -> datetime | None:
    """When (UTC) the youngest of these outcomes was written; None where there are none."""
    query = text(_LATEST.format(state=state))
    found: datetime | None = session.scalar(query, {"mailing": mailing_id, **which.values})
    return found


def hold_batches(session: Session, mailing_id: UUID, state: str) -> None:
    """Lock the batches that have deliveries in `state`: before the mailing's own row, as workers do."""
    session.execute(text(_LOCK_BATCHES.format(state=state)), {"mailing": mailing_id}).all()


def defer(session: Session, mailing_id: UUID, state: str, which: Which) -> int:
    """Let these deliveries wait for the next pass of their batches, with all tries before them; how many."""
    query = _SHIFT.format(state=state, may=MAY_GO_AGAIN, row="state = 'deferred'", batch=_DEFER)
    moved: int = session.execute(text(query), {"mailing": mailing_id, **which.values}).scalar_one()
    session.execute(_ANEW, {"mailing": mailing_id})
    return moved


def accept(session: Session, mailing_id: UUID, state: str, which: Which, *, why: str) -> int:
    """Count these deliveries as handed over, with `why` on each; how many."""
    row = "state = 'handed_over', reason = concat_ws(' ', CAST(:why AS text), d.reason)"
    query = _SHIFT.format(state=state, may="true", row=row, batch=_ACCEPT)
    values = {"mailing": mailing_id, "why": why, **which.values}
    moved: int = session.execute(text(query), values).scalar_one()
    return moved


def may_send(session: Session, mailing: Mailing) -> None:
    """Raise Refused unless the mailing's case takes acts, or, where it asks for none, is shown."""
    action = session.get_one(UrgentAction, mailing.urgent_action_id, populate_existing=True)
    if not mailing.asks and action.state in SHOWN:
        return
    if action.state != CaseState.PUBLISHED:
        state = CaseState(action.state).value.replace("_", " ")
        raise Refused(f"{action.number} is {state}: nobody is mailed about a case that is not published.")
    if action.deadline is None or action.deadline <= clock.now():
        raise Refused(f"The deadline of {action.number} has passed: nobody is asked to act any more.")


def hindrance(session: Session, mailing_id: UUID) -> str | None:
    """Why nothing of the mailing goes out (again) as things stand, for people; None where it may."""
    try:
        _check(session, session.get_one(Mailing, mailing_id))
    except Refused as error:
        return error.message
    return None


def _check(session: Session, mailing: Mailing) -> None:
    if mailing.state in (MailingState.CANCELLED, MailingState.SCHEDULED):
        raise Refused(
            f"The mailing is {mailing.state}: nothing of it is tried again. After a cancel, launch the case again; that"
            " leaves out who has it already."
        )
    may_send(session, mailing)


def bring_back(session: Session, mailing_id: UUID) -> Mailing:
    """Lock the mailing and let it run (again). Raises Refused where it cannot, AlreadyLaunched where another runs."""
    mailing = lock(session, Mailing, mailing_id)
    _check(session, mailing)
    if mailing.state != MailingState.RUNNING:
        move(mailing, MailingState.RUNNING)
    mailing.ended_at = mailing.parked_until = mailing.trouble = None
    another = "Another mailing of this bulletin is under way: wait until it has ended, then try again."
    with translated({"uq_mailings_open_bulletin": lambda: AlreadyLaunched(another)}):
        session.flush()
    ring_after_commit(session, DELIVER, "0")
    return mailing
