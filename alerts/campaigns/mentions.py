"""Who is named in the words of campaigns' pages, and where words are held back because they name somebody.

The database finds names when words or names come (`campaign_mentions`), and says who may be named at a moment
(`name_is_barred`): so that a withdrawal, a name that is withheld, or consent that ends takes words from their readers
in the same moment, and without a search.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign
from alerts.campaigns.kinds import PARTS, BlockKind
from alerts.campaigns.models import CampaignBlock, CampaignMention, CampaignRevision
from alerts.campaigns.transitions import RevisionState
from alerts.core import clock
from alerts.organisers import Actor, Permission, require


@dataclass(frozen=True)
class Place:
    """A part of a shown block in one language that names a defender; `held_back`: its readers do not get the words."""

    campaign_id: UUID
    slug: str
    is_home: bool
    kind: BlockKind
    language: str
    part: str
    defender_id: UUID
    held_back: bool


def held_back(session: Session, actor: Actor) -> tuple[Place, ...]:
    """Every place on a published page whose words are held back."""
    require(actor, Permission.SEE)
    return tuple(place for place in _published(session) if place.held_back)


def places_naming(session: Session, actor: Actor, defender_id: UUID) -> tuple[Place, ...]:
    """Every place on a published page that names this defender, by any spelling that was ever kept of them."""
    require(actor, Permission.SEE)
    return _published(session, defender_id)


def held_back_in(session: Session, revision_id: UUID) -> tuple[Place, ...]:
    """The places of one revision that name somebody who may not be named."""
    query = _places(clock.now()).where(CampaignRevision.id == revision_id)
    return tuple(place for place in _read(session, query) if place.held_back)


def _published(session: Session, defender_id: UUID | None = None) -> tuple[Place, ...]:
    query = _places(clock.now()).where(CampaignRevision.state == RevisionState.PUBLISHED.value)
    if defender_id is not None:
        query = query.where(CampaignMention.defender_id == defender_id)
    return _read(session, query)


def _places(at: datetime) -> Select[Any]:
    barred = func.bool_or(func.name_is_barred(CampaignMention.defender_id, CampaignMention.pattern, at))
    return (
        select(
            Campaign.id, Campaign.slug, Campaign.is_home, CampaignBlock.kind, CampaignMention.language,
            CampaignMention.part, CampaignMention.defender_id, barred.label("held_back"),
        )
        .join(CampaignRevision, CampaignRevision.campaign_id == Campaign.id)
        .join(CampaignBlock, CampaignBlock.revision_id == CampaignRevision.id)
        .join(CampaignMention, CampaignMention.block_id == CampaignBlock.id)
        .where(CampaignBlock.shown.is_(True))
        .group_by(
            Campaign.id, CampaignBlock.kind, CampaignBlock.position, CampaignMention.language, CampaignMention.part,
            CampaignMention.defender_id,
        )
        .order_by(Campaign.is_home.desc(), Campaign.slug, CampaignBlock.position, CampaignMention.language)
    )  # fmt: skip


def _read(session: Session, query: Select[Any]) -> tuple[Place, ...]:
    known = {kind: {rule.name for rule in rules} for kind, rules in PARTS.items()}
    return tuple(
        Place(row.id, row.slug, row.is_home, kind, row.language, row.part, row.defender_id, row.held_back)
        for row in session.execute(query)
        if row.part in known[kind := BlockKind(row.kind)]
    )
