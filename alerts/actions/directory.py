"""Who and what cases can be written about: the defenders and targets there are, for organisers.

Only for the console: real names are in here, whatever the visibility.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.desk import CaseLine, case_list, standing_consent
from alerts.actions.models import Defender, DefenderConsent, Target, UrgentAction
from alerts.actions.naming import public_name
from alerts.core import clock
from alerts.core.errors import Unknown
from alerts.core.languages import DEFAULT
from alerts.organisers import Actor, Permission, require
from alerts.organisers.models import Organiser


@dataclass(frozen=True)
class DefenderLine:
    """A defender in a list: `shown_as` is what the public sees, `consent` the one that stands (or the newest)."""

    id: UUID
    shown_as: str
    role: str
    country: str
    visibility: str
    consent: DefenderConsent | None


@dataclass(frozen=True)
class DefenderDetail:
    """A defender with every consent ever recorded (newest first, each with who recorded it) and their cases."""

    defender: Defender
    shown_as: str
    consent: DefenderConsent | None
    consents: Sequence[tuple[DefenderConsent, str]]
    cases: Sequence[CaseLine]


def defender_list(session: Session, actor: Actor) -> list[DefenderLine]:
    """Every defender, by the name that may be shown."""
    require(actor, Permission.SEE)
    at = clock.now()
    lines = []
    for defender in session.scalars(select(Defender)):
        roles = {text.language: text.role for text in defender.texts}
        role = roles.get(DEFAULT) or next(iter(roles.values()), "")
        shown, consent = public_name(defender, DEFAULT), standing_consent(defender, at)
        lines.append(DefenderLine(defender.id, shown, role, defender.country, defender.visibility, consent))
    return sorted(lines, key=lambda line: (line.shown_as.casefold(), line.id))


def defender_detail(session: Session, actor: Actor, defender_id: UUID) -> DefenderDetail:
    """One defender with everything about them. Raises Unknown."""
    require(actor, Permission.SEE)
    defender = session.get(Defender, defender_id)
    if defender is None:
        raise Unknown("There is no defender with this id.")
    names = dict(session.execute(select(Organiser.id, Organiser.name)).tuples().all())
    ids = set(session.scalars(select(UrgentAction.id).where(UrgentAction.defender_id == defender_id)))
    return DefenderDetail(
        defender=defender,
        shown_as=public_name(defender, DEFAULT),
        consent=standing_consent(defender, clock.now()),
        consents=[
            (consent, names.get(consent.recorded_by, "system") if consent.recorded_by else "system")
            for consent in sorted(defender.consents, key=lambda consent: consent.recorded_at, reverse=True)
        ],
        cases=[line for line in case_list(session, actor) if line.id in ids],
    )


def target_list(session: Session, actor: Actor) -> list[Target]:
    """Every target, by name."""
    require(actor, Permission.SEE)
    return list(session.scalars(select(Target).order_by(Target.name, Target.id)))


def target_detail(session: Session, actor: Actor, target_id: UUID) -> Target:
    """One target. Raises Unknown."""
    require(actor, Permission.SEE)
    target = session.get(Target, target_id)
    if target is None:
        raise Unknown("There is no target with this id.")
    return target
