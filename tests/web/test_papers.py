"""Papers of a case over the site: what its page shows and no more, in the reader's language, gone when the case is."""

from __future__ import annotations

import pytest
import segno
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.actions.defenders import keep_portrait
from alerts.actions.models import UrgentAction
from alerts.actions.portraits import reencode
from alerts.actions.states import CaseState, Visibility
from alerts.actions.writing import write_text
from alerts.organisers import Role
from alerts.web.papers import PORTRAIT
from tests.actions.test_portraits import picture
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action, brought_to, past_deadline, words
from tests.papers.reading import modules, pages, pictures, size_of
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


def with_portrait(session: Session, visibility: Visibility = Visibility.NAMED) -> UrgentAction:
    defender = a_defender(session, visibility=visibility, languages=("en", "fa"))
    a_consent(session, defender, scope=visibility)
    keep_portrait(session, defender, reencode(picture((800, 1000))))
    return an_urgent_action(session, CaseState.PUBLISHED, defender=defender, languages=("en", "fa"))


def paper_in(client: FlaskClient, case: UrgentAction, language: str) -> bytes:
    made: bytes = client.get(f"/{language}/ua/{number_of(case)}/bulletin.pdf").data
    return made


def test_a_bulletin_shows_who_it_is_about_where_they_may_be_seen(session: Session, client: FlaskClient) -> None:
    case = with_portrait(session)
    session.commit()
    portrait, _code = pictures(paper_in(client, case, "en"))
    assert portrait.size == PORTRAIT
    assert len(paper_in(client, case, "en")) < 300_000


@pytest.mark.parametrize("visibility", [Visibility.PSEUDONYM, Visibility.WITHHELD])
def test_who_must_not_be_known_is_on_no_bulletin(session: Session, client: FlaskClient, visibility: Visibility) -> None:
    case = with_portrait(session, visibility)
    session.commit()
    shown = pictures(paper_in(client, case, "en"))
    assert [each.mode for each in shown] == ["L"], "nothing but the code, which has no colours"


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_phone_reads_the_address_off_a_bulletin(session: Session, client: FlaskClient, language: str) -> None:
    case = with_portrait(session)
    session.commit()
    address = f"http://localhost:8000/{language}/ua/{number_of(case)}"
    wanted = [[bool(module) for module in row] for row in segno.make(address, error="q", micro=False).matrix]
    made = paper_in(client, case, language)
    assert modules(pictures(made)[-1], len(wanted)) == wanted
    assert address in pages(made)[0]


def test_a_bulletin_asks_to_sign_only_as_long_as_one_can(session: Session, client: FlaskClient) -> None:
    open_, late, closed = (an_urgent_action(session, state) for state in [CaseState.PUBLISHED] * 2 + [CaseState.CLOSED])
    to_write = an_urgent_action(session, CaseState.PUBLISHED)
    to_write.kinds = ["write"]
    past_deadline(session, late.id)
    session.commit()
    asked = ("Read and sign:", "Read and act:", "The deadline has passed", "Read what became of it:")
    for case, wanted in zip((open_, to_write, late, closed), asked, strict=True):
        said = pages(paper_in(client, case, "en"))[0]
        assert [line for line in asked if line in said] == [wanted]


def test_parts_of_a_line_are_apart_as_the_language_writes_it(session: Session, client: FlaskClient) -> None:
    case = with_portrait(session)
    session.commit()
    assert "Amal Sabri, lawyer" in pages(paper_in(client, case, "en"))[0]
    assert "Amal Sabri، lawyer" in pages(paper_in(client, case, "fa"))[0]


def test_a_bulletin_is_in_one_language_also_where_the_page_is_not(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en",))
    session.commit()
    said = pages(paper_in(client, case, "fr"))[0]
    assert "Read and sign:" in said
    assert "Lisez" not in said


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
