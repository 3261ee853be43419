"""Nothing that is held, withdrawn or unpublished is ever found, nor a name that must not be shown."""

from __future__ import annotations

import itertools

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from alerts.actions.consent import withdraw_consent
from alerts.actions.defenders import change_defender, describe_defender
from alerts.actions.models import UrgentAction
from alerts.actions.naming import public_name
from alerts.actions.publishing import close, hold, publish, withdraw
from alerts.actions.states import CaseState, Pronouns, Visibility
from alerts.actions.transitions import SHOWN
from alerts.core.errors import Refused
from alerts.organisers import Role
from alerts.search.queries import search
from tests.builders import an_actor
from tests.search.scenes import NAME, ONLY_IN_THE_STORY, PART_OF_NAME, PSEUDONYM, a_case_of, kept, somebody
from tests.web.pages import number_of

PAGES = (
    "search?q={}",
    "cases",
    "outcomes",
    "feed.atom",
    "feed/country/EG.atom",
    "feed/risk/threat.atom",
    "sitemap.xml",
)


@pytest.mark.parametrize(("state", "visibility"), itertools.product(CaseState, Visibility))
def test_only_what_is_shown_is_found_under_no_name_but_the_shown_one(
    session: Session, state: CaseState, visibility: Visibility
) -> None:
    a_case_of(session, somebody(session, visibility), state)
    shown = state in SHOWN
    named = shown and visibility is Visibility.NAMED
    for words in (NAME, PART_OF_NAME, "zareen", "qubil"):
        assert bool(search(session, "en", words).total) == named, words
    assert bool(search(session, "en", ONLY_IN_THE_STORY).total) == shown
    assert bool(search(session, "en", PSEUDONYM).total) == (shown and visibility is Visibility.PSEUDONYM)
    assert (NAME.casefold() in kept(session)) == named


@pytest.mark.parametrize(("state", "visibility"), itertools.product(CaseState, Visibility))
def test_no_list_feed_or_map_says_more_than_the_case(
    session: Session, client: FlaskClient, state: CaseState, visibility: Visibility
) -> None:
    case = a_case_of(session, somebody(session, visibility), state, story="She went to court.")
    session.commit()
    for page in PAGES:
        answer = client.get(f"/en/{page.format('lawyer')}").text
        assert visibility is Visibility.NAMED or not any(part in answer for part in NAME.split()), page
        assert state in SHOWN or f"/ua/{number_of(case)}" not in answer, page
        assert state in SHOWN or "/defenders/" not in answer, page
    assert f"/ua/{number_of(case)}" in client.get("/en/sitemap.xml").text or state not in SHOWN


def test_a_name_that_is_withheld_from_now_on_leads_nowhere(session: Session, client: FlaskClient) -> None:
    defender, actor = somebody(session, Visibility.NAMED), an_actor(session, Role.AUTHOR)
    session.refresh(defender)
    former = defender.slug
    change_defender(
        session, actor, defender.id, name=NAME, visibility=Visibility.PSEUDONYM, country="EG",
        pronouns=Pronouns.SHE, pseudonym=PSEUDONYM,
    )  # fmt: skip
    a_case_of(session, defender, CaseState.PUBLISHED)
    session.commit()
    session.refresh(defender)
    assert (former, defender.slug) == ("zareen-qubilai", "wintersun")
    assert client.get("/en/defenders/wintersun").status_code == 200
    assert client.get("/en/defenders/zareen-qubilai").status_code == 404


def test_a_withheld_person_has_no_page_and_no_address(session: Session) -> None:
    defender = somebody(session, Visibility.WITHHELD)
    a_case_of(session, defender, CaseState.PUBLISHED)
    session.refresh(defender)
    assert defender.slug is None
    assert session.scalar(text("SELECT count(*) FROM search_documents WHERE kind = 'defender'")) == 0


def test_a_story_with_a_name_that_must_not_be_shown_is_refused(session: Session) -> None:
    actor = an_actor(session, Role.AUTHOR)
    hidden = somebody(session, Visibility.PSEUDONYM)
    with pytest.raises(Refused):
        describe_defender(session, actor, hidden.id, "en", role="lawyer", story="Zareen  QUBILAI was born in spring.")
    shown = somebody(session, Visibility.NAMED)
    describe_defender(session, actor, shown.id, "en", role="lawyer", story=f"{NAME} was born in spring.")
    with pytest.raises(Refused):
        change_defender(
            session, actor, shown.id, name=NAME, visibility=Visibility.WITHHELD, country="EG", pronouns=Pronouns.SHE
        )


def test_withdrawing_consent_takes_page_list_feed_and_search_down_in_the_same_transaction(
    session: Session, client: FlaskClient
) -> None:
    defender = somebody(session, Visibility.NAMED)
    a_case_of(session, defender, CaseState.PUBLISHED)
    a_case_of(session, defender, CaseState.CLOSED)
    session.commit()
    assert client.get("/en/defenders/zareen-qubilai").status_code == 200
    assert search(session, "en", NAME).total == 3
    withdraw_consent(session, an_actor(session, Role.SENDER), defender.id, reason="The family asked.")
    assert search(session, "en", NAME).total == 0
    assert kept(session) == ""
    session.commit()
    gone = client.get("/en/defenders/zareen-qubilai")
    assert gone.status_code == 410
    assert "Zareen" not in gone.text
    assert "Zareen" not in client.get("/en/feed.atom").text + client.get("/en/cases").text


def test_a_document_that_came_too_late_shows_nothing(session: Session) -> None:
    defender = somebody(session, Visibility.NAMED)
    case = a_case_of(session, defender, CaseState.PUBLISHED)
    session.execute(text("CREATE TEMP TABLE late ON COMMIT DROP AS SELECT * FROM search_documents"))
    withdraw(session, an_actor(session, Role.SENDER), case.id, reason="The family asked.")
    session.execute(text("INSERT INTO search_documents SELECT * FROM late"))
    assert search(session, "en", NAME).hits == ()


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    moves=st.lists(st.tuples(st.sampled_from(("publish", "hold", "close", "withdraw")), st.integers(0, 1)), max_size=7),
    visibility=st.sampled_from(Visibility),
)
def test_after_any_moves_exactly_the_shown_cases_can_be_found(
    session: Session, moves: list[tuple[str, int]], visibility: Visibility
) -> None:
    with session.begin_nested() as undone:
        defender = somebody(session, visibility)
        cases = [a_case_of(session, defender, CaseState.APPROVED) for _ in range(2)]
        sender = an_actor(session, Role.SENDER)
        for move, which in moves:
            try:
                with session.begin_nested():
                    if move == "publish":
                        publish(session, sender, cases[which].id)
                    else:
                        ways = {"hold": hold, "close": close, "withdraw": withdraw}
                        ways[move](session, sender, cases[which].id, reason="A reason.")
            except Refused:
                pass
            states = session.execute(select(UrgentAction.id, UrgentAction.state)).all()
            shown = {id for id, state in states if state in SHOWN}
            found = session.execute(text("SELECT kind, case_id FROM search_documents")).all()
            assert {row.case_id for row in found if row.kind == "case"} == shown
            page = [row for row in found if row.kind == "defender"]
            assert len(page) == (1 if shown and visibility is not Visibility.WITHHELD else 0)
        undone.rollback()


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("localised", ["", "Zarīn", NAME, "زرین"])
def test_the_database_knows_a_person_by_the_same_names_as_pages_do(
    session: Session, visibility: Visibility, localised: str
) -> None:
    defender = somebody(session, visibility)
    session.execute(
        text("UPDATE defender_texts SET name = :name WHERE defender_id = :id"), {"name": localised, "id": defender.id}
    )
    a_case_of(session, defender, CaseState.PUBLISHED)
    session.expire_all()
    titles = session.scalars(text("SELECT title FROM search_documents WHERE kind = 'defender'")).all()
    assert titles == ([] if visibility is Visibility.WITHHELD else [public_name(defender, "en")])
