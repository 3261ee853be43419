"""Working: one piece after the other, of whichever mailing it is the turn of."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings.claims import CLAIMABLE
from alerts.mailings.fairness import InLine, Memory
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import Turn, hand_over_next
from alerts.mailings.holds import NOT_HELD

_IN_LINE = text(
    f"""
SELECT m.id, m.rank, m.frozen_at IS NULL AS freezing,
    EXISTS (SELECT FROM batches b WHERE b.mailing_id = m.id AND {CLAIMABLE}) AND {NOT_HELD} AS ready
FROM mailings m WHERE m.state = 'running' ORDER BY m.rank, m.launched_at
"""  # noqa: S608 - a constant of ours
)


def in_line(session: Session, transport: str = "") -> list[InLine]:
    """The running mailings that have something to do, the most urgent first, then the older first.

    Where `transport` is held, audiences are frozen on, and nothing is ready.
    """
    rows = session.execute(_IN_LINE, {"transport": transport})
    return [one for row in rows if (one := InLine(*row)).freezing or one.ready]


def work_next(turn: Turn, memory: Memory) -> bool:
    """Freeze one slice or hand one batch over; False where there is nothing to do for this worker now. Commits."""
    for one in memory.order(in_line(turn.session, turn.transport.key)):
        if memory.freezes(one) and freeze_next_slice(turn.session, one.mailing_id, batch_size=turn.site.batch_size):
            turn.commit()
            memory.served(one, froze=True)
            return True
        turn.commit()  # a slice that was the last one
        if hand_over_next(turn, one.mailing_id):
            memory.served(one, froze=False)
            return True
    turn.commit()
    return False
