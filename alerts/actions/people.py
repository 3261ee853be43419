"""The page of a defender: their story, and all their cases, as far as they may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from alerts.actions.errors import DefenderGone
from alerts.actions.listing import Listed, listed
from alerts.actions.models import Defender, DefenderText, UrgentAction
from alerts.actions.naming import shown_name
from alerts.actions.states import Visibility
from alerts.actions.transitions import SHOWN
from alerts.core.errors import Unknown
from alerts.core.languages import DEFAULT


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
