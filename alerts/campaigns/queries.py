"""What the public may read of campaigns' pages: the published revision, and nothing of any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign, CampaignText
from alerts.campaigns.errors import CampaignGone
from alerts.campaigns.figures import Figure, from_json
from alerts.campaigns.kinds import FIGURE_PARTS, BlockKind
from alerts.campaigns.models import CampaignBlock, CampaignBlockText, CampaignMention, CampaignRevision
from alerts.campaigns.transitions import RevisionState
from alerts.core import clock
from alerts.core.db import exists
from alerts.core.errors import Unknown


@dataclass(frozen=True)
class Block:
    """A shown block in `language`: the reader's where the block has words in it, else the campaign's main one."""

    kind: BlockKind
    language: str
    parts: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[tuple[Figure, str], ...] = ()


@dataclass(frozen=True)
class CampaignPage:
    """A page as readers of one language get it. `id` is None for the front page of a site without a campaign."""

    id: UUID | None
    slug: str
    is_home: bool
    languages: tuple[str, ...]
    blocks: tuple[Block, ...]

    def block(self, kind: BlockKind) -> Block | None:
        """The block of this kind, where it is shown."""
        return next((block for block in self.blocks if block.kind is kind), None)


@dataclass(frozen=True)
class MappedCampaign:
    """A campaign for the map of the site: its address and the languages of its page."""

    slug: str
    languages: tuple[str, ...]


BARE = (BlockKind.HERO, BlockKind.ACTION)
"""What the page of a campaign shows that has no published page: its words, where it has any, and its cases. Of a page
whose words are held back because they name somebody, these stay without words; other blocks fall away."""


def home_page(session: Session, language: str) -> CampaignPage:
    """The front page: that of the campaign at home, else only the open cases."""
    found = session.execute(_published(language).where(Campaign.is_home), _now()).all()
    if found:
        return _page(found, language)
    return _bare(session, language, Campaign.is_home) or CampaignPage(
        None, "", True, (), tuple(Block(kind, language) for kind in BARE)
    )


def campaign_page(session: Session, slug: str, language: str) -> CampaignPage:
    """The campaign at this address. Raises CampaignGone where it was taken down, Unknown where there never was one."""
    found = session.execute(_published(language).where(Campaign.slug == slug), _now()).all()
    page = _page(found, language) if found else _bare(session, language, Campaign.slug == slug)
    if page is None:
        was = select(CampaignRevision.id).join(Campaign, Campaign.id == CampaignRevision.campaign_id)
        if exists(session, was.where(Campaign.slug == slug, CampaignRevision.published_at.is_not(None))):
            raise CampaignGone("This page was taken down.")
        raise Unknown("There is no such campaign here.")
    return page


def draft_page(session: Session, revision_id: UUID, language: str) -> CampaignPage:
    """Any revision as readers would get it: for organisers only. Raises Unknown."""
    found = session.execute(_blocks(language).where(CampaignRevision.id == revision_id), _now()).all()
    if not found:
        raise Unknown("There is no such page.")
    return _page(found, language)


def mapped_campaigns(session: Session) -> tuple[MappedCampaign, ...]:
    """Every campaign that has words in public and is not the front page."""
    query = (
        select(Campaign.slug, func.array_agg(CampaignText.language))
        .join(CampaignText, CampaignText.campaign_id == Campaign.id)
        .where(~Campaign.is_home)
        .group_by(Campaign.id)
        .order_by(Campaign.slug)
    )
    return tuple(MappedCampaign(slug, tuple(sorted(languages))) for slug, languages in session.execute(query))


@cache
def _published(language: str) -> Select[Any]:
    return _blocks(language).where(
        CampaignRevision.state == RevisionState.PUBLISHED.value, CampaignBlock.shown.is_(True)
    )


@cache
def _blocks(language: str) -> Select[Any]:
    """A row for each shown block: its words in `language` and in the main one, and the page's languages.

    Wants `at`: the words of each are marked as barred where they name somebody who may not be named at that moment.
    """
    spoken = (
        select(func.array_agg(CampaignText.language))
        .where(CampaignText.campaign_id == Campaign.id)
        .correlate(Campaign)
        .scalar_subquery()
    )
    own, main = _texts(language), _texts(None)
    return (
        select(
            Campaign.id, Campaign.slug, Campaign.is_home, Campaign.main_language, spoken.label("languages"),
            CampaignBlock.kind, CampaignBlock.figures, own.c.parts.label("own"), main.c.parts.label("main"),
            _barred(own).label("own_barred"), _barred(main).label("main_barred"),
        )
        .select_from(CampaignRevision)
        .join(Campaign, Campaign.id == CampaignRevision.campaign_id)
        .join(CampaignBlock, CampaignBlock.revision_id == CampaignRevision.id)
        .outerjoin(own, own.c.block_id == CampaignBlock.id)
        .outerjoin(main, and_(main.c.block_id == CampaignBlock.id, main.c.language == Campaign.main_language))
        .where(CampaignBlock.shown.is_(True))
        .order_by(CampaignBlock.position)
    )  # fmt: skip


def _texts(language: str | None) -> Any:
    query = select(CampaignBlockText.block_id, CampaignBlockText.language, CampaignBlockText.parts)
    return (query.where(CampaignBlockText.language == language) if language else query).subquery()


def _barred(texts: Any) -> Any:
    mention = select(CampaignMention.block_id).where(
        CampaignMention.block_id == texts.c.block_id,
        CampaignMention.language == texts.c.language,
        func.name_is_barred(CampaignMention.defender_id, CampaignMention.pattern, bindparam("at")),
    )
    return mention.correlate(texts).exists()


def _now() -> dict[str, Any]:
    return {"at": clock.now()}


def _page(rows: Any, language: str) -> CampaignPage:
    first = rows[0]
    return CampaignPage(
        id=first.id,
        slug=first.slug,
        is_home=first.is_home,
        languages=tuple(sorted(first.languages or (first.main_language,))),
        blocks=tuple(_block(row, language) for row in rows if not _is_barred(row) or row.kind in BARE),
    )


def _is_barred(row: Any) -> bool:
    """Whether the words that its readers would get name somebody: nobody gets those of another language instead."""
    return bool(row.own_barred if row.own else row.main_barred)


def _block(row: Any, language: str) -> Block:
    parts = {} if _is_barred(row) else row.own or row.main or {}
    spoken = language if row.own else row.main_language
    figures = tuple(
        (figure, parts[name])
        for name, figure in zip(FIGURE_PARTS, from_json(row.figures), strict=False)
        if parts.get(name)
    )
    return Block(BlockKind(row.kind), spoken, parts, figures)


def _bare(session: Session, language: str, which: Any) -> CampaignPage | None:
    """A campaign without a published page: the words that lists and searching know of it."""
    wanted = or_(CampaignText.language == language, CampaignText.language == Campaign.main_language)
    rows = session.execute(
        select(Campaign.id, Campaign.slug, Campaign.is_home, CampaignText.language, CampaignText.headline,
               CampaignText.strap_line, CampaignText.narrative)
        .outerjoin(CampaignText, and_(CampaignText.campaign_id == Campaign.id, wanted))
        .where(which)
        .order_by(CampaignText.language != language)
    ).all()  # fmt: skip
    if not rows or (rows[0].language is None and not rows[0].is_home):
        return None
    row = rows[0]
    parts = {"headline": row.headline or "", "strap_line": row.strap_line or "", "narrative": row.narrative or ""}
    spoken = row.language or language
    hero = Block(BlockKind.HERO, spoken, {name: value for name, value in parts.items() if value})
    return CampaignPage(row.id, row.slug, row.is_home, (spoken,), (hero, Block(BlockKind.ACTION, language)))
