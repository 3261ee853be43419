"""Claims on batches: a lease of some seconds under a fencing number, which every later write must name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings.errors import LeaseLost
from alerts.mailings.holds import NOT_HELD


@dataclass(frozen=True)
class Claim:
    """A batch that is ours until its lease runs out; `settled` is the first position without an outcome.

    `due`: those who were tried before may be tried again; else only those whom pacing put off.
    `case_id` is the case whose actors are left out: of a first bulletin its own, of news none.
    `abandoned`: whoever held it before let the lease run out, and may have left mails with the provider: those up to
    position `intent`.
    """

    batch_id: int
    mailing_id: UUID
    case_id: UUID | None
    language: str
    fence: int
    attempt: int
    first_id: int
    settled: int
    intent: int
    size: int
    abandoned: bool
    due: bool = True
    variant: int = 0

    @property
    def first_pass(self) -> bool:
        """Whether there are positions that were never tried; later passes are for what was deferred."""
        return self.settled < self.size


class Gate(StrEnum):
    """What the door answered: go on, or why not."""

    OPEN = "open"
    SHUT = "shut"


CLAIMABLE = """b.variant IS NOT NULL AND b.not_before <= clock_timestamp()
        AND (b.quiet_from IS NULL OR b.quiet_from > clock_timestamp())
        AND (b.state = 'ready' OR (b.state = 'leased' AND b.lease_until < clock_timestamp()))"""
"""Whether a batch `b` waits for a worker."""

FIRST_RANK = 3
"""The rank of mailings of first bulletins, which whoever has acted needs no more."""

_CLAIM = text(
    f"""
WITH next AS (
    SELECT b.id, b.state, CASE WHEN m.rank = {FIRST_RANK} THEN m.urgent_action_id END AS urgent_action_id
    FROM batches b JOIN mailings m ON m.id = b.mailing_id
    WHERE b.mailing_id = :mailing AND m.state = 'running' AND {CLAIMABLE}
        AND {NOT_HELD}
    ORDER BY b.not_before, b.id LIMIT 1 FOR UPDATE OF b SKIP LOCKED
)
UPDATE batches SET state = 'leased', leased_by = :worker, fence = fence + 1,
    lease_until = clock_timestamp() + make_interval(secs => :lease)
FROM next WHERE batches.id = next.id
RETURNING batches.id, mailing_id, urgent_action_id, language, fence, attempt, first_id, settled, intent, size,
    next.state = 'leased' AS abandoned, coalesce(retry_at <= clock_timestamp(), true) AS due,
    batches.variant
"""  # noqa: S608 - a constant of ours
)

MAY_GO_OUT = """CASE WHEN m.asks THEN u.state = 'published' AND u.deadline > clock_timestamp()
    ELSE u.state IN ('published', 'closed') END"""
"""Whether mail of a mailing `m` may go out as its case `u` stands: to ask while it takes acts, to tell while shown."""

ALL_OPEN = """(m.digest IS NULL OR NOT EXISTS (
        SELECT FROM digest_cases c JOIN urgent_actions e ON e.id = c.urgent_action_id WHERE c.mailing_id = m.id
            AND (e.state <> 'published' OR e.deadline <= clock_timestamp())))"""
"""Whether every case that a mailing `m` holds still takes acts, where it is a digest."""

CORRECTED = """EXISTS (SELECT FROM bulletin_versions v
        WHERE v.bulletin_id = m.bulletin_id AND v.replaced_at > m.launched_at)"""
"""Whether the words of a mailing `m` were corrected after its launch, which fixed them."""

_INTEND = text(
    f"""
UPDATE batches b SET intent = greatest(:upto, :maybe), lease_until = clock_timestamp() + make_interval(secs => :lease)
FROM mailings m JOIN urgent_actions u ON u.id = m.urgent_action_id
WHERE b.id = :batch AND b.fence = :fence AND b.state = 'leased' AND m.id = b.mailing_id
    AND m.state = 'running' AND {MAY_GO_OUT} AND {ALL_OPEN} AND NOT {CORRECTED}
    AND {NOT_HELD}
RETURNING b.id
"""  # noqa: S608 - a constant of ours
)

_RELEASE = text("""
UPDATE batches SET state = CASE WHEN settled = size AND deferred = 0 THEN 'done' ELSE 'ready' END,
    lease_until = NULL, leased_by = NULL,
    attempt = CASE WHEN settled = size THEN attempt + 1 ELSE attempt END, retry_at = NULL,
    not_before = clock_timestamp() + make_interval(secs => CASE WHEN settled = size THEN :wait ELSE 0 END)
WHERE id = :batch AND fence = :fence RETURNING id
""")


def claim_next(
    session: Session, mailing_id: UUID, *, worker: str, lease_seconds: float, transport: str = ""
) -> Claim | None:
    """The next batch of a running mailing that is due and that nobody holds; None where `transport` is held."""
    names = {"mailing": mailing_id, "worker": worker, "lease": lease_seconds, "transport": transport}
    row = session.execute(_CLAIM, names).one_or_none()
    return Claim(*row) if row else None


def intend(session: Session, claim: Claim, *, upto: int, lease_seconds: float, transport: str = "") -> Gate:
    """Write down that positions up to `upto` are about to be handed over, and renew the lease.

    One statement asks the door as well: SHUT where mailing or case no longer runs or
    the transport is held, and nothing is written then.
    Raises LeaseLost.
    """
    names = {"batch": claim.batch_id, "fence": claim.fence, "upto": upto, "maybe": claim.intent, "lease": lease_seconds}
    row = session.execute(_INTEND, {**names, "transport": transport}).one_or_none()
    if row is not None:
        return Gate.OPEN
    hold(session, claim)
    return Gate.SHUT


def hold(session: Session, claim: Claim) -> None:
    """Lock the batch for this transaction. Raises LeaseLost where another worker has it."""
    still = text("SELECT 1 FROM batches WHERE id = :batch AND fence = :fence AND state = 'leased' FOR UPDATE")
    if session.execute(still, {"batch": claim.batch_id, "fence": claim.fence}).one_or_none() is None:
        raise LeaseLost


def release(session: Session, claim: Claim, *, wait: float = 0) -> None:
    """Give the batch back, to be claimed again after `wait` seconds; done where nothing is left to do in it."""
    if session.execute(_RELEASE, {"batch": claim.batch_id, "fence": claim.fence, "wait": wait}).one_or_none() is None:
        raise LeaseLost
