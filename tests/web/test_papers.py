"""Papers of a case over the site: what its page shows and no more, in the reader's language, gone when the case is."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState, Visibility
from alerts.actions.writing import write_text
from alerts.organisers import Role
from tests.builders import an_actor, an_urgent_action, brought_to, words
from tests.papers.reading import pages, size_of
from tests.web.pages import number_of


def test_a_bulletin_can_be_pinned_up_in_each_of_its_languages(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "fr"))
    session.commit()
    answer = client.get(f"/en/ua/{number_of(case)}/bulletin.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert f'filename="ua-{number_of(case)}-en.pdf"' in answer.headers["Content-Disposition"]
    said = " ".join(pages(answer.data)[0].split())
    for told in ("Defend the lawyer! (en)", "Protect her. (en)", "Attorney General", f"/en/ua/{number_of(case)}"):
        assert told in said
    assert "(fr)" in pages(client.get(f"/fr/ua/{number_of(case)}/bulletin.pdf").data)[0]
    assert "bulletin.pdf" in client.get(f"/en/ua/{number_of(case)}").text


def test_a_name_that_is_withheld_is_on_no_paper_nor_in_its_name(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, visibility=Visibility.WITHHELD)
    session.commit()
    answer = client.get(f"/en/ua/{number_of(case)}/bulletin.pdf")
    assert case.defender.name not in "".join(pages(answer.data)) + str(answer.headers)
    assert case.defender.name.encode() not in answer.data


@pytest.mark.parametrize("state", [CaseState.HELD, CaseState.WITHDRAWN])
def test_papers_of_a_case_that_is_taken_down_are_gone(session: Session, client: FlaskClient, state: CaseState) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    case.state, case.kinds = state.value, ["sign", "print"]
    session.commit()
    for paper in ("bulletin.pdf", "letter.pdf"):
        assert client.get(f"/en/ua/{number_of(case)}/{paper}").status_code == 410
        assert client.get(f"/en/ua/9999-26/{paper}").status_code == 404


def test_the_letter_is_offered_where_it_is_asked_for_on_the_readers_sheet(
    session: Session, client: FlaskClient
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    path = f"/en/ua/{number_of(case)}/letter.pdf"
    assert client.get(path).status_code == 303, "a case that asks for no letters on paper"
    case.kinds = ["sign", "print"]
    session.commit()
    there = client.get(path, headers={"Accept-Language": "en-US,en;q=0.8"})
    here = client.get(path, headers={"Accept-Language": "de-DE,de"})
    assert (size_of(there.data), size_of(here.data)) == ((612, 792), (595, 842))
    assert "I call on you to protect her." in " ".join(pages(here.data)[0].split())
    assert path in client.get(f"/en/ua/{number_of(case)}/print").text


def test_the_letter_says_in_the_offices_language_who_gets_copies(session: Session, client: FlaskClient) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, languages=("en", "fr"))
    for language in ("en", "fr"):
        told = words(language, copies=(f"Embassy of Honduras ({language})", "Ombudsman"))
        write_text(session, author, case.id, language, told, version=1)
    brought_to(session, case, CaseState.PUBLISHED, author=author)
    without = an_urgent_action(session, CaseState.PUBLISHED)
    case.kinds = without.kinds = ["sign", "print"]
    session.commit()

    def letter(of: UrgentAction) -> str:
        return " ".join(pages(client.get(f"/en/ua/{number_of(of)}/letter.pdf").data)[0].split())

    assert letter(case).endswith("Copies go to: Embassy of Honduras (en); Ombudsman.")
    assert "Copies" not in letter(without)
    assert case.target
    case.target.preferred_language = "fr"
    session.commit()
    assert letter(case).endswith("Copies adressées à : Embassy of Honduras (fr); Ombudsman.")
