"""Confirming by mail: the one message a supporter we do not know gets, with a link that counts their act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.core import clock, logs
from alerts.core.db import lock
from alerts.core.languages import choose
from alerts.core.tokens import Purpose, mint
from alerts.delivery.content import Content, Recipient, compile_content
from alerts.delivery.single import addressed, answering
from alerts.delivery.site import Site
from alerts.delivery.transport import Answer, Transport, Verdict
from alerts.participation.models import ConfirmationState, Participation, ParticipationState
from alerts.suppression.service import is_suppressed

log = logs.logger(__name__)

CONFIRM = "confirm"
ATTEMPTS = 6
RETRY_AFTER = timedelta(minutes=2)
LINK_LASTS = timedelta(days=14)
STUCK_AFTER = timedelta(minutes=2)
REMIND_AFTER = timedelta(days=3)

_STUCK = text("""
UPDATE participations SET confirmation = 'unknown'
WHERE confirmation = 'handing_over' AND confirm_not_before < :before
""")
_REMIND = text("""
UPDATE participations p SET confirmation = 'due', confirm_not_before = :now, confirm_attempts = 0, reminded_at = :now
FROM urgent_actions u
WHERE p.state = 'pending' AND p.confirmation = 'handed_over' AND p.reminded_at IS NULL AND p.acted_at < :before
    AND u.id = p.urgent_action_id AND u.state = 'published' AND u.deadline > :now
""")


def confirmations_due(session: Session, limit: int = 200) -> list[int]:
    """Acts whose mail is to be sent now. A mail whose outcome nobody wrote down is called unknown, and not repeated."""
    session.execute(_STUCK, {"before": clock.now() - STUCK_AFTER})
    session.commit()
    query = (
        select(Participation.id)
        .where(Participation.confirmation == ConfirmationState.DUE.value)
        .where(Participation.confirm_not_before <= clock.now())
        .order_by(Participation.confirm_not_before)
        .limit(limit)
    )
    return list(session.scalars(query))


def remind_unconfirmed(session: Session) -> None:
    """Let the mail go out once more, and only once, to people whom it reached days ago and who did not answer."""
    now = clock.now()
    session.execute(_REMIND, {"now": now, "before": now - REMIND_AFTER})


def forget_unconfirmed(session: Session) -> int:
    """Delete acts that nobody confirmed while the link was good, and all that was known of the people; how many."""
    over = clock.now() - LINK_LASTS
    gone = delete(Participation).where(
        Participation.state == ParticipationState.PENDING.value, Participation.acted_at < over
    )
    return len(session.execute(gone.returning(Participation.id)).all())


def send_confirmation(
    session: Session, transport: Transport, participation_id: int, *, site: Site, commit: Callable[[], None]
) -> None:
    """Send the mail of one act, if it is (still) due: intent written, handed over, outcome written."""
    act = lock(session, Participation, participation_id)
    action = session.get_one(UrgentAction, act.urgent_action_id)
    if act.confirmation != ConfirmationState.DUE or act.state != ParticipationState.PENDING or act.email is None:
        commit()
        return
    if action.state != CaseState.PUBLISHED or is_suppressed(session, act.person_hash):
        act.confirmation = ConfirmationState.REFUSED.value
        commit()
        return
    act.confirmation = ConfirmationState.HANDING_OVER.value
    act.confirm_attempts += 1
    act.confirm_not_before = clock.now()
    content = _content(action, act, site)
    person = _recipient(act, content.language, site)
    commit()
    outcome = transport.hand_over(compile_content(content, domain=site.mail_domain, id_prefix="c"), [person])
    act = lock(session, Participation, participation_id)
    _settle(act, outcome.answers[0])
    commit()


def _settle(act: Participation, answer: Answer) -> None:
    match answer.verdict:
        case Verdict.ACCEPTED:
            act.confirmation = ConfirmationState.HANDED_OVER.value
        case Verdict.UNKNOWN:
            act.confirmation = ConfirmationState.UNKNOWN.value
        case Verdict.REFUSED:
            act.confirmation = ConfirmationState.REFUSED.value
        case _:
            again = act.confirm_attempts < ATTEMPTS
            act.confirmation = (ConfirmationState.DUE if again else ConfirmationState.REFUSED).value
            act.confirm_not_before = clock.now() + RETRY_AFTER * act.confirm_attempts
    log.info("confirmation.settled", participation=act.id, verdict=answer.verdict.value, code=answer.code)


def _content(action: UrgentAction, act: Participation, site: Site) -> Content:
    first = action.bulletins[0]  # whose letter the name goes on; what was told later, or is still being written, is not
    words = {text.language: text for text in first.texts}
    language = choose(act.language, tuple(words), action.main_language)
    told = words[language]
    return answering(
        "confirm",
        language,
        site,
        number=action.number,
        again=act.reminded_at is not None,
        case={"title": told.title, "call": told.call, "summary": told.summary},
        case_url=f"{site.base_url}/{language}/ua/{action.sequence}-{action.year % 100:02d}",
    )


def _recipient(act: Participation, language: str, site: Site) -> Recipient:
    token = mint(Purpose.CONFIRM, act.id, expires=act.acted_at + LINK_LASTS)
    return addressed(
        act.id, act.email, act.name, language, site, address_hash=act.person_hash, confirm_url=f"/k/{token}"
    )
