"""Handing over: one batch of a mailing, window by window — intent, provider, outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from alerts.core import logs, randomness
from alerts.delivery.site import Site
from alerts.delivery.transport import Answer, Outcome, Transport
from alerts.mailings import holds, paced, parking, recovery, settling
from alerts.mailings.backoff import ATTEMPTS, wait_before
from alerts.mailings.claims import Claim, Gate, claim_next, intend, release
from alerts.mailings.compiled import Ready, ready
from alerts.mailings.errors import LeaseLost
from alerts.mailings.paced import LONGEST, SHORT, Share, attempt_after, rest, share_of
from alerts.mailings.pacing import Pacer
from alerts.mailings.recipients import Pending, looked_up_again, pending
from alerts.mailings.settling import Result
from alerts.mailings.writing_down import written

log = logs.logger(__name__)

NOTHING = Outcome([], None)
PATIENCE = 10
"""Leases for which a worker tries to write down what a provider said, while the database is away."""


class Step(StrEnum):
    """How a batch goes on after a window: with the next one; claimed afresh, since some were not tried; not now."""

    ON = "on"
    AGAIN = "again"
    HALT = "halt"


@dataclass(frozen=True)
class Turn:
    """What one worker hands over with; `commit` ends each step's transaction, `still_mine` says when to stop.

    Without a `pacer` mail goes out as fast as it goes.
    """

    session: Session
    transport: Transport
    site: Site
    worker: str
    commit: Callable[[], None]
    still_mine: Callable[[], bool]
    pacer: Pacer | None = None


@dataclass
class Pass:
    """What one claim of a batch has come to: how many of its people it is through with, and who must wait how long."""

    through: int
    deferred: list[Result] = field(default_factory=list)
    domain_wait: float = 0.0
    rested: bool = False
    rest_after: float = 0.0

    def note(self, share: Share) -> None:
        """This part of a window is being seen to."""
        self.through += len(share.window)
        self.domain_wait = max(self.domain_wait, share.domain_wait)


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
    """Window by window, each looked up again before it goes out."""
    mail = ready(turn.session, claim, turn.site)
    items, begun = pending(turn.session, claim), Pass(0)
    while begun.through < len(items):
        window = items[begun.through : begun.through + turn.transport.window]
        step = Step.HALT
        if turn.still_mine():
            # The first window was read in this very transaction, the others before the windows in front of them went.
            fresh = looked_up_again(turn.session, claim, window) if begun.through or begun.rested else window
            share = share_of(turn.pacer, fresh)
            step = _window(turn, claim, mail, share, begun) if share.window else _rest(turn, claim, share.wait, begun)
        if step is not Step.ON:
            _release(turn, claim, begun, early=True)
            turn.commit()
            if begun.rest_after:
                rest(begun.rest_after, turn.still_mine)
            return step is Step.AGAIN
    _release(turn, claim, begun, early=False)
    turn.commit()
    return True


def _rest(turn: Turn, claim: Claim, wait: float, begun: Pass) -> Step:
    """Our own pace lets nothing out now. A worker rests with no batch in its hands, so that whose turn it is then is
    decided anew; on a later pass it keeps it, or those in front would be tried twice. A long wait is everybody's.
    """
    if wait > SHORT:
        holds.pace(turn.session, turn.transport.key, min(wait, LONGEST))
        return Step.HALT
    if claim.first_pass:
        begun.rest_after = wait
        return Step.AGAIN
    turn.commit()
    rest(wait, turn.still_mine)
    begun.rested = True
    return Step.ON


def _release(turn: Turn, claim: Claim, begun: Pass, *, early: bool) -> None:
    """Give the batch back: for those who were tried after a wait that grows, for those who were put off when due."""
    wait = 0.0 if early else wait_before(claim.attempt + 1, randomness.jitter())
    if turn.pacer is None:
        release(turn.session, claim, wait=wait)
        return
    attempt = claim.attempt if early and not claim.first_pass else attempt_after(claim, begun.deferred)
    paced.release(turn.session, claim, attempt=attempt, wait=wait, put_off=begun.domain_wait)


def _window(turn: Turn, claim: Claim, mail: Ready, share: Share, begun: Pass) -> Step:
    """Hand one window over: intent, provider, outcome, each committed."""
    window, going = share.window, share.going
    begun.note(share)
    if not claim.first_pass and len(share.put_off) == len(window):
        return Step.ON
    upto = window[-1].position + 1 if claim.first_pass else claim.size
    lease, way = turn.site.lease_seconds, turn.transport.key
    if intend(turn.session, claim, upto=upto, lease_seconds=lease, transport=way) is Gate.SHUT:
        return Step.HALT
    if not claim.first_pass:
        settling.mark_retry(turn.session, claim, going)
    turn.commit()
    people = list(map(mail.recipient, going))
    outcome = turn.transport.hand_over(mail.compiled, people) if people else NOTHING
    answers = {item.delivery_id: answer for item, answer in zip(going, outcome.answers, strict=True)}
    results = [_result(turn, claim, item, answers, share.put_off) for item in window]
    begun.deferred += [result for result in results if result.state == "deferred"]

    def write() -> bool:
        if claim.first_pass:
            settling.settle_first_pass(turn.session, claim, window[0].position, _without_untried_tail(results))
        else:
            settling.settle_retry(turn.session, claim, results)
        return parking.take_note(turn.session, claim.mailing_id, outcome, transport=way)

    if not written(turn.session, write, commit=turn.commit, patience=PATIENCE * lease):
        return Step.HALT
    return Step.ON if all(result.stands for result in results) else Step.AGAIN


def _result(turn: Turn, claim: Claim, item: Pending, answers: dict[int, Answer], put_off: dict[int, str]) -> Result:
    if item.away is not None:
        return Result(item, "skipped", item.away)
    if item.delivery_id in put_off:
        return paced.put_off_result(item, put_off[item.delivery_id])
    result = settling.result_of(item, answers[item.delivery_id], resend_unknown=turn.transport.resend_unknown)
    if result.state == "deferred" and result.tried and claim.attempt >= ATTEMPTS and not item.paced:
        return Result(item, "refused", f"Given up after {claim.attempt} more tries. {result.reason}", result.code)
    return result


def _without_untried_tail(results: Sequence[Result]) -> list[Result]:
    """The results up to the last one that stands: what follows goes out when the mailing goes on."""
    standing = [number for number, result in enumerate(results, start=1) if result.stands]
    return list(results[: standing[-1]]) if standing else []
