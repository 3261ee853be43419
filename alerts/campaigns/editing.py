"""Editing a campaign's page: always on a draft beside the published revision, with nobody's words overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign
from alerts.audit import record
from alerts.campaigns.errors import BadBlock, BlockConflict, NotOpen
from alerts.campaigns.figures import Figure, figure_faults, from_json, to_json
from alerts.campaigns.kinds import BlockKind, part_faults, words_of
from alerts.campaigns.models import CampaignBlock, CampaignBlockText, CampaignRevision
from alerts.campaigns.transitions import OPEN, RevisionState
from alerts.core import clock
from alerts.core.db import lock, translated
from alerts.core.errors import Busy, Unknown
from alerts.core.languages import LANGUAGES
from alerts.organisers import Actor, Permission, require
from alerts.organisers.models import Organiser


def open_draft(session: Session, actor: Actor, campaign_id: UUID) -> CampaignRevision:
    """The revision that is being worked on; where there is none, a new draft that begins as readers saw it last.

    A page that is in review or approved is given as it is; the first change takes it back to draft.
    """
    require(actor, Permission.WRITE)
    campaign = lock(session, Campaign, campaign_id)
    found = session.scalars(_of(campaign.id).where(CampaignRevision.state.in_([state.value for state in OPEN]))).first()
    return found or _begin(session, actor, campaign)


def write_block(
    session: Session,
    actor: Actor,
    revision_id: UUID,
    kind: BlockKind,
    parts: Mapping[str, str],
    *,
    language: str,
    version: int,
) -> CampaignBlockText | None:
    """Keep the words of a block in one language; words that are all empty are taken out. The page is a draft again.

    `version` is the one the writer started from, 0 where there were no words. Raises BlockConflict, carrying both,
    where someone saved in between; BadBlock with every fault; NotOpen where the page is published or was replaced.
    """
    require(actor, Permission.WRITE)
    if language not in LANGUAGES:
        raise Unknown(f"“{language}” is not a language this site speaks.")
    if faults := part_faults(kind, parts):
        raise BadBlock(faults)
    block = _editable(session, revision_id, kind)
    words = words_of(kind, parts)
    text = next((text for text in block.texts if text.language == language), None)
    kept = text.version if text else 0
    if kept != version:
        theirs = text.parts if text else {}
        raise BlockConflict(
            version=kept, theirs=theirs, yours=words, who=_who(session, text.edited_by if text else None)
        )
    _reopen(session, actor, revision_id)
    at = clock.now()
    if text is None:
        text = CampaignBlockText(language=language, parts={}, version=0)
        block.texts.append(text)
    text.parts, text.version, text.edited_by, text.edited_at = words, text.version + 1, actor.id, at
    session.flush()
    _note(session, actor, "campaign.block_written", revision_id, kind, language=language, version=text.version)
    return text


def set_figures(
    session: Session, actor: Actor, revision_id: UUID, figures: Sequence[Figure], *, version: int
) -> CampaignBlock:
    """Keep the figures of the numbers block. Raises BadBlock, NotOpen, or BlockConflict as `write_block` does."""
    require(actor, Permission.WRITE)
    if faults := figure_faults(figures):
        raise BadBlock(faults)
    block = _editable(session, revision_id, BlockKind.NUMBERS)
    if block.version != version:
        theirs = {"figures": "\n".join(map(str, from_json(block.figures)))}
        yours = {"figures": "\n".join(map(str, figures))}
        raise BlockConflict(version=block.version, theirs=theirs, yours=yours, who=_who(session, block.edited_by))
    _reopen(session, actor, revision_id)
    block.figures, block.version = to_json(figures), block.version + 1
    block.edited_by, block.edited_at = actor.id, clock.now()
    session.flush()
    _note(session, actor, "campaign.figures_written", revision_id, BlockKind.NUMBERS)
    return block


def show_block(session: Session, actor: Actor, revision_id: UUID, kind: BlockKind, *, shown: bool) -> CampaignBlock:
    """Show a block or hide it; its words stay. Raises NotOpen."""
    require(actor, Permission.WRITE)
    block = _editable(session, revision_id, kind)
    if block.shown != shown:
        _reopen(session, actor, revision_id)
        block.shown, block.edited_by, block.edited_at = shown, actor.id, clock.now()
        session.flush()
        _note(session, actor, "campaign.block_shown" if shown else "campaign.block_hidden", revision_id, kind)
    return block


def move_block(session: Session, actor: Actor, revision_id: UUID, kind: BlockKind, *, up: bool) -> CampaignBlock:
    """Change places with the block before, or after; the first and the last stay where they are. Raises NotOpen."""
    require(actor, Permission.WRITE)
    block = _editable(session, revision_id, kind)
    wanted = block.position + (-1 if up else 1)
    other = session.scalars(select(CampaignBlock).filter_by(revision_id=revision_id, position=wanted)).one_or_none()
    if other is not None:
        _reopen(session, actor, revision_id)
        other.position, block.position = block.position, other.position
        block.edited_by, block.edited_at = actor.id, clock.now()
        session.flush()
        _note(session, actor, "campaign.block_moved", revision_id, kind)
    return block


def _begin(session: Session, actor: Actor, campaign: Campaign) -> CampaignRevision:
    seen = _of(campaign.id).where(CampaignRevision.published_at.is_not(None))
    published = session.scalars(seen.order_by(CampaignRevision.number.desc()).limit(1)).one_or_none()
    last = session.scalar(select(func.max(CampaignRevision.number)).filter_by(campaign_id=campaign.id)) or 0
    at = clock.now()
    draft = CampaignRevision(
        campaign_id=campaign.id, number=last + 1, state=RevisionState.DRAFT.value, author_id=actor.id, created_at=at
    )
    if published is None:
        draft.blocks = [
            CampaignBlock(kind=kind.value, position=place, shown=True, figures=[], edited_by=actor.id, edited_at=at)
            for place, kind in enumerate(BlockKind)
        ]
    else:
        draft.blocks = [_copied(block) for block in published.blocks]
    quicker = {"uq_campaign_revisions_open": lambda: Busy("Someone began a draft just now; look again.")}
    with translated(quicker), session.begin_nested():
        session.add(draft)
        session.flush()
    record(session, actor, "campaign.draft_begun", "campaign", campaign.id, slug=campaign.slug, number=draft.number)
    return draft


def _copied(block: CampaignBlock) -> CampaignBlock:
    """The block as it was published. Nobody edited the copy yet: who wrote it once may review what is new."""
    texts = [
        CampaignBlockText(
            language=text.language, parts=dict(text.parts), version=text.version, edited_at=text.edited_at
        )
        for text in block.texts
    ]
    return CampaignBlock(
        kind=block.kind, position=block.position, shown=block.shown, figures=list(block.figures),
        version=block.version, edited_at=block.edited_at, texts=texts,
    )  # fmt: skip


def _editable(session: Session, revision_id: UUID, kind: BlockKind) -> CampaignBlock:
    """The block, its revision locked. Raises NotOpen where that is not being worked on."""
    revision = lock(session, CampaignRevision, revision_id)
    if RevisionState(revision.state) not in OPEN:
        raise NotOpen("This page is not a draft any more, so it cannot be changed. Begin a new draft and change that.")
    return session.scalars(
        select(CampaignBlock)
        .filter_by(revision_id=revision_id, kind=kind.value)
        .execution_options(populate_existing=True)
    ).one()


def _reopen(session: Session, actor: Actor, revision_id: UUID) -> None:
    """Take the page back to draft, where it is not: what changes has to be reviewed again."""
    revision = session.get_one(CampaignRevision, revision_id)
    if revision.state != RevisionState.DRAFT:
        before = revision.state
        revision.state, revision.approved_by = RevisionState.DRAFT.value, None
        session.flush()
        record(session, actor, "campaign.reopened", "campaign", revision.campaign_id, was=before)


def _of(campaign_id: UUID) -> Select[CampaignRevision]:
    return select(CampaignRevision).filter_by(campaign_id=campaign_id).execution_options(populate_existing=True)


def _note(session: Session, actor: Actor, action: str, revision_id: UUID, kind: BlockKind, **details: object) -> None:
    revision = session.get_one(CampaignRevision, revision_id)
    record(session, actor, action, "campaign", revision.campaign_id, block=kind.value, **details)


def _who(session: Session, person: UUID | None) -> str:
    editor = session.get(Organiser, person) if person else None
    return editor.name if editor else "Someone"
