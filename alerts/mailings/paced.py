"""Paced handing over: what of a window may go now, who is put off, and how a worker rests meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings.claims import Claim
from alerts.mailings.errors import LeaseLost
from alerts.mailings.pacing import Pacer
from alerts.mailings.recipients import Pending
from alerts.mailings.settling import PACED, Result

SHORT = 1.0
"""Seconds that a worker rests by itself; a longer wait is written down for all, and the worker is free meanwhile."""
LONGEST = 60.0
"""Seconds after which even a long wait is looked at again: settings may have changed."""
_LOOK = 0.1

_RELEASE = text("""
UPDATE batches b SET state = CASE WHEN settled = size AND deferred = 0 THEN 'done' ELSE 'ready' END,
    lease_until = NULL, leased_by = NULL,
    attempt = CASE WHEN settled = size THEN :attempt ELSE attempt END,
    retry_at = CASE WHEN settled = size AND people.paced > 0 AND people.tried > 0 THEN people.due END,
    not_before = CASE WHEN settled < size THEN b.not_before ELSE least(
        CASE WHEN people.paced > 0 THEN clock_timestamp() + make_interval(secs => :put_off) END,
        CASE WHEN people.tried > 0 THEN people.due END, 'infinity') END
FROM (
    SELECT count(d.id) FILTER (WHERE d.code = 'paced') AS paced,
        count(d.id) FILTER (WHERE d.code IS DISTINCT FROM 'paced') AS tried,
        CASE WHEN :due THEN clock_timestamp() + make_interval(secs => :wait)
        ELSE coalesce(min(x.retry_at), clock_timestamp() + make_interval(secs => :wait)) END AS due
    FROM batches x LEFT JOIN deliveries d ON d.batch_id = x.id AND d.state = 'deferred' WHERE x.id = :batch
) people
WHERE b.id = :batch AND b.fence = :fence RETURNING b.id
""")


@dataclass(frozen=True)
class Share:
    """The part of a window that is decided now. `put_off` says for whose delivery not, and why.

    Where `window` is empty nothing may go out for `wait` seconds.
    """

    window: Sequence[Pending]
    put_off: dict[int, str]
    wait: float = 0.0
    domain_wait: float = 0.0

    @property
    def going(self) -> list[Pending]:
        """Those whose mail goes out now."""
        return [item for item in self.window if item.away is None and item.delivery_id not in self.put_off]


def share_of(pacer: Pacer | None, window: Sequence[Pending]) -> Share:
    """Take leave to send for this window; all of it, and nobody is asked, where no pace is set."""
    here = [place for place, item in enumerate(window) if item.away is None]
    if pacer is None or not here:
        return Share(window, {})
    domains = [domain_of(window[place]) for place in here]
    leave = pacer.ask(domains)
    if not leave.go:
        return Share([], {}, leave.wait, leave.domain_wait)
    put_off = {
        window[place].delivery_id: f"{domain} takes {pacer.pace.of(domain)} from us."
        for place, domain, go in zip(here, domains, leave.go, strict=False)
        if not go
    }
    end = here[len(leave.go)] if len(leave.go) < len(here) else len(window)
    return Share(window[:end], put_off, domain_wait=leave.domain_wait)


def domain_of(item: Pending) -> str:
    """The domain that a delivery goes to."""
    return (item.email or "").rpartition("@")[2].lower()


def rest(seconds: float, still_mine: Callable[[], bool]) -> None:
    """Wait, unless the turn ends."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and still_mine():
        time.sleep(min(_LOOK, left))


def attempt_after(claim: Claim, results: Sequence[Result]) -> int:
    """How many tries the batch counts after this pass.

    Waiting for our own pace is none. Who was put off before and then deferred by the provider has the tries of
    everyone in front of them: the count begins anew.
    """
    tried = [result.item for result in results if result.state == "deferred" and result.tried]
    if claim.first_pass or any(item.paced for item in tried):
        return 1
    return claim.attempt + bool(tried)


def release(session: Session, claim: Claim, *, attempt: int, wait: float = 0, put_off: float = 0) -> None:
    """Give the batch back: whoever was put off is due in `put_off` seconds, whoever was tried in `wait`.

    A batch that is not through its first pass is due at once. Raises LeaseLost.
    """
    names = {"batch": claim.batch_id, "fence": claim.fence, "due": claim.due, "attempt": attempt}
    if session.execute(_RELEASE, {**names, "wait": wait, "put_off": put_off}).one_or_none() is None:
        raise LeaseLost


def put_off_result(item: Pending, why: str) -> Result:
    """The outcome of a delivery that was not tried because its domain takes no more from us now."""
    return Result(item, "deferred", why, PACED, tried=False)
