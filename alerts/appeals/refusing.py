"""A target that takes no letters by mail: it says so by the link in each, by mail, or its server sends them back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from alerts.actions.models import Target, UrgentAction
from alerts.appeals.models import Appeal, AppealState, RelayState
from alerts.audit import record
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.core.tokens import BadToken, Purpose, Token, read
from alerts.organisers.permissions import SYSTEM
from alerts.subscribers.by_mail import tokens_in

BY_LINK = "The office asked for no more letters by mail."
SENT_BACK = "The office's mail server sent a letter back."
COMPLAINED = "The office's provider reported a letter as unwanted."

_STAND = text("""
INSERT INTO relays AS r (target_id, state, next_at, words, since) VALUES (:target, :state, :now, :words, :now)
ON CONFLICT (target_id) DO UPDATE SET state = excluded.state, words = excluded.words, since = excluded.since
WHERE r.state <> 'refused'
RETURNING target_id
""")


def office_of(token: str) -> UUID:
    """The target whose mail holds this token. Raises BadToken for one that is none."""
    said: Token = read(token, Purpose.OFFICE)
    if len(said.extra) != len(UUID(int=0).bytes):
        raise BadToken("This link names no office.")
    return UUID(bytes=said.extra)


def office_name(session: Session, target_id: UUID) -> str:
    """The office's name. Raises Unknown."""
    name = session.scalar(select(Target.name).where(Target.id == target_id))
    if name is None:
        raise Unknown("There is no such office.")
    return name


def refuse_by_mail(session: Session, message: bytes) -> bool:
    """Take what an office wrote to the mailbox to leave; True where it held the token of its letters."""
    for candidate in tokens_in(message):
        try:
            target_id = office_of(candidate)
        except BadToken:
            continue
        refuse(session, target_id, BY_LINK)
        return True
    return False


def refuse(session: Session, target_id: UUID, words: str) -> None:
    """Send nothing more to this target, because it wants nothing, in `words`; twice is once. Raises Unknown."""
    office_name(session, target_id)
    values = {"target": target_id, "state": RelayState.REFUSED.value, "words": words, "now": clock.now()}
    if session.scalar(_STAND, values) is not None:
        record(session, SYSTEM, "target.refused", "target", target_id, words=words)


def came_back(session: Session, mail_id: int, words: str) -> bool:
    """A letter's mail came back for good, or was unwanted: its letters are noted so, and no more go to its target.

    False where there is no such mail.
    """
    row = session.execute(
        select(UrgentAction.target_id)
        .join(Appeal, Appeal.urgent_action_id == UrgentAction.id)
        .where(Appeal.mail_id == mail_id)
        .limit(1)
    ).first()
    if row is None or row.target_id is None:
        return False
    session.execute(
        update(Appeal).where(Appeal.mail_id == mail_id).values(state=AppealState.RETURNED.value, at=clock.now())
    )
    refuse(session, row.target_id, words)
    return True
