"""Acting on returned mail: what is proven to be about one of ours is taken note of, the rest is counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from alerts.appeals.mails import PREFIX
from alerts.appeals.refusing import COMPLAINED as COMPLAINED_OF
from alerts.appeals.refusing import SENT_BACK, came_back
from alerts.core import clock
from alerts.core.returnpaths import Reference
from alerts.events.counts import count
from alerts.events.effects import SINGLE, turn_away, whose
from alerts.events.kinds import BOUNCED, COMPLAINED
from alerts.events.models import SoftBounce
from alerts.events.returned import Returned, Says, read_returned
from alerts.events.rules import LONGEST_GAP, Blame, blame, given_up
from alerts.mailings import reported
from alerts.mailings.reported import Report
from alerts.mailings.reports import Fact

_LONG_AGO = text("""
DELETE FROM soft_bounces s WHERE s.at < :before
    AND NOT EXISTS (SELECT FROM soft_bounces o WHERE o.address_hash = s.address_hash AND o.at >= :before)
""")


class Became(StrEnum):
    """What came of a message, as it is counted."""

    SUPPRESSED = "bounced: suppressed"
    SOFT = "bounced: for now"
    SOFT_ENOUGH = "bounced: for now, too often"
    OURS = "bounced: our fault"
    COMPLAINED = "complained: suppressed"
    DELAYED = "delayed"
    ARRIVED = "arrived"
    UNPROVEN_BOUNCE = "bounce without proof"
    UNPROVEN_COMPLAINT = "complaint without proof"
    OFFICE_REFUSES = "an office refuses letters"
    OFFICE_FOR_NOW = "a letter to an office came back"
    AUTOREPLY = "autoreply"
    NOTHING = "nothing known"
    UNREADABLE = "unreadable"


def take_returned(session: Session, message: bytes, *, to: str = "", at: datetime | None = None) -> Became:
    """Take in one message that came for the bounce mailbox, at `at` (UTC; None: now). Never raises for what it holds.

    Nobody is suppressed by a message that cannot prove to be about a mail that was sent to them.
    """
    became = _act_on(session, read_returned(message, to=to), at or clock.now())
    count(session, "mail", {became.value: 1})
    return became


def forget_soft_bounces(session: Session) -> None:
    """Forget what the rule can no longer use: addresses that nothing came back from for thirty days."""
    session.execute(_LONG_AGO, {"before": clock.now() - LONGEST_GAP})


_UNMOVED = {
    Says.ARRIVED: Became.ARRIVED,
    Says.AUTOREPLY: Became.AUTOREPLY,
    Says.NOTHING: Became.NOTHING,
    Says.UNREADABLE: Became.UNREADABLE,
}


def _act_on(session: Session, returned: Returned, at: datetime) -> Became:
    if returned.says in _UNMOVED:
        return _UNMOVED[returned.says]
    if returned.reference is not None and returned.reference.kind == PREFIX:
        return _from_an_office(session, returned, returned.reference)
    who = _person(session, returned.reference)
    if returned.says is Says.COMPLAINT:
        return _complaint(session, returned, who, at)
    if who is None or returned.reference is None:
        return Became.UNPROVEN_BOUNCE
    if returned.says is Says.DELAYED:
        _note(session, returned, Fact.DELAYED, at)
        return Became.DELAYED
    return _failure(session, returned, returned.reference, who, at)


def _from_an_office(session: Session, returned: Returned, reference: Reference) -> Became:
    """What came back of letters to a target. For good, or unwanted: nothing more goes there until a person looks."""
    match returned.says:
        case Says.COMPLAINT:
            known = came_back(session, reference.number, COMPLAINED_OF)
            return Became.OFFICE_REFUSES if known else Became.UNPROVEN_COMPLAINT
        case Says.FAILED if blame(returned.code) is Blame.HARD:
            words = f"{SENT_BACK} {returned.code} {returned.words or ''}".strip()
            return Became.OFFICE_REFUSES if came_back(session, reference.number, words) else Became.UNPROVEN_BOUNCE
        case Says.FAILED:
            return Became.OFFICE_FOR_NOW
    return Became.DELAYED


def _complaint(session: Session, returned: Returned, who: bytes | None, at: datetime) -> Became:
    """The mail's return path or its own way to leave is proof; often only one of them was left in it."""
    hashes = {hash_ for hash_ in (who, returned.address_hash) if hash_}
    if not hashes:
        return Became.UNPROVEN_COMPLAINT
    _note(session, returned, Fact.COMPLAINED, at)
    turn_away(session, [(hash_, COMPLAINED) for hash_ in hashes])
    return Became.COMPLAINED


def _failure(session: Session, returned: Returned, reference: Reference, who: bytes, at: datetime) -> Became:
    match blame(returned.code):
        case Blame.HARD:
            _note(session, returned, Fact.BOUNCED, at)
            turn_away(session, [(who, BOUNCED)])
            return Became.SUPPRESSED
        case Blame.OURS:
            _note(session, returned, Fact.RETURNED, at)
            return Became.OURS
    _note(session, returned, Fact.RETURNED, at)
    if not given_up(_soft_bounces(session, reference, who, at)):
        return Became.SOFT
    turn_away(session, [(who, BOUNCED)])
    session.execute(delete(SoftBounce).where(SoftBounce.address_hash == who))
    return Became.SOFT_ENOUGH


def _soft_bounces(session: Session, reference: Reference, who: bytes, at: datetime) -> Sequence[datetime]:
    """When mails to this address came back, this one among them. The same mail that comes back twice counts once."""
    name = f"{reference.kind}{reference.number}"
    session.execute(insert(SoftBounce).values(address_hash=who, reference=name, at=at).on_conflict_do_nothing())
    return session.scalars(select(SoftBounce.at).where(SoftBounce.address_hash == who)).all()


def _note(session: Session, returned: Returned, fact: Fact, at: datetime) -> None:
    if returned.reference is not None and returned.reference.kind == "d":
        number, code = returned.reference.number, returned.code or None
        reported.note(session, [Report(number, fact, at, code, returned.words)])


def _person(session: Session, reference: Reference | None) -> bytes | None:
    """Whom the mail was for; None for one we do not know, or no longer."""
    match reference:
        case Reference(kind="d", number=number):
            return reported.people_of(session, [number]).get(number)
        case Reference(kind=kind, number=number) if kind in SINGLE:
            return whose(session, kind, [number]).get(number)
    return None
