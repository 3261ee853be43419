"""The page of a defender: their story, and all their cases, as far as they may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from alerts.actions.errors import DefenderGone
from alerts.actions.listing import Listed, listed
from alerts.actions.models import Defender, DefenderText, UrgentAction
from alerts.actions.naming import shown_name
from alerts.actions.states import Visibility
from alerts.actions.transitions import SHOWN
from alerts.core.errors import Unknown
from alerts.core.languages import DEFAULT

MOST_FACES = 24


@dataclass(frozen=True)
class Person:
    """A defender as their page shows them; `story` is Markdown, `languages` those the page can be read in.

    `pseudonym`: the name is not their own.
    """

    slug: str
    language: str
    languages: tuple[str, ...]
    name: str
    pseudonym: bool
    role: str
    story: str
    country: str
    portrait_id: UUID | None
    cases: tuple[Listed, ...]


def public_defender(session: Session, slug: str, language: str) -> Person:
    """The defender at this address, in `language` or else English or another they are described in.

    Raises DefenderGone where every case of theirs that was shown was taken down, and Unknown where there never was one.
    """
    defender = session.scalar(
        select(Defender).where(Defender.slug == slug, Defender.visibility != Visibility.WITHHELD.value)
    )
    if defender is None:
        raise Unknown("There is no such defender here.")
    rows = session.execute(
        select(UrgentAction.id, UrgentAction.state, UrgentAction.published_at)
        .where(UrgentAction.defender_id == defender.id, UrgentAction.published_at.is_not(None))
        .order_by(case((UrgentAction.state == "published", 0), else_=1), UrgentAction.published_at.desc())
    ).all()
    shown = [row.id for row in rows if row.state in SHOWN]
    if not shown:
        raise DefenderGone("This page was taken down.") if rows else Unknown("There is no such defender here.")
    return _person(defender, language, listed(session, language, shown))


@dataclass(frozen=True)
class Face:
    """A defender in a gallery: the name that may be shown, and a portrait where the person is named."""

    slug: str
    language: str
    name: str
    role: str
    portrait_id: UUID | None


def faces(session: Session, language: str, campaign_id: UUID | None) -> tuple[Face, ...]:
    """Everyone who has a page and a case that is shown, of this campaign or of all; the most urgent first."""
    query = _faces_in(language)
    if campaign_id is not None:
        query = query.where(UrgentAction.campaign_id == campaign_id)
    return tuple(_face(row, language) for row in session.execute(query))


@cache
def _faces_in(language: str) -> Select[*tuple[Any, ...]]:
    own = aliased(DefenderText)
    return (
        select(
            Defender.slug, Defender.name, Defender.visibility, Defender.pseudonym, Defender.portrait_id,
            own.language, own.name.label("localised"), own.role,
        )
        .join(UrgentAction, UrgentAction.defender_id == Defender.id)
        .outerjoin(own, and_(own.defender_id == Defender.id, own.language == _spoken(language)))
        .where(
            UrgentAction.state.in_([state.value for state in SHOWN]),
            Defender.visibility != Visibility.WITHHELD.value,
            Defender.slug.is_not(None),
        )
        .group_by(Defender.id, own.defender_id, own.language)
        .order_by(func.min(case((UrgentAction.state == "published", 0), else_=1)), func.min(UrgentAction.deadline),
                  Defender.id)
        .limit(MOST_FACES)
    )  # fmt: skip


def _spoken(language: str) -> ScalarSelect[str]:
    """The language a defender is described in to readers of `language`: theirs, English, or another."""
    text = aliased(DefenderText)
    return (
        select(text.language)
        .where(text.defender_id == Defender.id)
        .order_by(case((text.language == language, 0), (text.language == DEFAULT, 1), else_=2), text.language)
        .limit(1)
        .correlate(Defender)
        .scalar_subquery()
    )


def _face(row: Any, language: str) -> Face:
    spoken = row.language or language
    name = shown_name(row.visibility, spoken, name=row.name, pseudonym=row.pseudonym, localised=row.localised)
    portrait = row.portrait_id if row.visibility == Visibility.NAMED else None
    return Face(row.slug, spoken, name, row.role or "", portrait)


def _person(defender: Defender, language: str, cases: tuple[Listed, ...]) -> Person:
    texts: dict[str, DefenderText] = {text.language: text for text in defender.texts}
    text = texts.get(language) or texts.get(DEFAULT) or next(iter(texts.values()), None)
    spoken = text.language if text else language
    name = shown_name(
        defender.visibility,
        spoken,
        name=defender.name,
        pseudonym=defender.pseudonym,
        localised=text.name if text else None,
    )
    return Person(
        slug=defender.slug or "",
        language=spoken,
        languages=tuple(sorted(texts)),
        name=name,
        pseudonym=defender.visibility == Visibility.PSEUDONYM,
        role=text.role if text else "",
        story=text.story if text else "",
        country=defender.country,
        portrait_id=defender.portrait_id if defender.visibility == Visibility.NAMED else None,
        cases=cases,
    )
