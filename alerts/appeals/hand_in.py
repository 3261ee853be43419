"""Handing in: the names of a case as each person allowed them, counted by country, for the office that is asked."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText
from alerts.actions.models import UrgentAction
from alerts.appeals.rules import Signatory, signatory
from alerts.audit import record
from alerts.core import clock
from alerts.core.countries import country_name
from alerts.core.errors import Unknown
from alerts.core.sheets import harmless
from alerts.organisers import Actor, Permission, require
from alerts.participation.models import Participation, ParticipationState, ShownAs


@dataclass(frozen=True)
class HandIn:
    """Everybody who counted on a case at `at` (UTC). `only_counted` people are in the total and in no list."""

    number: str
    at: datetime
    total: int
    only_counted: int
    countries: tuple[tuple[str, int], ...]
    signatories: tuple[Signatory, ...]


def hand_in(session: Session, actor: Actor, case_id: UUID, *, purpose: str, language: str) -> HandIn:
    """The names of a case as people allowed them, with countries named in `language`; recorded with its purpose.

    Who withdrew or has not confirmed is not in it. Raises BadText without a purpose, Unknown.
    """
    require(actor, Permission.EXPORT_NAMES)
    if not purpose.strip():
        raise BadText(["Say what the names are for: it is kept with the export."])
    case = session.get(UrgentAction, case_id)
    if case is None:
        raise Unknown("There is no case with this id.")
    found = _collected(session, case, language)
    record(
        session, actor, "names.exported", "urgent_action", case.id,
        case=case.number, people=found.total, purpose=purpose.strip(),
    )  # fmt: skip
    return found


def _collected(session: Session, case: UrgentAction, language: str) -> HandIn:
    query = select(Participation.name, Participation.country, Participation.town, Participation.shown_as).where(
        Participation.urgent_action_id == case.id, Participation.state == ParticipationState.CONFIRMED.value
    )
    countries: Counter[str] = Counter()
    lines: list[Signatory] = []
    total = 0
    for name, country, town, shown_as in session.execute(query):
        total += 1
        where = country_name(country, language) if country else ""
        countries[where] += 1
        line = signatory(name, ShownAs(shown_as), town=town, country=where)
        if line is not None:
            lines.append(line)
    lines.sort(key=lambda line: (line.place, line.name.casefold()))
    ordered = sorted(((name, people) for name, people in countries.items()), key=lambda pair: (-pair[1], pair[0]))
    return HandIn(case.number, clock.now(), total, total - len(lines), tuple(ordered), tuple(lines))


def as_csv(found: HandIn) -> Iterator[str]:
    """The list as a table, row by row, which no program takes for formulas."""
    yield "\ufeff"
    for row in (("name", "place"), *((line.name, line.place) for line in found.signatories)):
        file = io.StringIO()
        csv.writer(file).writerow([harmless(cell) for cell in row])
        yield file.getvalue()
