"""Acting on what was reported: facts on the ledger, addresses suppressed, people taken off. Twice is once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.appeals.mails import PREFIX
from alerts.appeals.refusing import COMPLAINED, SENT_BACK, came_back
from alerts.events.kinds import COMPLAINED as COMPLAINT
from alerts.events.kinds import Effect
from alerts.events.reading import Event
from alerts.mailings import reported
from alerts.mailings.reported import Report
from alerts.participation.models import PageRequest, Participation
from alerts.subscribers.models import SignUp
from alerts.subscribers.service import leave_all
from alerts.suppression.service import suppress_all


def act_on(session: Session, events: Sequence[Event]) -> Counter[str]:
    """Carry out what these events mean; counted by what came of it. Those about nobody change nothing."""
    deliveries = [event for event in events if event.about == "d"]
    noted = reported.note(
        session,
        [
            Report(event.number, event.effect.fact, event.at, event.code, event.reason, event.provider_id)
            for event in deliveries
        ],
    )
    done = Counter({"settled: was unknown": noted.settled})
    done["about nobody"] = len(deliveries) - noted.reports
    grave = [event for event in deliveries if event.effect.suppress]
    done += _turn_away(session, grave, reported.people_of(session, {event.number for event in grave}))
    for kind in SINGLE:
        grave = [event for event in events if event.about == kind and event.effect.suppress]
        done += _turn_away(session, grave, whose(session, kind, {event.number for event in grave}))
    for event in events:
        if event.about == PREFIX and event.effect.suppress:
            came_back(session, event.number, COMPLAINED if event.effect is COMPLAINT else SENT_BACK)
    return done


def turn_away(session: Session, wanted: Collection[tuple[bytes, Effect]]) -> int:
    """Suppress these addresses, and take off those whose effect says so; how many could be mailed until now."""
    new = suppress_all(session, {hash_: effect.suppress for hash_, effect in wanted if effect.suppress})
    leave_all(session, [hash_ for hash_, effect in wanted if effect.leaves])
    return new


def _turn_away(session: Session, events: Iterable[Event], people: dict[int, bytes]) -> Counter[str]:
    wanted = {(people[event.number], event.effect) for event in events if event.number in people}
    return Counter({"suppressed": turn_away(session, sorted(wanted, key=_gravest_last))})


def _gravest_last(pair: tuple[bytes, Effect]) -> tuple[bool, str]:
    """Of two reasons for one address a complaint or a wish to leave is the one that is kept."""
    return pair[1].leaves, pair[1].suppress or ""


_WHOSE = {
    "c": select(Participation.id, Participation.person_hash),
    "m": select(PageRequest.id, PageRequest.person_hash),
    "s": select(SignUp.id, SignUp.address_hash),
}
SINGLE = tuple(_WHOSE)
"""Kinds of mail to one person each: confirmations, links to one's own page, sign-ups."""


def whose(session: Session, kind: str, ids: Collection[int]) -> dict[int, bytes]:
    """The hash of the address that each of these mails of a kind went to; those that are forgotten are left out."""
    if not ids:
        return {}
    query = _WHOSE[kind]
    number = next(iter(query.selected_columns))
    return dict(session.execute(query.where(number.in_(ids))).tuples().all())
