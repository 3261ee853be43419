"""Acting on what was reported: facts on the ledger, addresses suppressed, people taken off. Twice is once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.events.kinds import Effect
from alerts.events.reading import Event
from alerts.mailings import reported
from alerts.mailings.reported import Report
from alerts.participation.models import Participation
from alerts.subscribers.service import leave_all
from alerts.suppression.service import suppress_all


def act_on(session: Session, events: Sequence[Event]) -> Counter[str]:
    """Carry out what these events mean; counted by what came of it. Those about nobody change nothing."""
    deliveries = [event for event in events if event.about == "d"]
    others = [event for event in events if event.about == "c"]
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
    grave = [event for event in others if event.effect.suppress]
    done += _turn_away(session, grave, _supporters(session, {event.number for event in grave}))
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


def _supporters(session: Session, ids: Collection[int]) -> dict[int, bytes]:
    if not ids:
        return {}
    query = select(Participation.id, Participation.person_hash).where(Participation.id.in_(ids))
    return {row.id: row.person_hash for row in session.execute(query)}
