"""Lists of cases that the public may see: narrowed down, counted, in pages, and as feeds and maps of the site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from alerts.actions.endings import Ending, endings
from alerts.actions.models import (
    Bulletin,
    BulletinText,
    BulletinVersion,
    Campaign,
    CampaignText,
    Defender,
    DefenderText,
    UrgentAction,
)
from alerts.actions.queries import _CARD, Card, _card, _texts_in
from alerts.actions.states import CaseState, Visibility
from alerts.actions.transitions import SHOWN
from alerts.actions.wording import names_within
from alerts.core import clock

PER_PAGE = 24
STATES = ("open", "over", "closed")
"""Takes names; the deadline has passed; ended."""


@dataclass(frozen=True)
class Listed:
    """A case in a list of all states; `state` is one of STATES, `changed_at` when it was published, corrected or ended.

    `corrected_at`: when its words in the card's language were corrected last, and `correction` what was wrong in them;
    `ending` is what was told of how it ended, where something was.
    """

    card: Card
    state: str
    changed_at: datetime
    corrected_at: datetime | None
    correction: str
    ending: Ending | None = None


@dataclass(frozen=True)
class Wanted:
    """Which cases: each empty word leaves that open. `country`, `risk` and `topic` are codes, `campaign` a slug."""

    country: str = ""
    risk: str = ""
    campaign: str = ""
    state: str = ""
    topic: str = ""


@dataclass(frozen=True)
class CaseList:
    """A page of cases, and how many there would be for each choice, the other choices kept as they are."""

    cases: tuple[Listed, ...]
    total: int
    page: int
    pages: int
    countries: dict[str, int]
    risks: dict[str, int]
    campaigns: dict[str, int]
    states: dict[str, int]
    topics: dict[str, int]


@dataclass(frozen=True)
class Mapped:
    """A page of the site for its map: the `key` in its address, its languages, when it changed last."""

    key: str
    languages: tuple[str, ...]
    changed_at: datetime


def list_cases(session: Session, language: str, wanted: Wanted, page: int = 1) -> CaseList:
    """The cases that are `wanted`: open ones first, the nearest deadline first; then the newest.

    A page past the end is the last one.
    """
    counted = _counted(session)
    total = sum(n for key, n in counted.items() if _fits(key, wanted))
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), pages)
    open_first = case((_state() == "open", 0), else_=1)
    soonest = case((_state() == "open", UrgentAction.deadline))
    query = (
        select(UrgentAction.id)
        .join(Defender, Defender.id == UrgentAction.defender_id)
        .outerjoin(Campaign, Campaign.id == UrgentAction.campaign_id)
        .where(_shown(), *_conditions(wanted))
        .order_by(open_first, soonest, UrgentAction.published_at.desc(), UrgentAction.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    ids = session.scalars(query).all() if total else []
    facets = [_facet(counted, wanted, place) for place in range(5)]
    return CaseList(listed(session, language, ids), total, page, pages, *facets)


def newest_cases(session: Session, language: str, wanted: Wanted, most: int = 50) -> tuple[Listed, ...]:
    """The `most` cases that were published, corrected or ended last, the newest first."""
    query = (
        select(UrgentAction.id)
        .join(Defender, Defender.id == UrgentAction.defender_id)
        .outerjoin(Campaign, Campaign.id == UrgentAction.campaign_id)
        .where(_shown(), *_conditions(wanted))
        .order_by(_changed().desc(), UrgentAction.id)
        .limit(most)
    )
    return listed(session, language, session.scalars(query).all())


def listed(session: Session, language: str, ids: Iterable[UUID]) -> tuple[Listed, ...]:
    """Those of these cases that are shown, in this order, each in `language` or its main one."""
    order = {id: place for place, id in enumerate(ids)}
    if not order:
        return ()
    now, before = aliased(BulletinVersion), aliased(BulletinVersion)
    own = and_(now.bulletin_id == Bulletin.id, now.language == BulletinText.language)
    replaced = and_(before.bulletin_id == Bulletin.id, before.language == now.language)
    query = (
        _texts_in(language, select(*_CARD, _state().label("standing"), _moved().label("moved_at")))
        .add_columns(before.replaced_at.label("corrected_at"), now.correction)
        .outerjoin(now, and_(own, now.replaced_at.is_(None)))
        .outerjoin(before, and_(replaced, before.replaced_at == now.read_from))
        .where(UrgentAction.id.in_(order), _shown())
    )
    rows = session.execute(query).all()
    ended = endings(session, language, [row.id for row in rows if row.standing == "closed"])
    return tuple(sorted((_listed(row, ended.get(row.id)) for row in rows), key=lambda one: order[one.card.id]))


def _listed(row: Row[Any], ending: Ending | None) -> Listed:
    changed_at = max(row.moved_at, row.corrected_at or row.moved_at)
    said = row.correction if row.corrected_at else ""
    exposes = row.visibility != Visibility.NAMED and names_within(said, row.real_name)
    return Listed(_card(row), row.standing, changed_at, row.corrected_at, "" if exposes else said, ending)


def countries_of_cases(session: Session) -> frozenset[str]:
    """The code of every country that a shown case is about."""
    query = select(Defender.country).join(UrgentAction, UrgentAction.defender_id == Defender.id).where(_shown())
    return frozenset(session.scalars(query.distinct()))


def campaign_names(session: Session, language: str) -> dict[str, str]:
    """The headline of each campaign by its slug, in `language` or its main one."""
    barred = func.campaign_is_barred(Campaign.id, CampaignText.language, clock.now())
    own = func.max(CampaignText.headline).filter(CampaignText.language == language, ~barred)
    main = func.max(CampaignText.headline).filter(CampaignText.language == Campaign.main_language, ~barred)
    query = (
        select(Campaign.slug, func.coalesce(own, main, Campaign.slug))
        .outerjoin(CampaignText, CampaignText.campaign_id == Campaign.id)
        .group_by(Campaign.id)
        .order_by(Campaign.slug)
    )
    return dict(session.execute(query).tuples().all())


def mapped_cases(session: Session) -> tuple[Mapped, ...]:
    """Every case that is shown, with the languages it can be read in."""
    query = (
        select(
            UrgentAction.sequence, UrgentAction.year, func.array_agg(BulletinText.language), _changed().label("changed")
        )
        .join(Bulletin, and_(Bulletin.urgent_action_id == UrgentAction.id, Bulletin.number == 1))
        .join(BulletinText, BulletinText.bulletin_id == Bulletin.id)
        .where(_shown())
        .group_by(UrgentAction.id)
        .order_by(UrgentAction.year, UrgentAction.sequence)
    )
    return tuple(
        Mapped(f"{sequence}-{year % 100:02d}", tuple(sorted(languages)), changed)
        for sequence, year, languages, changed in session.execute(query)
    )


def mapped_defenders(session: Session) -> tuple[Mapped, ...]:
    """Every defender who has a page."""
    spoken = (
        select(func.array_agg(DefenderText.language))
        .where(DefenderText.defender_id == Defender.id)
        .correlate(Defender)
        .scalar_subquery()
    )
    query = (
        select(Defender.slug, spoken, func.max(_changed()))
        .join(UrgentAction, UrgentAction.defender_id == Defender.id)
        .where(_shown(), Defender.slug.is_not(None), Defender.visibility != Visibility.WITHHELD.value)
        .group_by(Defender.id)
        .order_by(Defender.slug)
    )
    return tuple(
        Mapped(slug, tuple(sorted(languages or ())), changed) for slug, languages, changed in session.execute(query)
    )


def _shown() -> ColumnElement[bool]:
    return UrgentAction.state.in_([state.value for state in SHOWN])


def _state() -> ColumnElement[str]:
    """Which of STATES a shown case is in."""
    return case(
        (UrgentAction.state == CaseState.CLOSED.value, "closed"),
        (UrgentAction.deadline > clock.now(), "open"),
        else_="over",
    )


def _moved() -> ColumnElement[Any]:
    return func.coalesce(UrgentAction.ended_at, UrgentAction.published_at)


def _changed() -> ColumnElement[Any]:
    return func.greatest(_moved(), UrgentAction.corrected_at)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = (
        (Defender.country, wanted.country),
        (UrgentAction.risk, wanted.risk),
        (Campaign.slug, wanted.campaign),
        (_state(), wanted.state),
    )
    chosen = [column == value for column, value in columns if value]
    return [*chosen, UrgentAction.topics.contains([wanted.topic])] if wanted.topic else chosen


Key = tuple[tuple[str, ...], ...]
"""What cases have in common: for each way to choose, the words by which they are found."""


def _counted(session: Session) -> Counter[Key]:
    """How many shown cases there are by country, risk, campaign, state and topics."""
    keys = select(
        Defender.country,
        UrgentAction.risk,
        func.coalesce(Campaign.slug, "").label("campaign"),
        _state().label("standing"),
        UrgentAction.topics,
    )
    rows = (
        keys.select_from(UrgentAction)
        .join(Defender, Defender.id == UrgentAction.defender_id)
        .outerjoin(Campaign, Campaign.id == UrgentAction.campaign_id)
        .where(_shown())
        .subquery()
    )
    query = select(*rows.c, func.count()).group_by(*rows.c)
    return Counter({(*((word,) for word in row[:4]), tuple(row[4])): row[5] for row in session.execute(query)})


def _fits(key: Key, wanted: Wanted, but: int | None = None) -> bool:
    """Whether cases of this key are wanted, leaving out the choice at `but`."""
    choices = (wanted.country, wanted.risk, wanted.campaign, wanted.state, wanted.topic)
    return all(not choice or place == but or choice in key[place] for place, choice in enumerate(choices))


def _facet(counted: Counter[Key], wanted: Wanted, place: int) -> dict[str, int]:
    facet: Counter[str] = Counter()
    for key, n in counted.items():
        if _fits(key, wanted, but=place):
            facet.update({word: n for word in key[place] if word})
    return dict(facet)
