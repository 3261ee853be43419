"""Later bulletins: four eyes, texts in draft only, only on a case that is shown, and stops that end the appeals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions import later
from alerts.actions.errors import BadText, Conflict, IllegalMove, Incomplete, OwnWork
from alerts.actions.later import MOVES
from alerts.actions.news import later_of, published_news
from alerts.actions.publishing import withdraw
from alerts.actions.states import BulletinKind, BulletinState, CaseState, Outcome, Visibility
from alerts.actions.writing import Words
from alerts.organisers import Role
from tests.builders import a_later_bulletin, an_actor, an_urgent_action

S = BulletinState
NEWS = BulletinKind.FURTHER_INFORMATION


def test_bulletins_are_numbered_in_their_case_and_read_in_the_reader_s_language(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "fa"))
    a_later_bulletin(session, case, languages=("en", "fa"))
    a_later_bulletin(session, case, title="A hearing is set")
    a_later_bulletin(session, case, state=S.APPROVED, title="Not public yet")
    told = published_news(session, case.id, "fa")
    assert [(one.number, one.language, one.title) for one in told] == [
        (2, "fa", "She was moved to another prison (fa)"),
        (3, "en", "A hearing is set"),
    ]
    assert [one.number for one in later_of(session, an_actor(session, Role.AUTHOR), case.id)] == [4, 3, 2]


@pytest.mark.parametrize("kind", [BulletinKind.STOP, BulletinKind.OUTCOME])
def test_a_stop_or_an_outcome_closes_the_case_when_it_is_published_and_not_before(
    session: Session, kind: BulletinKind
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    bulletin = a_later_bulletin(session, case, kind, S.APPROVED)
    assert case.state == CaseState.PUBLISHED
    later.publish_later(session, an_actor(session, Role.SENDER), bulletin.id)
    assert (case.state, case.ended_at is not None) == (CaseState.CLOSED, True)
    a_later_bulletin(session, case, title="And later still")
    assert len(published_news(session, case.id, "en")) == 2


def test_news_leaves_the_appeals_open(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    a_later_bulletin(session, case)
    assert case.state == CaseState.PUBLISHED


def test_who_wrote_or_edited_it_cannot_approve_it(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    bulletin = a_later_bulletin(session, case, state=S.DRAFT)
    both = an_actor(session, Role.AUTHOR, Role.REVIEWER)
    later.write(session, both, bulletin.id, "es", Words("Título", summary="Uno.", story="Dos."), version=0)
    later.submit(session, both, bulletin.id)
    with pytest.raises(OwnWork):
        later.approve(session, both, bulletin.id)
    assert bulletin.state == S.IN_REVIEW
    with pytest.raises(IntegrityError, match="may not approve it"), session.begin_nested():
        session.execute(
            text("UPDATE bulletins SET state = 'approved', approved_by = :who WHERE id = :id"),
            {"who": both.id, "id": bulletin.id},
        )


def test_an_edit_takes_it_back_to_draft_and_the_database_holds_to_that(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    bulletin = a_later_bulletin(session, case, state=S.APPROVED)
    with pytest.raises(IntegrityError, match="texts_change_in_draft"), session.begin_nested():
        session.execute(text("UPDATE bulletin_texts SET title = 'x' WHERE bulletin_id = :id"), {"id": bulletin.id})
    editor = an_actor(session, Role.AUTHOR)
    later.write(session, editor, bulletin.id, "en", Words("New", summary="A.", story="B."), version=1)
    assert (bulletin.state, bulletin.approved_by) == (S.DRAFT, None)
    with pytest.raises(Conflict):
        later.write(session, editor, bulletin.id, "en", Words("Mine", summary="A.", story="B."), version=1)


def test_what_was_published_stays_as_it_is(session: Session) -> None:
    bulletin = a_later_bulletin(session, an_urgent_action(session, CaseState.PUBLISHED))
    with pytest.raises(IllegalMove, match="next bulletin"):
        later.write(session, an_actor(session, Role.AUTHOR), bulletin.id, "en", Words("Other"), version=1)
    with pytest.raises(IntegrityError, match="stays published"), session.begin_nested():
        session.execute(
            text("UPDATE bulletins SET state = 'draft', published_at = NULL WHERE id = :id"), {"id": bulletin.id}
        )


def test_nothing_is_begun_or_published_on_a_case_that_is_not_shown(session: Session) -> None:
    draft = an_urgent_action(session)
    with pytest.raises(IllegalMove, match="change its first text"):
        later.begin(session, an_actor(session, Role.AUTHOR), draft.id, NEWS, Words("News"))
    case = an_urgent_action(session, CaseState.PUBLISHED)
    bulletin = a_later_bulletin(session, case, state=S.APPROVED)
    withdraw(session, an_actor(session, Role.SENDER), case.id, reason="Asked by the family.")
    with pytest.raises(IllegalMove):
        later.publish_later(session, an_actor(session, Role.SENDER), bulletin.id)
    with pytest.raises(IntegrityError, match="not shown"), session.begin_nested():
        session.execute(
            text("UPDATE bulletins SET state = 'published', published_at = now() WHERE id = :id"), {"id": bulletin.id}
        )


def test_everything_that_is_missing_is_said_at_once_and_a_hidden_name_is_found(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, visibility=Visibility.WITHHELD)
    author = an_actor(session, Role.AUTHOR)
    bulletin = later.begin(session, author, case.id, NEWS, Words(f"{case.defender.name} was moved"))
    with pytest.raises(Incomplete) as refused:
        later.submit(session, author, bulletin.id)
    faults = " ".join(refused.value.faults)
    assert "summary is missing" in faults.lower()
    assert "story is missing" in faults.lower()
    assert "name that must not be shown" in faults


def test_an_outcome_says_what_became_of_the_person_and_news_does_not(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    author = an_actor(session, Role.AUTHOR)
    with pytest.raises(BadText, match="not saved"):
        later.begin(session, author, case.id, BulletinKind.OUTCOME, Words("Free"))
    with pytest.raises(BadText):
        later.begin(session, author, case.id, NEWS, Words("Free"), outcome=Outcome.RELEASED)
    with pytest.raises(IntegrityError, match="bulletin_says_its_outcome"), session.begin_nested():
        session.execute(
            text("""INSERT INTO bulletins (id, urgent_action_id, kind, number, state, created_at)
                VALUES (gen_random_uuid(), :case, 'outcome', 9, 'draft', now())"""),
            {"case": case.id},
        )


@given(st.sampled_from(S), st.sampled_from(S))
def test_the_table_of_moves_is_whole_and_leads_one_way_to_publication(now: S, to: S) -> None:
    assert set(MOVES) == set(S)
    assert now not in MOVES[now]
    assert to is not S.PUBLISHED or to not in MOVES[now] or now is S.APPROVED
    assert not MOVES[S.PUBLISHED]
