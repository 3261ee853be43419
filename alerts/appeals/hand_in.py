"""Handing in: the names of a case as each person allowed them, counted by country, under the words they signed."""

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
from alerts.actions.signed import read_at, versions_read
from alerts.appeals.rules import Signatory, signatory
from alerts.audit import record
from alerts.core import clock
from alerts.core.countries import country_name
from alerts.core.errors import Unknown
from alerts.core.sheets import harmless
from alerts.organisers import Actor, Permission, require
from alerts.participation.models import Participation, ParticipationState, ShownAs


@dataclass(frozen=True)
class Sheet:
    """Everybody who signed the same title and points. `only_counted` people are in the total and in no list."""

    title: str
    asks: tuple[str, ...]
    total: int
    only_counted: int
    countries: tuple[tuple[str, int], ...]
    signatories: tuple[Signatory, ...]


@dataclass(frozen=True)
class HandIn:
    """Everybody who counted on a case at `at` (UTC), by what they signed, the latest words first.

    `kept_back` people signed words that nobody may read any more, and are on no sheet: others are not theirs.
    """

    number: str
    at: datetime
    sheets: tuple[Sheet, ...]
    kept_back: int

    @property
    def total(self) -> int:
        """How many people are on the sheets."""
        return sum(sheet.total for sheet in self.sheets)

    @property
    def only_counted(self) -> int:
        """How many of them are in no list."""
        return sum(sheet.only_counted for sheet in self.sheets)

    @property
    def signatories(self) -> tuple[Signatory, ...]:
        """Everybody who is in a list."""
        return tuple(line for sheet in self.sheets for line in sheet.signatories)


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
        case=case.number, people=found.total, kept_back=found.kept_back, purpose=purpose.strip(),
    )  # fmt: skip
    return found


def _collected(session: Session, case: UrgentAction, language: str) -> HandIn:
    query = select(
        Participation.name,
        Participation.country,
        Participation.town,
        Participation.shown_as,
        Participation.confirmed_at,
    ).where(Participation.urgent_action_id == case.id, Participation.state == ParticipationState.CONFIRMED.value)
    versions = versions_read(session, case.id, language)
    by_words: dict[tuple[str, tuple[str, ...]], list[tuple[str, Signatory | None]]] = {
        (one.words.title, one.words.asks): [] for one in reversed(versions) if one.words
    }
    kept_back = 0
    for name, country, town, shown_as, signed_at in session.execute(query):
        words = read_at(versions, language, signed_at or case.created_at).words
        if words is None:
            kept_back += 1
            continue
        where = country_name(country, language) if country else ""
        line = signatory(name, ShownAs(shown_as), town=town, country=where)
        by_words[words.title, words.asks].append((where, line))
    sheets = tuple(_sheet(title, asks, people) for (title, asks), people in by_words.items() if people)
    return HandIn(case.number, clock.now(), sheets, kept_back)


def _sheet(title: str, asks: tuple[str, ...], people: list[tuple[str, Signatory | None]]) -> Sheet:
    countries = Counter(where for where, _ in people)
    ordered = sorted(countries.items(), key=lambda pair: (-pair[1], pair[0]))
    lines = sorted((line for _, line in people if line), key=lambda line: (line.place, line.name.casefold()))
    return Sheet(title, asks, len(people), len(people) - len(lines), tuple(ordered), tuple(lines))


def as_csv(found: HandIn) -> Iterator[str]:
    """The list as a table, row by row, which no program takes for formulas; each beside what they signed."""
    yield "\ufeff"
    lines = ((line.name, line.place, sheet.title, *sheet.asks) for sheet in found.sheets for line in sheet.signatories)
    for row in (("name", "place", "signed"), *lines):
        file = io.StringIO()
        csv.writer(file).writerow([harmless(cell) for cell in row])
        yield file.getvalue()
