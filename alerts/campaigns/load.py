"""Loading a campaign's page from files: once, as a draft, all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.campaigns import ensure_campaign
from alerts.actions.casefaults import CaseFileFaults, Fault
from alerts.actions.casefolder import CAMPAIGN, _files
from alerts.audit import record
from alerts.campaigns.editing import open_draft
from alerts.campaigns.figures import to_json
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.models import CampaignBlock, CampaignBlockText, CampaignRevision
from alerts.campaigns.pagefile import PageFile, parse_page
from alerts.core import clock
from alerts.organisers import Actor, Permission, require


class Outcome(StrEnum):
    """What became of the files: a new draft, the same files as before, or other files than before.

    Files are loaded once: afterwards the page is edited in the console, and nothing in it is overwritten.
    """

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


@dataclass(frozen=True)
class LoadedPage:
    """A campaign, the revision its files became, and what was done."""

    slug: str
    revision_id: UUID
    outcome: Outcome


def load_page(session: Session, actor: Actor, folder: Path) -> LoadedPage:
    """Load the page of the campaign in `folder`: the files in its folder `campaign`.

    Raises CaseFileFaults with every fault of every file, Refused where the home page is taken, Busy where someone
    loads the same campaign at this moment; nothing is loaded then.
    """
    require(actor, Permission.WRITE)
    folder = folder.resolve()
    inside = folder / CAMPAIGN
    if not inside.is_dir():
        raise CaseFileFaults(
            [Fault(folder.name, 1, f"there is no folder `{CAMPAIGN}` in it", "put en.md and the others there")]
        )
    label = f"{folder.name}/{CAMPAIGN}"
    file = parse_page(_files(inside, label), slug=folder.name, label=label)
    with session.begin_nested():
        return keep_page(session, actor, file)


def keep_page(session: Session, actor: Actor, file: PageFile) -> LoadedPage:
    """The page of these files as a draft, unless the campaign has a page already. Raises Refused, Busy."""
    campaign = ensure_campaign(session, actor, slug=file.slug, home=file.home, main_language=file.main_language)
    known = session.scalars(
        select(CampaignRevision)
        .where(CampaignRevision.campaign_id == campaign.id)
        .order_by(CampaignRevision.number.desc())
    ).all()
    if known:
        digests = {revision.loaded_digest for revision in known}
        outcome = Outcome.UNCHANGED if file.digest in digests else Outcome.CHANGED
        return LoadedPage(file.slug, known[0].id, outcome)
    draft = open_draft(session, actor, campaign.id)
    draft.loaded_digest = file.digest
    order = [*file.shown, *(kind for kind in BlockKind if kind not in file.shown)]
    for block in draft.blocks:
        _fill(block, file, order, actor)
    session.flush()
    record(session, actor, "campaign.page_loaded", "campaign", campaign.id, slug=file.slug, digest=file.digest)
    return LoadedPage(file.slug, draft.id, Outcome.NEW)


def _fill(block: CampaignBlock, file: PageFile, order: list[BlockKind], actor: Actor) -> None:
    kind, at = BlockKind(block.kind), clock.now()
    block.position, block.shown = order.index(kind), kind in file.shown
    if kind is BlockKind.NUMBERS and file.figures:
        block.figures, block.version = to_json(file.figures), 1
    block.texts = [
        CampaignBlockText(language=language, parts=words, version=1, edited_by=actor.id, edited_at=at)
        for language, words in file.words[kind].items()
    ]
