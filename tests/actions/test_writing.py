"""Claims about writing cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.defenders import change_defender, describe_defender, set_portrait
from alerts.actions.errors import BadText, Conflict, IllegalMove
from alerts.actions.models import Bulletin
from alerts.actions.review import take_back
from alerts.actions.states import CaseState, Pronouns, Risk, Topic, Visibility
from alerts.actions.targets import Office, save_target
from alerts.actions.writing import Words, change_facts, create_urgent_action, write_text
from alerts.audit.service import first_broken_link, history
from alerts.core import clock
from alerts.core.errors import NotAllowed, Unknown
from alerts.core.ids import new_id
from alerts.organisers import Role
from tests.builders import a_defender, a_target, an_actor, an_urgent_action, words


def test_a_case_is_a_draft_with_a_number_and_its_author(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    first, second = (an_urgent_action(session, author=author) for _ in range(2))
    assert first.state == CaseState.DRAFT
    assert first.author_id == author.id
    assert first.number == f"UA {first.sequence}/{clock.now().year % 100:02d}"
    assert second.sequence == first.sequence + 1


def test_only_authors_write(session: Session) -> None:
    case = an_urgent_action(session)
    for role in (Role.REVIEWER, Role.SENDER, Role.DATA_OFFICER, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            write_text(session, an_actor(session, role), case.id, "en", words(), version=1)


def test_a_draft_may_be_incomplete(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = create_urgent_action(
        session,
        author,
        defender_id=a_defender(session, author).id,
        main_language="en",
        risk=Risk.THREAT,
        words=Words("Lawyer threatened"),
    )
    assert case.deadline is None
    assert case.bulletins[0].texts[0].asks == []


def test_saving_names_the_version_it_started_from(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author)
    saved = write_text(session, author, case.id, "en", words(title="Lawyer attacked"), version=1)
    assert (saved.version, saved.title) == (2, "Lawyer attacked")
    assert write_text(session, author, case.id, "fa", words("fa"), version=0).version == 1


def test_the_second_editor_gets_both_texts_and_nothing_is_overwritten(session: Session) -> None:
    first, second = (an_actor(session, Role.AUTHOR, name=name) for name in ("First Editor", "Second Editor"))
    case = an_urgent_action(session, author=first)
    write_text(session, first, case.id, "en", words(title="What the first wrote"), version=1)
    with pytest.raises(Conflict) as caught:
        write_text(session, second, case.id, "en", words(title="What the second wrote"), version=1)
    conflict = caught.value
    assert (conflict.theirs["title"], conflict.yours["title"]) == ("What the first wrote", "What the second wrote")
    assert (conflict.version, conflict.who) == (2, "First Editor")
    assert "First Editor saved this text" in conflict.message
    saved = write_text(session, second, case.id, "en", words(title="Both"), version=conflict.version)
    assert (saved.version, saved.title, saved.edited_by) == (3, "Both", second.id)


def test_two_people_adding_one_language_conflict_too(session: Session) -> None:
    case = an_urgent_action(session)
    write_text(session, an_actor(session, Role.AUTHOR), case.id, "fr", words("fr"), version=0)
    with pytest.raises(Conflict):
        write_text(session, an_actor(session, Role.AUTHOR), case.id, "fr", words("fr"), version=0)


@pytest.mark.parametrize("state", [CaseState.IN_REVIEW, CaseState.APPROVED, CaseState.HELD])
def test_an_edit_takes_the_case_back_to_draft_and_loses_the_approval(session: Session, state: CaseState) -> None:
    case = an_urgent_action(session, state)
    write_text(session, an_actor(session, Role.AUTHOR), case.id, "en", words(title="New"), version=1)
    assert case.state == CaseState.DRAFT
    assert case.approved_by is None
    assert "case.reopened" in [entry.action for entry in history(session, "urgent_action", case.id)]


@pytest.mark.parametrize("state", [CaseState.PUBLISHED, CaseState.CLOSED, CaseState.WITHDRAWN])
def test_what_was_published_is_not_edited_under_its_readers(session: Session, state: CaseState) -> None:
    case = an_urgent_action(session, state)
    with pytest.raises(IllegalMove):
        write_text(session, an_actor(session, Role.AUTHOR), case.id, "en", words(title="New"), version=1)
    with pytest.raises(IllegalMove):
        change_facts(
            session, an_actor(session, Role.AUTHOR), case.id, risk=Risk.ARREST, deadline=None, target_id=case.target_id
        )
    assert case.state == state


def test_the_database_itself_refuses_texts_past_draft(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    with pytest.raises(IntegrityError, match=r"draft only"), session.begin_nested():
        session.execute(text("UPDATE bulletin_texts SET title = 'x' WHERE bulletin_id IN (SELECT id FROM bulletins)"))
    assert case.state == CaseState.PUBLISHED


def test_words_that_cannot_stand_are_refused_all_at_once(session: Session) -> None:
    case = an_urgent_action(session)
    bad = words(title="x" * 200, story="<script>", asks=("<b>", "y" * 400), call="a\nb", letter="\ue000")
    with pytest.raises(BadText) as caught:
        write_text(session, an_actor(session, Role.AUTHOR), case.id, "en", bad, version=1)
    told = "\n".join(caught.value.faults)
    for part in ("title", "call", "HTML in the story", "Point 1: HTML", "Point 2: The point", "U+E000"):
        assert part in told


def test_facts_are_checked(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author)
    with pytest.raises(BadText, match="deadline is over"):
        change_facts(
            session, author, case.id, risk=Risk.ARREST, deadline=clock.now() - timedelta(1), target_id=case.target_id
        )
    with pytest.raises(Unknown):
        change_facts(session, author, case.id, risk=Risk.ARREST, deadline=None, target_id=new_id())
    with pytest.raises(Unknown):
        write_text(session, author, new_id(), "en", words(), version=0)
    changed = change_facts(session, author, case.id, risk=Risk.ARREST, deadline=None, target_id=None)
    assert (changed.risk, changed.target, changed.deadline) == ("arrest", None, None)


def test_whom_a_case_is_about_stays_until_it_is_said_anew(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, topics=[Topic.WOMEN, Topic.LAND])
    change_facts(session, author, case.id, risk=Risk.ARREST, deadline=None, target_id=None)
    assert case.topics == ["land", "women"]
    change_facts(session, author, case.id, risk=Risk.ARREST, deadline=None, target_id=None, topics=[])
    assert case.topics == []


def test_a_defender_is_checked_all_at_once(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author)
    with pytest.raises(BadText) as caught:
        change_defender(
            session, author, defender.id, name="", visibility=Visibility.NAMED, country="XX", pronouns=Pronouns.HE
        )
    assert len(caught.value.faults) == 2
    with pytest.raises(BadText, match="pseudonym is missing"):
        a_defender(session, author, visibility=Visibility.PSEUDONYM, pseudonym=" ")


def test_hiding_a_name_hides_it_in_every_language(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author, name="Amal Sabri", languages=("en", "fa"))
    changed = change_defender(
        session,
        author,
        defender.id,
        name="Amal Sabri",
        visibility=Visibility.PSEUDONYM,
        pseudonym="The Lawyer",
        country="EG",
        pronouns=Pronouns.SHE,
    )
    assert {text.name for text in changed.texts} == {"The Lawyer"}
    with pytest.raises(BadText, match="real name"):
        describe_defender(session, author, defender.id, "fr", role="avocate", name="Amal Sabri")


def test_what_a_reviewed_case_stands_on_does_not_change_unseen(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, CaseState.APPROVED, author=author)
    assert case.target is not None
    with pytest.raises(IllegalMove, match=case.number):
        describe_defender(session, author, case.defender_id, "en", role="someone else")
    with pytest.raises(IllegalMove, match=case.number):
        set_portrait(session, author, case.defender_id, b"")
    with pytest.raises(IllegalMove, match=case.number):
        save_target(
            session,
            author,
            name="Other",
            address="1 Street\nTown",
            email=None,
            preferred_language="en",
            verified_on=None,
            offices={},
            target_id=case.target_id,
        )
    take_back(session, author, case.id)
    describe_defender(session, author, case.defender_id, "en", role="someone else")


def test_a_target_must_be_reachable_and_right(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    with pytest.raises(BadText) as caught:
        save_target(
            session,
            author,
            name="",
            address="Nowhere",
            email="not an address",
            preferred_language="xx",
            verified_on=None,
            offices={"en": Office("", "Dear <b>")},
        )
    assert len(caught.value.faults) == 6
    kept = a_target(session, author, languages=("en", "es"))
    save_target(
        session,
        author,
        name="Ministry",
        address=None,
        email="ministry@office.example",
        preferred_language="es",
        verified_on=None,
        offices={"es": Office("Ministra", "Señora Ministra:")},
        target_id=kept.id,
    )
    assert [(text.language, text.office) for text in kept.texts] == [("es", "Ministra")]


def test_every_change_is_in_the_sealed_record(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "es"))
    actions = [entry.action for entry in history(session, "urgent_action", case.id)]
    assert actions == ["case.created", "case.text_written", "case.submitted", "case.approved", "case.published"]
    assert first_broken_link(session) is None
    assert session.get(Bulletin, case.bulletins[0].id) is not None
