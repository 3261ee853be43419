"""What organisers see and do: how many letters went and wait, stopping them, letting them go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText
from alerts.actions.models import Target, UrgentAction
from alerts.actions.states import AppealsBy
from alerts.actions.wording import checked
from alerts.appeals.choosing import NAMED, NOT_BROUGHT, RENEWED
from alerts.appeals.errors import NotRelayed
from alerts.appeals.models import Appeal, AppealState, Relay, RelayState
from alerts.audit import record
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.organisers import Actor, Permission, require


@dataclass(frozen=True)
class Letters:
    """What became of everybody's letter on a case. `mails`: how many mails took the letters that were handed over.

    `kept_back`: what these people signed was taken down, so nothing goes in their names.
    """

    case_id: UUID
    number: str
    target: str
    by: AppealsBy
    state: RelayState
    since: datetime | None
    words: str | None
    next_at: datetime | None
    acted: int
    handed_over: int
    mails: int
    handing_over: int
    unknown: int
    returned: int
    kept_back: int
    waiting: int
    only_counted: int


_LETTERS = text(f"""
SELECT count(*) FILTER (WHERE p.state = 'confirmed') AS acted,
    count(*) FILTER (WHERE a.state = 'handed_over') AS handed_over,
    count(DISTINCT a.mail_id) FILTER (WHERE a.state = 'handed_over') AS mails,
    count(*) FILTER (WHERE a.state = 'handing_over') AS handing_over,
    count(*) FILTER (WHERE a.state = 'unknown') AS unknown,
    count(*) FILTER (WHERE a.state = 'returned') AS returned,
    count(*) FILTER (WHERE a.state = 'kept_back' AND p.state = 'confirmed') AS kept_back,
    count(*) FILTER (WHERE a.state IS NULL AND (:all OR {NAMED})) AS waiting,
    count(*) FILTER (WHERE a.state IS NULL AND NOT (:all OR {NAMED}))
        AS only_counted
FROM participations p LEFT JOIN appeals a ON a.participation_id = p.id AND NOT ({RENEWED})
WHERE p.urgent_action_id = :case AND (p.state = 'confirmed' OR a.state IS NOT NULL)
""")  # noqa: S608 - put together from a constant of ours
_STOPPED = text(f"""
SELECT u.id, u.sequence, u.year, r.state, r.since, r.words, t.name,
    (SELECT count(*) FROM participations p WHERE p.urgent_action_id = u.id AND {NOT_BROUGHT}) AS waiting
FROM relays r JOIN targets t ON t.id = r.target_id
JOIN urgent_actions u ON u.target_id = r.target_id AND u.appeals_by <> 'hand_in' AND u.state = 'published'
WHERE r.state <> 'going' ORDER BY r.since
""")  # noqa: S608 - put together from a constant of ours


@dataclass(frozen=True)
class Stopped:
    """An open case whose letters do not go, since when and why; `waiting` people's letters are not brought."""

    case_id: UUID
    number: str
    target: str
    state: RelayState
    since: datetime
    words: str
    waiting: int


def letters(session: Session, actor: Actor, case_id: UUID) -> Letters:
    """What became of the letters of a case. Raises Unknown."""
    require(actor, Permission.SEE)
    case = _case(session, case_id)
    by = AppealsBy(case.appeals_by)
    counted = session.execute(_LETTERS, {"case": case_id, "all": by is AppealsBy.DIGEST}).mappings().one()
    relay = session.get(Relay, case.target_id) if case.target_id else None
    return Letters(
        case_id=case.id,
        number=case.number,
        target=case.target.name if case.target else "",
        by=by,
        state=RelayState(relay.state) if relay else RelayState.GOING,
        since=relay.since if relay else None,
        words=relay.words if relay else None,
        next_at=relay.next_at if relay else None,
        **counted,
    )


def stopped(session: Session, actor: Actor) -> list[Stopped]:
    """Open cases whose letters do not go, the longest first."""
    require(actor, Permission.SEE)
    return [
        Stopped(id, f"UA {sequence}/{year % 100:02d}", target, RelayState(state), since, words, waiting)
        for id, sequence, year, state, since, words, target, waiting in session.execute(_STOPPED)
    ]


def pause(session: Session, actor: Actor, case_id: UUID, *, reason: str) -> None:
    """Bring nothing more to the case's target, of none of its cases, until it is resumed.

    Raises NotRelayed where letters stand still already, or do not go by mail; BadText without a reason.
    """
    _stand(session, actor, case_id, RelayState.PAUSED, reason)


def refused(session: Session, actor: Actor, case_id: UUID, *, reason: str) -> None:
    """Note that the target answered that it takes no letters by mail; the public is told. Raises as `pause` does."""
    _stand(session, actor, case_id, RelayState.REFUSED, reason)


def resume(session: Session, actor: Actor, case_id: UUID) -> None:
    """Bring letters to the case's target again; those that were sent back go once more, for they never arrived.

    Raises NotRelayed where they go already, or do not go by mail.
    """
    require(actor, Permission.LAUNCH)
    target, relay = _relay(session, _case(session, case_id))
    if relay.state == RelayState.GOING:
        raise NotRelayed(f"Letters to {target.name} go already.")
    was = relay.state
    relay.state, relay.words, relay.since = RelayState.GOING.value, None, None
    relay.tries, relay.next_at = 0, clock.now()
    cases = select(UrgentAction.id).where(UrgentAction.target_id == target.id)
    session.execute(
        delete(Appeal).where(Appeal.urgent_action_id.in_(cases), Appeal.state == AppealState.RETURNED.value)
    )
    session.flush()
    record(session, actor, "letters.resumed", "urgent_action", case_id, target=target.name, was=was)


def _stand(session: Session, actor: Actor, case_id: UUID, to: RelayState, reason: str) -> None:
    require(actor, Permission.LAUNCH)
    if not reason.strip():
        raise BadText(["Say why, in a few words: colleagues see it, and it stays in the log."])
    checked({"reason": reason})
    target, relay = _relay(session, _case(session, case_id))
    if relay.state == to.value or (relay.state == RelayState.REFUSED and to is RelayState.PAUSED):
        raise NotRelayed(f"Letters to {target.name} stand still already: {relay.words}")
    relay.state, relay.words, relay.since = to.value, reason.strip(), clock.now()
    session.flush()
    record(session, actor, f"letters.{to.value}", "urgent_action", case_id, target=target.name, reason=reason.strip())


def _relay(session: Session, case: UrgentAction) -> tuple[Target, Relay]:
    """The target and how letters go to it, locked."""
    if case.target is None or case.appeals_by == AppealsBy.HAND_IN:
        raise NotRelayed(
            f"Letters of {case.number} do not go by mail: the names are handed in. How they go is among its facts."
        )
    found = session.get(Relay, case.target.id, with_for_update=True, populate_existing=True)
    if found is None:
        found = Relay(target_id=case.target.id, state=RelayState.GOING.value, next_at=clock.now(), tries=0)
        session.add(found)
        session.flush()
    return case.target, found


def _case(session: Session, case_id: UUID) -> UrgentAction:
    case = session.get(UrgentAction, case_id)
    if case is None:
        raise Unknown("There is no case with this id.")
    return case
