"""The jobs: three lines each, ids in, a feature's verb called, nothing kept in Redis."""

from __future__ import annotations

from uuid import UUID

from flask import current_app

from alerts.appeals.relaying import relay_next
from alerts.events.expanding import expand_next
from alerts.jobs.turns import job, may_go_out, memory, ring, turn
from alerts.mailings.working import work_next
from alerts.participation.asking import send_page_link
from alerts.participation.confirming import send_confirmation
from alerts.subscribers.signing_up import send_sign_up
from config import Settings

TURN = 20
"""Seconds a worker goes on before it looks at its queues again; it does so earlier where something urgent waits."""


@job
def deliver(slot: str = "0") -> None:
    """Freeze audiences and hand batches over, piece by piece, until nothing is left or the turn is over."""
    with turn(seconds=TURN) as mine:
        while mine.still_mine() and work_next(mine, memory):
            pass
        if not mine.still_mine():
            ring("deliver", slot)


@job
def confirm(participation_id: str) -> None:
    """Send the mail that asks a supporter to confirm an act."""
    with turn(seconds=TURN) as mine:
        if may_go_out(mine):
            send_confirmation(mine.session, mine.transport, int(participation_id), site=mine.site, commit=mine.commit)


@job
def my_page(request_id: str) -> None:
    """Send the mail with the link to somebody's own page."""
    with turn(seconds=TURN) as mine:
        if may_go_out(mine):
            send_page_link(mine.session, mine.transport, int(request_id), site=mine.site, commit=mine.commit)


@job
def sign_up(sign_up_id: str) -> None:
    """Send the mail that asks whoever signed up to confirm it."""
    with turn(seconds=TURN) as mine:
        if may_go_out(mine):
            send_sign_up(mine.session, mine.transport, int(sign_up_id), site=mine.site, commit=mine.commit)


@job
def relay(target_id: str) -> None:
    """Bring the next letter or digest to a target."""
    settings: Settings = current_app.extensions["settings"]
    with turn(seconds=TURN) as mine:
        if may_go_out(mine):
            relay_next(
                mine.session,
                mine.transport,
                UUID(target_id),
                per_hour=settings.appeals_per_hour,
                site=mine.site,
                commit=mine.commit,
            )


@job
def expand() -> None:
    """Expand what providers posted until nothing waits or the turn is over."""
    with turn(seconds=TURN) as mine:
        while mine.still_mine() and expand_next(mine.session):
            mine.commit()
