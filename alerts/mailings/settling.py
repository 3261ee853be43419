"""Settling: writing down what became of a window, row by row only where it differs from the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, assert_never

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.delivery.transport import Answer, Verdict
from alerts.mailings.claims import Claim
from alerts.mailings.errors import LeaseLost
from alerts.mailings.recipients import Pending
from alerts.suppression.models import Reason
from alerts.suppression.service import suppress

NO_SUCH_USER = "5.1.1"
"""RFC 3463 §3.2: the mailbox does not exist; such an address is never mailed again."""


PACED = "paced"
"""The code of a delivery that our own pace has put off, untried."""


class Result(NamedTuple):
    """One delivery's outcome, as a column `state` would have it.

    `unheard`: the mail may be with the provider, and goes out again all the same.
    """

    item: Pending
    state: str
    reason: str | None = None
    code: str | None = None
    provider_id: str | None = None
    tried: bool = True
    unheard: bool = False

    @property
    def stands(self) -> bool:
        """Whether this is an outcome, to be written down; who was not tried for other reasons is as if never begun."""
        return self.tried or self.code == PACED


_ADVANCE = text("""
WITH advanced AS (
    UPDATE batches SET settled = :upto, intent = greatest(:upto, :maybe), accepted = accepted + :handed_over,
        refused = refused + :refused, skipped = skipped + :skipped, deferred = deferred + :deferred,
        unknown = unknown + :unknown, resent = resent + :resent
    WHERE id = :batch AND fence = :fence AND settled = :first RETURNING id
), window_told AS (
    INSERT INTO windows (batch_id, first, last, at, provider_ids)
    SELECT id, :first, :upto, :at, :ids FROM advanced WHERE :first < :upto
)
SELECT id, set_config('synchronous_commit', 'off', true) FROM advanced
""")
# The outcome of a window need not wait for the disk: the next window's intent does, and takes it along. Were the
# database to crash in between, that one window would count as nobody knows, which is the bound we publish.
_ADVANCED = text("SELECT settled FROM batches WHERE id = :batch AND fence = :fence")
_RETRIED = text("""
WITH told AS (
    UPDATE deliveries d SET state = x.state, reason = x.reason, code = x.code, provider_id = x.provider_id, at = :at,
        unheard = CASE WHEN x.unheard THEN true ELSE d.unheard END
    FROM unnest(CAST(:id AS bigint[]), CAST(:state AS text[]), CAST(:reason AS text[]), CAST(:code AS text[]),
        CAST(:provider_id AS text[]), CAST(:unheard AS boolean[])) AS x (id, state, reason, code, provider_id, unheard)
    WHERE d.id = x.id AND d.batch_id = :batch AND d.state IN ('handing_over', 'deferred') RETURNING d.state
), counted AS (
    SELECT count(*) FILTER (WHERE state = 'handed_over') AS accepted,
        count(*) FILTER (WHERE state = 'refused') AS refused,
        count(*) FILTER (WHERE state = 'skipped') AS skipped,
        count(*) FILTER (WHERE state = 'unknown') AS unknown
    FROM told
)
UPDATE batches b SET accepted = b.accepted + c.accepted, refused = b.refused + c.refused,
    skipped = b.skipped + c.skipped, unknown = b.unknown + c.unknown, resent = b.resent + :resent,
    deferred = b.deferred - c.accepted - c.refused - c.skipped - c.unknown
FROM counted c WHERE b.id = :batch AND b.fence = :fence RETURNING b.id
""")
_EXCEPTIONS = text("""
UPDATE deliveries d SET state = x.state, reason = x.reason, code = x.code, provider_id = x.provider_id, at = :at,
        unheard = CASE WHEN x.unheard THEN true ELSE d.unheard END
FROM unnest(CAST(:id AS bigint[]), CAST(:state AS text[]), CAST(:reason AS text[]), CAST(:code AS text[]),
    CAST(:provider_id AS text[]), CAST(:unheard AS boolean[])) AS x (id, state, reason, code, provider_id, unheard)
WHERE d.id = x.id AND d.batch_id = :batch
""")
_MARK = text("""
UPDATE deliveries SET state = 'handing_over', at = :at WHERE id = ANY(:ids) AND batch_id = :batch
""")


def result_of(item: Pending, answer: Answer, *, resend_unknown: bool) -> Result:
    """A provider's answer as a delivery's outcome."""
    match answer.verdict:
        case Verdict.ACCEPTED:
            return Result(item, "handed_over", None, answer.code, answer.provider_id)
        case Verdict.REFUSED:
            return Result(item, "refused", answer.text, answer.code)
        case Verdict.UNKNOWN:
            state = "deferred" if resend_unknown else "unknown"
            return Result(item, state, answer.text, answer.code, unheard=resend_unknown)
        case Verdict.DEFERRED:
            return Result(item, "deferred", answer.text, answer.code)
        case Verdict.SLOW_DOWN | Verdict.PROVIDER_DOWN | Verdict.OUR_FAULT | Verdict.NOT_TRIED:
            return Result(item, "deferred", answer.text, answer.code, tried=False)
    assert_never(answer.verdict)


def settle_first_pass(session: Session, claim: Claim, first: int, results: Sequence[Result]) -> None:
    """Move the batch past these results, which begin at position `first`; twice is once. Raises LeaseLost."""
    upto = results[-1].item.position + 1 if results else first
    counts = Counter(result.state for result in results)
    values = {key: counts[key] for key in ("handed_over", "refused", "skipped", "deferred", "unknown")}
    values |= {"batch": claim.batch_id, "fence": claim.fence, "first": first, "upto": upto, "maybe": claim.intent}
    values["resent"] = sum(result.unheard for result in results)
    found = session.execute(_ADVANCE, {**values, "at": clock.now(), "ids": _provider_ids(results)})
    if found.one_or_none() is None:
        # A commit whose answer was lost, or a claim that was.
        settled = session.scalar(_ADVANCED, {"batch": claim.batch_id, "fence": claim.fence})
        if settled is None or settled < upto:
            raise LeaseLost
        return
    left = [_with_what_was_left(result, claim) for result in results if result.state != "handed_over"]
    _write_exceptions(session, claim, left)


def mark_retry(session: Session, claim: Claim, window: Sequence[Pending]) -> None:
    """Write the intent of a window of the retry pass: these deliveries are about to be handed over."""
    ids = [item.delivery_id for item in window]
    session.execute(_MARK, {"batch": claim.batch_id, "ids": ids, "at": clock.now()})


def settle_retry(session: Session, claim: Claim, results: Sequence[Result]) -> None:
    """Write what became of deliveries that had been deferred; what is written already stays. Raises LeaseLost."""
    news = [result for result in results if not (result.code == PACED and result.item.paced)]
    values = {**_columns(news), "batch": claim.batch_id, "fence": claim.fence, "at": clock.now()}
    values["resent"] = sum(result.unheard for result in results)
    if session.execute(_RETRIED, values).one_or_none() is None:
        raise LeaseLost
    _suppress_missing(session, results)


def _with_what_was_left(result: Result, claim: Claim) -> Result:
    """The outcome, unheard too where the last holder of the batch vanished with this mail at the provider."""
    return result._replace(unheard=True) if result.item.position < claim.intent else result


def _provider_ids(results: Sequence[Result]) -> list[str | None]:
    """One id where the provider gave the same to all, else one for each position."""
    ids = [result.provider_id for result in results]
    given = {id for id in ids if id is not None}
    return [given.pop()] if len(given) == 1 else ids


def _write_exceptions(session: Session, claim: Claim, results: Sequence[Result]) -> None:
    if not results:
        return
    session.execute(_EXCEPTIONS, {**_columns(results), "batch": claim.batch_id, "at": clock.now()})
    _suppress_missing(session, results)


_WRITTEN = ("state", "reason", "code", "provider_id", "unheard")


def _columns(results: Sequence[Result]) -> dict[str, list[Any]]:
    return {
        "id": [result.item.delivery_id for result in results],
        **{name: [getattr(result, name) for result in results] for name in _WRITTEN},
    }


def _suppress_missing(session: Session, results: Sequence[Result]) -> None:
    for result in results:
        if result.state == "refused" and (result.code or "").startswith(NO_SUCH_USER):
            suppress(session, result.item.address_hash, Reason.BOUNCED)
