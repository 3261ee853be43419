"""Relaying: one mail to a target at a time, at its pace, as long as the case is open and the target takes them.

Intent written, handed over, outcome written. A letter that may have left never goes again: one each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from alerts.actions.models import Target
from alerts.actions.naming import target_office
from alerts.appeals.choosing import Writer, next_digest, next_letter, targets_due
from alerts.appeals.mails import Mail, Office, digest_mail, letter_mail
from alerts.appeals.models import Appeal, AppealState, Relay, RelayState
from alerts.appeals.rules import IDLE, STUCK_AFTER, apart, wait_after
from alerts.appeals.signing import together
from alerts.core import clock, logs, randomness
from alerts.core.logs import struck_out
from alerts.delivery.content import BadContent
from alerts.delivery.site import Site
from alerts.delivery.transport import Answer, Transport, Verdict

log = logs.logger(__name__)

RELAY = "relay"
LONGEST_WORDS = 300

_STUCK = text("UPDATE appeals SET state = 'unknown' WHERE state = 'handing_over' AND at < :before")
_OURS = text("INSERT INTO relays (target_id, next_at) VALUES (:target, :now) ON CONFLICT DO NOTHING")


def relays_due(session: Session) -> list[UUID]:
    """Targets that a letter may go to now. A mail whose outcome nobody wrote down is called unknown."""
    now = clock.now()
    session.execute(_STUCK, {"before": now - STUCK_AFTER})
    session.commit()
    return targets_due(session, now)


def relay_next(
    session: Session, transport: Transport, target_id: UUID, *, per_hour: int, site: Site, commit: Callable[[], None]
) -> None:
    """Bring the next letter or digest to a target, if one is due; `per_hour` mails go to it at most, about evenly."""
    mail = _take(session, target_id, per_hour, site)
    commit()
    if mail is None:
        return
    answer = transport.hand_over(mail.compiled, [mail.recipient]).answers[0]
    _settle(session, target_id, mail, answer)
    commit()
    log.info("appeal.settled", target=str(target_id), people=len(mail.writers), verdict=answer.verdict.value)


def _take(session: Session, target_id: UUID, per_hour: int, site: Site) -> Mail | None:
    """The next mail to the target, its people's letters noted as on their way; None where none may go now."""
    now = clock.now()
    session.execute(_OURS, {"target": target_id, "now": now})
    relay = session.get(Relay, target_id, with_for_update={"skip_locked": True}, populate_existing=True)
    if relay is None or relay.state != RelayState.GOING or relay.next_at > now:
        return None
    try:
        mail = _next_mail(session, target_id, now, site)
    except BadContent as error:
        _stand(relay, RelayState.PAUSED, error.message, now)
        return None
    relay.next_at = now + (IDLE if mail is None else apart(per_hour, randomness.jitter()))
    if mail is not None:
        _note(session, mail.writers, AppealState.HANDING_OVER, now, mail_id=mail.recipient.delivery_id)
    return mail


def _note(
    session: Session, writers: Sequence[Writer], state: AppealState, now: datetime, *, mail_id: int | None = None
) -> None:
    """Write down what becomes of these people's letters; what was kept back before may be theirs after all."""
    rows = [
        {
            "participation_id": one.id,
            "urgent_action_id": one.case_id,
            "mail_id": mail_id or one.id,
            "state": state.value,
        }
        for one in writers
    ]
    row = insert(Appeal).values([one | {"at": now} for one in rows])
    change = {name: row.excluded[name] for name in ("mail_id", "state", "at")}
    before = Appeal.state == AppealState.KEPT_BACK.value
    session.execute(row.on_conflict_do_update(index_elements=["participation_id"], set_=change, where=before))


def _next_mail(session: Session, target_id: UUID, now: datetime, site: Site) -> Mail | None:
    target = session.get_one(Target, target_id)
    if target.email is None:
        return None
    while writers := (one := next_letter(session, target_id, now)) or next_digest(session, target_id, now):
        found = together(session, writers, target.preferred_language)
        if found.kept_back:
            _note(session, found.kept_back, AppealState.KEPT_BACK, now)
        if found.writers:
            office = Office(target.id, target_office(target, found.case.language), target.email)
            if one:
                return letter_mail(one[0], found.case, office, site)
            return digest_mail(found.writers, found.case, office, site)
    return None


def _settle(session: Session, target_id: UUID, mail: Mail, answer: Answer) -> None:
    now = clock.now()
    relay = session.get_one(Relay, target_id, with_for_update=True, populate_existing=True)
    match answer.verdict:
        case Verdict.ACCEPTED:
            relay.tries = 0
            _became(session, mail, AppealState.HANDED_OVER, now)
        case Verdict.UNKNOWN:
            _became(session, mail, AppealState.UNKNOWN, now)
        case Verdict.REFUSED:
            _not_gone(session, mail)
            _stand(relay, RelayState.REFUSED, _words(answer), now)
        case Verdict.OUR_FAULT:
            _not_gone(session, mail)
            _stand(relay, RelayState.PAUSED, _words(answer), now)
        case _:
            _not_gone(session, mail)
            relay.tries += 1
            relay.next_at = max(relay.next_at, now + wait_after(relay.tries, randomness.jitter()))


def _became(session: Session, mail: Mail, state: AppealState, now: datetime) -> None:
    """What became of the letters of a mail; those that came back meanwhile stay so."""
    session.execute(update(Appeal).where(*_of(mail)).values(state=state.value, at=now))


def _not_gone(session: Session, mail: Mail) -> None:
    """Nobody took the mail: its letters wait again."""
    session.execute(delete(Appeal).where(*_of(mail)))


def _of(mail: Mail) -> tuple[ColumnElement[bool], ...]:
    unsettled = (AppealState.HANDING_OVER.value, AppealState.UNKNOWN.value)
    return Appeal.mail_id == mail.recipient.delivery_id, Appeal.state.in_(unsettled)


def _stand(relay: Relay, state: RelayState, words: str, now: datetime) -> None:
    if relay.state == RelayState.GOING:
        relay.state, relay.words, relay.since = state.value, words, now


def _words(answer: Answer) -> str:
    """A server's words, without the address that they like to name."""
    return struck_out(f"{answer.code} {answer.text}".strip())[:LONGEST_WORDS] or answer.verdict.value
