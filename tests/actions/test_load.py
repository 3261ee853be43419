"""Claims about loading case folders into the database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions import queries
from alerts.actions.casefaults import CaseFileFaults
from alerts.actions.load import Outcome, load_folder
from alerts.actions.models import Campaign, Defender, Target, UrgentAction
from alerts.actions.states import CaseState
from alerts.core.errors import NotAllowed, Refused
from alerts.organisers import Role
from tests.actions.case_folders import ROOT, documented, english, spanish
from tests.builders import an_actor, brought_to


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True)
    for language, text in texts.items():
        (folder / f"{language}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    folder = tmp_path / "spring"
    write(folder / "campaign", en=documented()["campaign/en.md"])
    write(folder / "milan-novak", en=english(), es=spanish())
    return folder


def test_the_demo_campaign_loads_as_drafts_and_can_be_published_by_others(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    loaded = load_folder(session, author, ROOT / "demo" / "we-defend")
    assert [case.outcome for case in loaded] == [Outcome.NEW] * 5
    for case in loaded:
        found = session.get_one(UrgentAction, case.case_id)
        assert (found.state, found.author_id) == (CaseState.DRAFT, author.id)
        brought_to(session, found, CaseState.PUBLISHED, author=author)
    cards = queries.open_cases(session, "fa", campaign_id=session.scalar(select(Campaign.id).where(Campaign.is_home)))
    assert len(cards) == 5
    names = {card.name for card in cards}
    assert "نرگس محمدی" in names
    assert "برتا سونیگا کاسرس" in names
    assert "نام محفوظ است" in names


def test_loading_again_changes_nothing_and_says_where_files_differ(session: Session, campaign: Path) -> None:
    author = an_actor(session, Role.AUTHOR)
    first = load_folder(session, author, campaign)
    assert [case.outcome for case in load_folder(session, author, campaign)] == [Outcome.UNCHANGED]
    (campaign / "milan-novak" / "en.md").write_text(
        english(("Beekeeper arrested", "Beekeeper jailed")), encoding="utf-8"
    )
    again = load_folder(session, author, campaign)
    assert [(case.outcome, case.case_id) for case in again] == [(Outcome.CHANGED, first[0].case_id)]
    case = session.get_one(UrgentAction, first[0].case_id)
    assert case.bulletins[0].texts[0].title.startswith("Beekeeper arrested")
    assert (
        session.scalar(select(func.count()).select_from(UrgentAction).filter_by(loaded_from="spring/milan-novak")) == 1
    )


def test_a_case_alone_is_the_same_case_as_in_its_campaign(session: Session, campaign: Path) -> None:
    author = an_actor(session, Role.AUTHOR)
    alone = load_folder(session, author, campaign / "milan-novak")
    assert [case.outcome for case in load_folder(session, author, campaign)] == [Outcome.UNCHANGED]
    assert alone[0].outcome is Outcome.NEW


def test_one_bad_file_and_nothing_of_the_folder_is_loaded(session: Session, campaign: Path) -> None:
    write(campaign / "other-case", en=english(("risk: arrest", "risk: arest")))
    (campaign / "stray.txt").write_text("?")
    before = [
        session.scalar(select(func.count()).select_from(table)) for table in (UrgentAction, Defender, Target, Campaign)
    ]
    with pytest.raises(CaseFileFaults) as caught:
        load_folder(session, an_actor(session, Role.AUTHOR), campaign)
    told = [str(fault) for fault in caught.value.found]
    assert [line.split(":")[:2] for line in told] == [["spring/other-case/en.md", "11"], ["spring/stray.txt", "1"]]
    after = [
        session.scalar(select(func.count()).select_from(table)) for table in (UrgentAction, Defender, Target, Campaign)
    ]
    assert before == after


def test_a_second_home_page_is_refused_whole(session: Session, campaign: Path) -> None:
    author = an_actor(session, Role.AUTHOR)
    load_folder(session, author, campaign)
    shutil.copytree(campaign, campaign.parent / "autumn")
    with pytest.raises(Refused, match="Another campaign is the home page"):
        load_folder(session, author, campaign.parent / "autumn")
    assert session.scalar(select(UrgentAction).filter_by(loaded_from="autumn/milan-novak")) is None


def test_a_folder_that_is_none_is_said_plainly(session: Session, tmp_path: Path) -> None:
    with pytest.raises(CaseFileFaults, match="there is no such folder"):
        load_folder(session, an_actor(session, Role.AUTHOR), tmp_path / "nowhere")
    with pytest.raises(CaseFileFaults, match="no text in any language"):
        load_folder(session, an_actor(session, Role.AUTHOR), tmp_path)


def test_only_authors_load(session: Session, campaign: Path) -> None:
    with pytest.raises(NotAllowed):
        load_folder(session, an_actor(session, Role.SENDER), campaign)
