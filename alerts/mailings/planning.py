"""Planning: from what the sender wants and the organisation allows to when a mailing starts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, UrgentAction
from alerts.actions.states import BulletinKind
from alerts.core import clock
from alerts.core.dates import moment
from alerts.mailings.content import asks_of
from alerts.mailings.errors import DayIsFull, TooLate
from alerts.mailings.plan import Limits, Plan, When
from alerts.mailings.schedule import DAY, zone_named

SEARCHED = 60
"""Days ahead in which a free one is looked for."""
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:key)")
_LOCK = 0x0DA11
_ON_DAY = text("""
SELECT 'UA ' || u.sequence || '/' || lpad((u.year % 100)::text, 2, '0') || coalesce(' by ' || o.name, '')
FROM mailings m JOIN urgent_actions u ON u.id = m.urgent_action_id JOIN bulletins b ON b.id = m.bulletin_id
    LEFT JOIN organisers o ON o.id = m.launched_by
WHERE m.digest IS NULL AND m.starts_at >= :begin AND m.starts_at < :end AND NOT b.kind = ANY(:exempt)
    AND NOT (m.state = 'cancelled' AND m.first_handed_over_at IS NULL)
ORDER BY m.launched_at
""")
_RECENT = text("""
SELECT id FROM mailings WHERE first_handed_over_at IS NOT NULL AND (ended_at IS NULL OR ended_at > :since)
""")


def plan_of(
    session: Session, action: UrgentAction, bulletin: Bulletin, when: When, limits: Limits
) -> tuple[Plan, datetime]:
    """The plan of a launch, and when it starts (UTC). Raises TooLate, or DayIsFull; nothing has changed then."""
    now = clock.now()
    at = when.at or now
    zone = zone_named(limits.time_zone)
    if at < now:
        raise TooLate(f"{_told(at, zone)} is over; it is {_told(now, zone)}. Choose a later moment, or launch now.")
    if asks_of(bulletin, action) and action.deadline is not None and at >= action.deadline:
        raise TooLate(
            f"The deadline of {action.number} is {_told(action.deadline, zone)}: mail that leaves at"
            f" {_told(at, zone)} would ask for something nobody can do any more. Choose an earlier moment."
        )
    kind = BulletinKind(bulletin.kind)
    if limits.mailings_a_day and kind not in limits.exempt:
        _find_room(session, at, limits, zone)
    return Plan.of(kind, when, limits), at


def recent_mailings(session: Session, days: int, *, but: UUID | None = None) -> list[UUID]:
    """The mailings that handed mail over, and were not at their end `days` days ago."""
    since = clock.now() - timedelta(days=days)
    return [id for id in session.scalars(_RECENT, {"since": since}) if id != but]


def _find_room(session: Session, at: datetime, limits: Limits, zone: ZoneInfo) -> None:
    session.execute(_ONE_AT_A_TIME, {"key": _LOCK})
    on_day = _starting(session, at, limits, zone)
    if len(on_day) < limits.mailings_a_day:
        return
    ahead = (at + days * DAY for days in range(1, SEARCHED))
    free = next((day for day in ahead if len(_starting(session, day, limits, zone)) < limits.mailings_a_day), None)
    instead = f"The next free day is {free.astimezone(zone):%Y-%m-%d}: choose a moment then." if free else ""
    raise DayIsFull(
        f"{len(on_day)} mailings start on {at.astimezone(zone):%Y-%m-%d} ({', '.join(on_day)}), and no more than"
        f" {limits.mailings_a_day} may on one day (MAILINGS_A_DAY). Nothing has been launched. {instead}".strip()
    )


def _starting(session: Session, at: datetime, limits: Limits, zone: ZoneInfo) -> list[str]:
    """The mailings that start on the organisation's day `at` lies in."""
    day = at.astimezone(zone).date()
    begin, end = (datetime.combine(one, time(), tzinfo=zone).astimezone(UTC) for one in (day, day + DAY))
    exempt = [kind.value for kind in limits.exempt]
    return list(session.scalars(_ON_DAY, {"begin": begin, "end": end, "exempt": exempt}))


def _told(at: datetime, zone: ZoneInfo) -> str:
    return moment(at, "en", zone.key)
