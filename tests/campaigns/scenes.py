"""A campaign's page as the documented files make it, for tests to break in one place or to carry on to its readers."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign, UrgentAction
from alerts.campaigns import review
from alerts.campaigns.editing import open_draft
from alerts.campaigns.load import Outcome, keep_page, load_page
from alerts.campaigns.models import CampaignRevision
from alerts.campaigns.pagefile import parse_page
from alerts.organisers import Actor, Role
from tests.actions.case_folders import ROOT
from tests.builders import an_actor

DEMO = ROOT / "demo" / "we-defend"


def documented() -> dict[str, str]:
    """The example files of `docs/campaign-files.md`, by language."""
    text = (ROOT / "docs" / "campaign-files.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^`campaign/(\w+)\.md`:\n\n```markdown\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def swapped(*swaps: tuple[str, str], language: str = "en") -> str:
    """The documented file of a language with each first text replaced by the second; each must be there."""
    text = documented()[language]
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def a_folder(at: Path, slug: str = "spring", **texts: str) -> Path:
    """A campaign's folder with these files, the documented ones where nothing is said."""
    folder = at / slug
    (folder / "campaign").mkdir(parents=True, exist_ok=True)
    for language, text in ({"en": documented()["en"]} | texts).items():
        (folder / "campaign" / f"{language}.md").write_text(text, encoding="utf-8")
    return folder


def a_draft(session: Session, folder: Path, author: Actor | None = None) -> CampaignRevision:
    """The page of this folder, loaded as a draft."""
    loaded = load_page(session, author or an_actor(session, Role.AUTHOR), folder)
    return session.get_one(CampaignRevision, loaded.revision_id)


def a_published_page(session: Session, folder: Path) -> CampaignRevision:
    """The page of this folder, before its readers: written, approved and published by three different people."""
    return published(session, a_draft(session, folder))


def a_page_at(session: Session, slug: str) -> CampaignRevision:
    """A draft beside the published page of a campaign at this address, which is not at home; made once."""
    files = {"en.md": swapped(("home: true\n", "")).encode()}
    author = an_actor(session, Role.AUTHOR)
    loaded = keep_page(session, author, parse_page(files, slug=slug))
    revision = session.get_one(CampaignRevision, loaded.revision_id)
    if loaded.outcome is Outcome.NEW:
        published(session, revision)
    return open_draft(session, author, revision.campaign_id)


def published(session: Session, draft: CampaignRevision) -> CampaignRevision:
    """A draft, brought before its readers by others."""
    review.submit(session, an_actor(session, Role.AUTHOR), draft.id)
    review.approve(session, an_actor(session, Role.REVIEWER), draft.id)
    review.publish(session, an_actor(session, Role.SENDER), draft.id)
    return draft


def into(session: Session, case: UrgentAction, slug: str = "spring") -> UrgentAction:
    """The case, as one of the campaign's."""
    case.campaign_id = session.scalars(select(Campaign.id).filter_by(slug=slug)).one()
    session.flush()
    return case
