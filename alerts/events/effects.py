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
from alerts.subscribers.service import leave
from alerts.suppression.service import suppress


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
    done["about nobody"] = sum(event.number not in noted.known for event in deliveries)
    grave = [event for event in deliveries if event.effect.suppress]
    done += _turn_away(session, grave, reported.people_of(session, {event.number for event in grave}))
    grave = [event for event in others if event.effect.suppress]
    done += _turn_away(session, grave, _supporters(session, {event.number for event in grave}))
    return done


def turn_away(session: Session, address_hash: bytes, effect: Effect) -> bool:
    """Suppress an address, and take the person off where the effect says so; True where it was mailed until now."""
    if effect.suppress is None:
        return False
    new = suppress(session, address_hash, effect.suppress)
    if effect.leaves:
        leave(session, address_hash, effect.suppress)
    return new


def _turn_away(session: Session, events: Iterable[Event], people: dict[int, bytes]) -> Counter[str]:
    """One by one: bounces and complaints are few, and each is somebody.

    In the order of hashes, so that two workers that turn away the same people never wait for each other in a circle.
    """
    wanted = sorted({(people[event.number], event.effect) for event in events if event.number in people}, key=_order)
    return Counter({"suppressed": sum(turn_away(session, hash_, effect) for hash_, effect in wanted)})


def _order(pair: tuple[bytes, Effect]) -> tuple[bytes, str]:
    return pair[0], pair[1].suppress or ""


def _supporters(session: Session, ids: Collection[int]) -> dict[int, bytes]:
    if not ids:
        return {}
    query = select(Participation.id, Participation.person_hash).where(Participation.id.in_(ids))
    return {row.id: row.person_hash for row in session.execute(query)}
