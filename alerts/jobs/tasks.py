"""The jobs: three lines each, ids in, a feature's verb called, nothing kept in Redis."""

from __future__ import annotations

from uuid import UUID

from alerts.events.expanding import expand_next
from alerts.extensions import current_site, db
from alerts.jobs.turns import job, ring, turn
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import hand_over_next
from alerts.participation.confirming import send_confirmation

TURN = 5
"""Seconds one mailing may keep a worker before others get theirs."""


@job
def prepare(mailing_id: str) -> None:
    """Freeze the audience of a mailing, slice by slice; handing over starts after the first."""
    while freeze_next_slice(db.session(), UUID(mailing_id), batch_size=current_site().batch_size):
        db.session.commit()
    db.session.commit()


@job
def deliver(mailing_id: str, slot: str = "0") -> None:
    """Hand over batches of one mailing until none is ready or the turn is over."""
    with turn(seconds=TURN) as mine:
        while hand_over_next(mine, UUID(mailing_id)):
            pass
        if not mine.still_mine():
            ring("deliver", mailing_id, slot)


@job
def confirm(participation_id: str) -> None:
    """Send the mail that asks a supporter to confirm an act."""
    with turn(seconds=TURN) as mine:
        send_confirmation(mine.session, mine.transport, int(participation_id), site=mine.site, commit=mine.commit)


@job
def expand() -> None:
    """Expand what providers posted until nothing waits or the turn is over."""
    with turn(seconds=TURN) as mine:
        while mine.still_mine() and expand_next(mine.session):
            mine.commit()
