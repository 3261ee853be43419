"""In the middle of a large mailing: the progress page, a small mailing that comes later, and a cancel."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from alerts.mailings.launch import cancel
from alerts.mailings.models import MailingState
from alerts.organisers import Actor
from alerts.segments.rules import Rule
from bench.arrivals import Sink, a_sink
from bench.crew import a_crew
from bench.mailings import a_sender, approved, ended, launched, now, until
from bench.people import FEW, SMALL_COUNTRY
from bench.stage import Servers, Stage, a_stage
from bench.website import Website, a_website, free_port

SMALL_AT, CANCEL_AT, AT_LAST = 0.1, 0.4, 0.8
"""Shares of the large mailing after which the small one is launched, and the large one cancelled: at CANCEL_AT, or when
the small one is done, but AT_LAST in any case."""
GRACE = 2.0
"""Seconds after a cancel within which the last window may arrive."""
LISTENING = 8.0
IDLE = 3.0


@dataclass(frozen=True)
class Watched:
    """Milliseconds of the page while mail is handed over and when nothing runs; seconds of the small mailing,
    and of the large one until its first mail.

    `after_press` mails arrived after the cancel was pressed, `late` of them more than two seconds after.
    """

    looks: int
    page_median: float
    page_p95: float
    idle_median: float
    idle_p95: float
    first: float
    small_done: float
    small_first: float
    after_press: int
    late: int
    stopped_after: float


def measure(running: Servers, people: int) -> Watched:
    """Launch to everyone, look all the time; launch a small one; cancel the large one; look once more."""
    with ExitStack() as stack:
        sink, port = stack.enter_context(a_sink()), free_port()
        here = {"mail_url": "sendgrid:", "sendgrid_api_url": sink.url}
        site = {"port": port, "base_url": f"http://127.0.0.1:{port}"}
        stage = stack.enter_context(a_stage(running, people, **here, **site))
        web = stack.enter_context(a_website(stage))
        stack.enter_context(a_crew(stage))
        session = stack.enter_context(stage.session())
        return _watch(stage, sink, web, session)


def _watch(stage: Stage, sink: Sink, web: Website, session: Session) -> Watched:
    actor = a_sender(session)
    large, small = approved(session), approved(session)
    mailing = launched(stage, session, large, actor=actor)
    until(lambda: sink.people() > 0, every=0.02, what="the first mail")
    with web.watched(mailing) as busy:
        until(lambda: sink.people() >= SMALL_AT * stage.people, every=0.02, what="the time for the small mailing")
        few = launched(stage, session, small, actor=actor, rule=Rule(countries=(SMALL_COUNTRY,)))
        until(lambda: _time_to_cancel(stage, sink, session, few), every=0.1, what="the time to cancel")
        pressed = _cancelled(session, actor, mailing)
    at = ended(session, few)
    assert at.ended_at is not None
    assert at.first_handed_over_at is not None
    assert at.handed_over == FEW
    time.sleep(max(0.0, pressed + LISTENING - time.time()))
    with web.watched(mailing) as idle:
        time.sleep(IDLE)
    first = _agree(session, sink, mailing)
    # Requests for no more than FEW are the small mailing's, should it not have been done before the press.
    after = [arrival for arrival in sink.arrivals() if arrival.at > pressed and arrival.people > FEW]
    return Watched(
        looks=len(busy),
        page_median=statistics.median(busy),
        page_p95=_p95(busy),
        idle_median=statistics.median(idle),
        idle_p95=_p95(idle),
        first=first,
        small_done=(at.ended_at - at.launched_at).total_seconds(),
        small_first=(at.first_handed_over_at - at.launched_at).total_seconds(),
        after_press=sum(arrival.people for arrival in after),
        late=sum(arrival.people for arrival in after if arrival.at > pressed + GRACE),
        stopped_after=max((arrival.at - pressed for arrival in after), default=0.0),
    )


def _time_to_cancel(stage: Stage, sink: Sink, session: Session, few: UUID) -> bool:
    share = sink.people() / stage.people
    return share >= AT_LAST or (share >= CANCEL_AT and now(session, few).state is MailingState.DONE)


def _cancelled(session: Session, actor: Actor, mailing: UUID) -> float:
    """Cancel as the console does; when it was pressed (Unix seconds)."""
    pressed = time.time()
    cancel(session, actor, mailing)
    session.commit()
    return pressed


def _agree(session: Session, sink: Sink, mailing: UUID) -> float:
    """Hold the sink's number of people against the mailing's; seconds from its launch to its first mail."""
    at = now(session, mailing)
    assert at.state is MailingState.CANCELLED
    assert at.waiting > 0, "the mailing was complete before it was cancelled: it shows nothing"
    said = at.handed_over + FEW
    assert said == sink.people(), f"the sink saw {sink.people()} people, the mailings say {said}"
    assert at.first_handed_over_at is not None
    return (at.first_handed_over_at - at.launched_at).total_seconds()


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
