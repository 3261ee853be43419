"""Handing over: one batch of a mailing, window by window — intent, provider, outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from alerts.core import logs, randomness
from alerts.delivery.site import Site
from alerts.delivery.transport import Answer, Outcome, Transport
from alerts.mailings import parking, recovery, settling
from alerts.mailings.backoff import ATTEMPTS, wait_before
from alerts.mailings.claims import Claim, Gate, claim_next, intend, release
from alerts.mailings.compiled import Ready, ready
from alerts.mailings.errors import LeaseLost
from alerts.mailings.recipients import Pending, looked_up_again, pending
from alerts.mailings.settling import Result

log = logs.logger(__name__)

NOTHING = Outcome([], None)


class Step(StrEnum):
    """How a batch goes on after a window: with the next one; claimed afresh, since some were not tried; not now."""

    ON = "on"
    AGAIN = "again"
    HALT = "halt"


@dataclass(frozen=True)
class Turn:
    """What one worker hands over with; `commit` ends each step's transaction, `still_mine` says when to stop."""

    session: Session
    transport: Transport
    site: Site
    worker: str
    commit: Callable[[], None]
    still_mine: Callable[[], bool]


def hand_over_next(turn: Turn, mailing_id: UUID) -> bool:
    """Claim the next batch that is due and hand it over; True where another may be waiting.

    Commits on its own, step by step: what the provider was told must be on record whatever happens next.
    """
    claim = claim_next(
        turn.session,
        mailing_id,
        worker=turn.worker,
        lease_seconds=turn.site.lease_seconds,
        transport=turn.transport.key,
    )
    if claim is None:
        turn.commit()
        return False
    try:
        return _hand_over(turn, recovery.recover(turn.session, claim, resend=turn.transport.resend_unknown))
    except LeaseLost:
        turn.session.rollback()
        log.warning("batch.lease_lost", mailing=str(mailing_id), batch=claim.batch_id)
        return True


def _hand_over(turn: Turn, claim: Claim) -> bool:
    """Window by window; each one's outcome is committed with the next one's intent, before that one goes out."""
    mail = ready(turn.session, claim, turn.site)
    for number, window in enumerate(_windows(pending(turn.session, claim), turn.transport.window)):
        step = Step.HALT
        if turn.still_mine():
            # The first window was read in this very transaction, the others before the windows in front of them went.
            fresh = looked_up_again(turn.session, claim, window) if number else window
            step = _window(turn, claim, mail, fresh)
        if step is not Step.ON:
            release(turn.session, claim)
            turn.commit()
            return step is Step.AGAIN
    wait = wait_before(claim.attempt + 1, randomness.jitter())
    release(turn.session, claim, wait=wait)
    turn.commit()
    return True


def _window(turn: Turn, claim: Claim, mail: Ready, window: Sequence[Pending]) -> Step:
    """Hand one window over: intent, provider, outcome. The outcome is flushed, for the next commit."""
    upto = window[-1].position + 1 if claim.first_pass else claim.size
    lease, way = turn.site.lease_seconds, turn.transport.key
    if intend(turn.session, claim, upto=upto, lease_seconds=lease, transport=way) is Gate.SHUT:
        return Step.HALT
    sendable = [item for item in window if item.away is None]
    if not claim.first_pass:
        settling.mark_retry(turn.session, claim, sendable)
    turn.commit()
    people = list(map(mail.recipient, sendable))
    outcome = turn.transport.hand_over(mail.compiled, people) if people else NOTHING
    answers = {item.delivery_id: answer for item, answer in zip(sendable, outcome.answers, strict=True)}
    results = [_result(turn, claim, item, answers) for item in window]
    if claim.first_pass:
        settling.settle_first_pass(turn.session, claim, window[0].position, _without_untried_tail(results))
    else:
        settling.settle_retry(turn.session, claim, results)
    if not parking.take_note(turn.session, claim.mailing_id, outcome, transport=way):
        return Step.HALT
    return Step.ON if all(result.tried for result in results) else Step.AGAIN


def _result(turn: Turn, claim: Claim, item: Pending, answers: dict[int, Answer]) -> Result:
    if item.away is not None:
        return Result(item, "skipped", item.away)
    result = settling.result_of(item, answers[item.delivery_id], resend_unknown=turn.transport.resend_unknown)
    if result.state == "deferred" and result.tried and claim.attempt >= ATTEMPTS:
        return Result(item, "refused", f"Given up after {claim.attempt} more tries. {result.reason}", result.code)
    return result


def _without_untried_tail(results: Sequence[Result]) -> list[Result]:
    """The results up to the last one that was tried: what follows goes out when the mailing goes on."""
    tried = [number for number, result in enumerate(results, start=1) if result.tried]
    return list(results[: tried[-1]]) if tried else []


def _windows(items: Sequence[Pending], size: int) -> Iterator[Sequence[Pending]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
