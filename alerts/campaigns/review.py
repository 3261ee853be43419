"""Reviewing and publishing a campaign's page: as a whole, by two people at least, the old one shown until then."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign, CampaignText
from alerts.actions.wording import checked
from alerts.audit import record
from alerts.campaigns.errors import BadBlock, NotOpen, OwnPage, PageDown, PageIncomplete
from alerts.campaigns.kinds import BlockKind, lacking, name_of, part_label
from alerts.campaigns.mentions import held_back_in
from alerts.campaigns.models import CampaignBlock, CampaignRevision
from alerts.campaigns.transitions import OPEN, RevisionState, check_move
from alerts.core import clock
from alerts.core.db import lock, translated
from alerts.core.errors import NotAllowed
from alerts.organisers import Actor, Permission, require


def missing(session: Session, revision: CampaignRevision) -> list[str]:
    """What the page still lacks before it can be reviewed, in sentences."""
    main = session.get_one(Campaign, revision.campaign_id).main_language
    shown = [block for block in revision.blocks if block.shown]
    found = [] if shown else ["Every block is hidden: show one at least."]
    if shown and not any(block.kind == BlockKind.HERO for block in shown):
        found.append("The hero block is hidden; without it the page has no headline. Show it.")
    for block in shown:
        texts = {text.language: text.parts for text in block.texts}
        found += lacking(BlockKind(block.kind), texts, main, len(block.figures))
    return [*found, *_exposing(session, revision)]


def _exposing(session: Session, revision: CampaignRevision) -> list[str]:
    """Where the page names somebody whose name must not be shown; which name, only the author can see."""
    return [
        f"The {name_of(place.kind)} block names somebody whose name must not be shown:"
        f" in its {part_label(place.kind, place.part)} ({place.language})."
        for place in held_back_in(session, revision.id)
    ]


def submit(session: Session, actor: Actor, revision_id: UUID) -> CampaignRevision:
    """Ask for review. Raises NotOpen, or PageIncomplete with everything that is missing."""
    require(actor, Permission.WRITE)
    revision = _ready(session, revision_id, RevisionState.IN_REVIEW)
    revision.state, revision.review_note = RevisionState.IN_REVIEW.value, None
    return _noted(session, actor, "campaign.submitted", revision)


def approve(session: Session, actor: Actor, revision_id: UUID) -> CampaignRevision:
    """Approve what someone else wrote. Raises NotOpen, PageIncomplete, or OwnPage for its author and editors."""
    require(actor, Permission.REVIEW)
    if actor.id is None:
        raise NotAllowed("Only a person can approve a page.")
    revision = _ready(session, revision_id, RevisionState.APPROVED)
    with translated({"campaign_reviewer_is_not_author": OwnPage}), session.begin_nested():
        revision.state, revision.approved_by, revision.review_note = RevisionState.APPROVED.value, actor.id, None
        session.flush()
    return _noted(session, actor, "campaign.approved", revision)


def send_back(session: Session, actor: Actor, revision_id: UUID, *, note: str) -> CampaignRevision:
    """Return a page to its author with what to change. Raises NotOpen, or BadBlock without a note."""
    require(actor, Permission.REVIEW)
    if not note.strip():
        raise BadBlock(["Write what should be changed: the author sees nothing else."])
    checked({"reason": note})
    revision = _locked(session, revision_id, RevisionState.DRAFT)
    revision.state, revision.approved_by, revision.review_note = RevisionState.DRAFT.value, None, note.strip()
    return _noted(session, actor, "campaign.sent_back", revision)


def publish(session: Session, actor: Actor, revision_id: UUID) -> CampaignRevision:
    """Show an approved page to the world, in the place of the one before. Raises NotOpen, PageIncomplete, PageDown."""
    require(actor, Permission.PUBLISH)
    campaign_id = session.get_one(CampaignRevision, revision_id).campaign_id
    campaign = lock(session, Campaign, campaign_id)
    revision = _ready(session, revision_id, RevisionState.PUBLISHED)
    with translated({"campaign_page_stays_down": PageDown}), session.begin_nested():
        if (before := _published(session, campaign_id)) is not None:
            before.state = RevisionState.REPLACED.value
            session.flush()
        revision.state, revision.published_at = RevisionState.PUBLISHED.value, clock.now()
        session.flush()
    _tell(session, campaign, revision)
    return _noted(session, actor, "campaign.published", revision)


def take_down(session: Session, actor: Actor, campaign_id: UUID, *, reason: str) -> CampaignRevision:
    """Take the published page from its readers at once, and let none return before `let_return`.

    What is being worked on stays, and is a draft again: whoever approved it did not know. Raises NotOpen, BadBlock.
    """
    require(actor, Permission.WITHDRAW)
    _reasoned(reason)
    campaign = lock(session, Campaign, campaign_id)
    revision = _published(session, campaign_id)
    if revision is None:
        raise NotOpen("This campaign has no page before its readers. Nothing has changed.")
    revision.state = RevisionState.REPLACED.value
    for waiting in session.scalars(_open(campaign_id)):
        waiting.state, waiting.approved_by = RevisionState.DRAFT.value, None
    campaign.texts.clear()
    session.flush()
    campaign.taken_down_at = clock.now()
    session.flush()
    record(session, actor, "campaign.taken_down", "campaign", campaign_id, number=revision.number, reason=reason)
    return revision


def let_return(session: Session, actor: Actor, campaign_id: UUID, *, reason: str) -> Campaign:
    """Let a page of a campaign be published again after it was taken down. Raises NotOpen, BadBlock without a reason.

    Nothing is shown by this: a draft still has to be reviewed, by somebody who knows, and published.
    """
    require(actor, Permission.WITHDRAW)
    _reasoned(reason)
    campaign = lock(session, Campaign, campaign_id)
    if campaign.taken_down_at is None:
        raise NotOpen("This campaign's page is not taken down. Nothing has changed.")
    campaign.taken_down_at = None
    session.flush()
    record(session, actor, "campaign.may_return", "campaign", campaign_id, reason=reason.strip())
    return campaign


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise BadBlock(["Say why, in a few words, without naming anyone."])
    checked({"reason": reason})


def _published(session: Session, campaign_id: UUID) -> CampaignRevision | None:
    shown = select(CampaignRevision).filter_by(campaign_id=campaign_id, state=RevisionState.PUBLISHED.value)
    return session.scalars(shown).one_or_none()


def _open(campaign_id: UUID) -> Select[CampaignRevision]:
    return select(CampaignRevision).where(
        CampaignRevision.campaign_id == campaign_id, CampaignRevision.state.in_([state.value for state in OPEN])
    )


def _tell(session: Session, campaign: Campaign, revision: CampaignRevision) -> None:
    """Put the published words where lists and searching read them; triggers make search documents of them."""
    blocks = [block for block in revision.blocks if block.shown]
    hero = next(block for block in blocks if block.kind == BlockKind.HERO)
    kept = {text.language: text for text in campaign.texts}
    spoken = {text.language: text.parts for text in hero.texts if text.parts}
    for language, parts in spoken.items():
        text = kept.get(language)
        if text is None:
            text = CampaignText(language=language)
            campaign.texts.append(text)
        text.headline, text.strap_line = parts["headline"], parts["strap_line"]
        text.narrative = "\n\n".join(said for block in blocks if (said := _said(block, language)))
    for language in set(kept) - set(spoken):
        campaign.texts.remove(kept[language])
    session.flush()


def _said(block: CampaignBlock, language: str) -> str:
    """A block's words as plain reading; headline and strap line are kept apart from them."""
    parts = next((text.parts for text in block.texts if text.language == language), {})
    return "\n\n".join(words for name, words in parts.items() if name not in ("headline", "strap_line", "button"))


def _ready(session: Session, revision_id: UUID, to: RevisionState) -> CampaignRevision:
    revision = _locked(session, revision_id, to)
    if lacks := missing(session, revision):
        raise PageIncomplete(lacks)
    return revision


def _locked(session: Session, revision_id: UUID, to: RevisionState) -> CampaignRevision:
    revision = lock(session, CampaignRevision, revision_id)
    check_move(RevisionState(revision.state), to)
    return revision


def _noted(session: Session, actor: Actor, action: str, revision: CampaignRevision) -> CampaignRevision:
    session.flush()
    record(session, actor, action, "campaign", revision.campaign_id, number=revision.number)
    return revision
