"""What organisers read of campaigns' pages: the list, and one page with its blocks, what it lacks, and who may act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign
from alerts.audit.models import AuditEntry
from alerts.audit.service import history
from alerts.campaigns.figures import Figure, from_json
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.models import CampaignBlock, CampaignRevision
from alerts.campaigns.review import missing
from alerts.campaigns.transitions import OPEN, RevisionState
from alerts.core.db import exists
from alerts.core.errors import Unknown
from alerts.organisers import Actor, Permission, require
from alerts.organisers.models import Organiser


@dataclass(frozen=True)
class CampaignLine:
    """A campaign in a list: its headline as published, and the state of what is being worked on."""

    id: UUID
    slug: str
    is_home: bool
    headline: str
    published_at: datetime | None
    open_state: RevisionState | None
    is_down: bool


@dataclass(frozen=True)
class KeptText:
    """A block's words in one language, and who saved them."""

    parts: Mapping[str, str]
    version: int
    edited_by: str
    edited_at: datetime


@dataclass(frozen=True)
class KeptBlock:
    """A block with its words in every language; `version` is that of its figures."""

    kind: BlockKind
    shown: bool
    figures: tuple[Figure, ...]
    version: int
    texts: Mapping[str, KeptText]


@dataclass(frozen=True)
class Happened:
    """One thing that was done to the campaign."""

    at: datetime
    who: str
    action: str
    block: str
    language: str


@dataclass(frozen=True)
class TakenDown:
    """That no page of the campaign may be shown, since when, and what was said of it."""

    at: datetime
    who: str
    reason: str


@dataclass(frozen=True)
class PageDetail:
    """A campaign with the revision to look at: the one in work, else the published one. `hands` may not approve it."""

    campaign_id: UUID
    slug: str
    is_home: bool
    main_language: str
    is_public: bool
    down: TakenDown | None
    revision_id: UUID | None
    number: int
    state: RevisionState | None
    published_at: datetime | None
    author: str
    approved_by: str
    review_note: str
    blocks: tuple[KeptBlock, ...]
    missing: tuple[str, ...]
    hands: frozenset[UUID]
    history: tuple[Happened, ...]

    @property
    def in_work(self) -> bool:
        """Whether this revision can be changed."""
        return self.state in OPEN

    def block(self, kind: BlockKind) -> KeptBlock:
        """The block of this kind."""
        return next(block for block in self.blocks if block.kind is kind)


def campaign_list(session: Session, actor: Actor) -> tuple[CampaignLine, ...]:
    """Every campaign, the one at home first."""
    require(actor, Permission.SEE)
    campaigns = session.scalars(select(Campaign).order_by(Campaign.is_home.desc(), Campaign.slug)).all()
    rows = session.execute(
        select(CampaignRevision.campaign_id, CampaignRevision.state, CampaignRevision.published_at)
        .where(CampaignRevision.state != RevisionState.REPLACED.value)
    ).all()  # fmt: skip
    found = []
    for campaign in campaigns:
        own = [row for row in rows if row.campaign_id == campaign.id]
        texts = {text.language: text.headline for text in campaign.texts}
        found.append(
            CampaignLine(
                id=campaign.id,
                slug=campaign.slug,
                is_home=campaign.is_home,
                headline=texts.get("en") or texts.get(campaign.main_language) or "",
                published_at=next((row.published_at for row in own if row.state == RevisionState.PUBLISHED), None),
                open_state=next((RevisionState(row.state) for row in own if row.state in OPEN), None),
                is_down=campaign.taken_down_at is not None,
            )
        )
    return tuple(found)


def campaign_detail(session: Session, actor: Actor, campaign_id: UUID) -> PageDetail:
    """A campaign and the revision to look at. Raises Unknown."""
    require(actor, Permission.SEE)
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise Unknown("There is no campaign with this id.")
    shown = [state.value for state in (*OPEN, RevisionState.PUBLISHED)]
    revision = session.scalars(
        select(CampaignRevision)
        .filter_by(campaign_id=campaign_id)
        .where(CampaignRevision.state.in_(shown))
        .order_by(CampaignRevision.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return _detail(session, campaign, revision)


def page_detail(session: Session, actor: Actor, revision_id: UUID) -> PageDetail:
    """A revision and its campaign. Raises Unknown."""
    require(actor, Permission.SEE)
    revision = session.get(CampaignRevision, revision_id, populate_existing=True)
    if revision is None:
        raise Unknown("There is no such page.")
    return _detail(session, session.get_one(Campaign, revision.campaign_id), revision)


def _detail(session: Session, campaign: Campaign, revision: CampaignRevision | None) -> PageDetail:
    names = _names(session)
    blocks = revision.blocks if revision else []
    published = select(CampaignRevision.id).filter_by(campaign_id=campaign.id, state=RevisionState.PUBLISHED.value)
    done = history(session, "campaign", campaign.id)
    return PageDetail(
        campaign_id=campaign.id,
        slug=campaign.slug,
        is_home=campaign.is_home,
        main_language=campaign.main_language,
        is_public=exists(session, published),
        down=_down(campaign, done),
        revision_id=revision.id if revision else None,
        number=revision.number if revision else 0,
        state=RevisionState(revision.state) if revision else None,
        published_at=revision.published_at if revision else None,
        author=names.get(revision.author_id, "") if revision else "",
        approved_by=names.get(revision.approved_by, "") if revision else "",
        review_note=(revision.review_note or "") if revision else "",
        blocks=tuple(_kept(block, names) for block in blocks),
        missing=tuple(missing(session, revision)) if revision and revision.state in OPEN else (),
        hands=_hands(revision),
        history=tuple(
            Happened(
                entry.at, entry.actor_label, entry.action,
                str(entry.details.get("block", "")), str(entry.details.get("language", "")),
            )
            for entry in done
        ),
    )  # fmt: skip


def _down(campaign: Campaign, done: Sequence[AuditEntry]) -> TakenDown | None:
    if campaign.taken_down_at is None:
        return None
    last = next((entry for entry in reversed(done) if entry.action == "campaign.taken_down"), None)
    who, reason = (last.actor_label, str(last.details.get("reason", ""))) if last else ("", "")
    return TakenDown(campaign.taken_down_at, who, reason)


def _kept(block: CampaignBlock, names: Mapping[UUID | None, str]) -> KeptBlock:
    texts = {
        text.language: KeptText(text.parts, text.version, names.get(text.edited_by, ""), text.edited_at)
        for text in block.texts
    }
    return KeptBlock(BlockKind(block.kind), block.shown, from_json(block.figures), block.version, texts)


def _hands(revision: CampaignRevision | None) -> frozenset[UUID]:
    if revision is None:
        return frozenset()
    people = {revision.author_id}
    for block in revision.blocks:
        people |= {block.edited_by, *(text.edited_by for text in block.texts)}
    return frozenset(person for person in people if person is not None)


def _names(session: Session) -> dict[UUID | None, str]:
    rows: Sequence[tuple[UUID, str]] = session.execute(select(Organiser.id, Organiser.name)).tuples().all()
    return dict(rows)
