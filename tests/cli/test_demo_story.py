"""The demo's past: told once, by the verbs that people use, with a correction, acts over days and digests to send."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.casefile import CampaignFile
from alerts.actions.casefolder import read_folder
from alerts.actions.endings import endings
from alerts.actions.models import Bulletin, UrgentAction
from alerts.actions.states import BulletinKind, BulletinState, CaseState, Outcome, Visibility
from alerts.actions.versions import old_words, replaced_versions
from alerts.audit.models import AuditEntry
from alerts.cli import demo_people, demo_story
from alerts.cli.demo_content import CAMPAIGN
from alerts.core import clock
from alerts.core.languages import LANGUAGES
from alerts.mailings.digests import make_due, next_cases
from alerts.mailings.models import Mailing
from alerts.organisers import SYSTEM, Role
from alerts.participation.models import Participation
from alerts.participation.queries import by_day
from alerts.subscribers.importing import import_list
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.models import HowOften, Subscriber
from tests.builders import an_actor

Cases = dict[str, UrgentAction]


@pytest.fixture
def staff(session: Session, tmp_path: Path) -> demo_story.Staff:
    """The organisers of a demo whose people are there."""
    demo_people.write_list(tmp_path / "people.csv")
    with clock.set_back(demo_story.WRITTEN), (tmp_path / "people.csv").open("rb") as file:
        for step in import_list(session, SYSTEM, SubscriberList(file), statement="Yes.", on_bad=lambda _: None):
            assert step.counts.bad == 0
    demo_people.choose_digests(session)
    return demo_story.Staff(*(an_actor(session, role) for role in (Role.AUTHOR, Role.REVIEWER, Role.SENDER)))


@pytest.fixture
def cases(session: Session, staff: demo_story.Staff) -> Cases:
    """The cases after the story was told, by folder."""
    demo_story.tell(session, staff, CAMPAIGN)
    session.expire_all()
    return {(case.loaded_from or "").partition("/")[2]: case for case in session.scalars(select(UrgentAction))}


def test_all_cases_but_the_one_that_ended_are_open_and_telling_again_changes_nothing(
    session: Session, staff: demo_story.Staff, cases: Cases
) -> None:
    ended = cases.pop(demo_story.ENDED)
    assert ended.state == CaseState.CLOSED
    assert {case.state for case in cases.values()} == {CaseState.PUBLISHED}
    before = session.scalars(select(AuditEntry.id)).all()
    demo_story.tell(session, staff, CAMPAIGN)
    assert session.scalars(select(AuditEntry.id)).all() == before


def test_one_case_was_corrected_in_every_language_to_what_its_files_say(session: Session, cases: Cases) -> None:
    case = cases[demo_story.CORRECTED]
    campaign = read_folder(CAMPAIGN, now=clock.now())
    assert isinstance(campaign, CampaignFile)
    files = next(file for file in campaign.cases if file.slug == demo_story.CORRECTED)
    stories = {text.language: text.story for text in files.texts}
    replaced = {one.language: one for one in replaced_versions(session, case.id)}
    assert set(replaced) == {text.language for text in case.bulletins[0].texts} == set(LANGUAGES)
    for text in case.bulletins[0].texts:
        right, said = demo_story.MISTAKES[text.language]
        old = old_words(session, case.id, text.language, replaced[text.language].version)
        assert text.story == stories[text.language]
        assert old.story == stories[text.language].replace(right, said)
        assert old.story != text.story
    assert all(one.read_from < one.replaced_at < clock.now() for one in replaced.values())


def test_names_came_over_days_and_a_few_were_taken_back(session: Session, cases: Cases) -> None:
    for folder, days in demo_story.NAMES_A_DAY.items():
        totals = by_day(session, cases[folder].id)
        assert totals[-1].people == sum(days) - demo_story.WITHDRAWN
        assert len(totals) >= len(days)
    assert by_day(session, cases[demo_story.PUBLISHED_TODAY].id) == ()
    pending = session.scalars(select(Participation.language).filter_by(state="pending")).all()
    assert sorted(pending) == sorted(LANGUAGES)


def test_nothing_happened_before_it_could_nor_lies_ahead(session: Session, cases: Cases) -> None:
    acts = session.execute(select(Participation.urgent_action_id, Participation.acted_at)).all()
    published = {case.id: case.published_at for case in cases.values()}
    assert all((published[case_id] or clock.now()) <= at <= clock.now() for case_id, at in acts)
    told = session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)).all()
    assert list(told) == sorted(told)


def test_news_and_an_ending_are_published_and_an_outcome_waits_for_its_review(session: Session, cases: Cases) -> None:
    folders = {case.id: folder for folder, case in cases.items()}
    later = session.scalars(select(Bulletin).where(Bulletin.number > 1))
    assert {folders[bulletin.urgent_action_id]: (bulletin.kind, bulletin.state) for bulletin in later} == {
        "bertha-zuniga-caceres": (BulletinKind.FURTHER_INFORMATION, BulletinState.PUBLISHED),
        demo_story.ENDED: (BulletinKind.OUTCOME, BulletinState.PUBLISHED),
        demo_story.WAITS: (BulletinKind.OUTCOME, BulletinState.IN_REVIEW),
    }


def test_the_case_that_ended_has_the_last_number_and_is_told_in_every_language_without_a_name(
    session: Session, cases: Cases
) -> None:
    case = cases[demo_story.ENDED]
    assert case.sequence == len(cases) == 5
    assert (case.defender.visibility, case.defender.name, case.defender.portrait_id) == (Visibility.WITHHELD, "", None)
    for language in LANGUAGES:
        ending = endings(session, language, [case.id])[case.id]
        assert (ending.outcome, ending.language) == (Outcome.PROTECTION_GRANTED, language)
    assert session.scalars(select(Mailing.id)).all() == [], "nobody is mailed of it before they looked around"


def test_people_of_every_language_chose_each_digest_and_both_hold_something(session: Session, cases: Cases) -> None:
    chosen = Counter(session.execute(select(Subscriber.how_often, Subscriber.language)).tuples().all())
    for kind in HowOften:
        assert all(chosen[kind.value, language] > 0 for language in LANGUAGES), kind
    assert [len(next_cases(session, kind)[1]) for kind in (HowOften.DAILY, HowOften.WEEKLY)] == [1, 4]
    assert len(make_due(session, hour=0)) == 2
