"""Claims about copies: offices beside the target that a case asks to be told, written and reviewed as its text is."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.casefaults import CaseFileFaults
from alerts.actions.casefile import parse_case
from alerts.actions.errors import BadText, Incomplete
from alerts.actions.review import submit
from alerts.actions.states import CaseState, Visibility
from alerts.actions.writing import words_of, write_text
from alerts.mailings.desk import specimen
from alerts.organisers import Role
from tests.actions.case_folders import NOW, english, files, spanish
from tests.builders import an_actor, an_urgent_action, brought_to, words
from tests.mailings.scenes import SITE
from tests.web.pages import an_alert, number_of
from tests.web.pages import words as words_on

EMBASSY = ("defender:", "copies:\n  - Embassy of Czechia in your country\n  - The ombudsman\ndefender:")


def test_a_case_folder_may_name_copies_in_each_language() -> None:
    case = parse_case(files(en=english(EMBASSY)), slug="milan-novak", now=NOW)
    assert {text.language: text.copies for text in case.texts} == {
        "en": ("Embassy of Czechia in your country", "The ombudsman"),
        "es": (),
    }


@pytest.mark.parametrize(
    ("copies", "said"),
    [
        ("copies: Embassy", "`copies` is not a list of texts"),
        ("copies:\n  - " + "x" * 161, "the office that gets a copy has 161 characters"),
        ("copies:" + "\n  - Embassy" * 11, "`copies` has 11 entries"),
    ],
)
def test_wrong_copies_are_a_fault(copies: str, said: str) -> None:
    with pytest.raises(CaseFileFaults) as caught:
        parse_case(files(es=spanish(("defender:", f"{copies}\ndefender:"))), slug="milan-novak", now=NOW)
    assert said in "\n".join(map(str, caught.value.found))


def test_copies_stand_on_the_page_and_pages_without_have_no_row(session: Session, client: FlaskClient) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author)
    told = words(copies=(" Embassy in your country ", "", "The ombudsman"))
    kept = write_text(session, author, case.id, "en", told, version=1)
    assert words_of(kept).copies == ("Embassy in your country", "The ombudsman")
    brought_to(session, case, CaseState.PUBLISHED, author=author)
    other = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    page = words_on(client.get(f"/en/ua/{number_of(case)}"))
    assert "Copies go to Embassy in your country" in page
    assert "The ombudsman" in page
    assert "Copies go to" not in words_on(client.get(f"/en/ua/{number_of(other)}"))


def test_a_name_that_must_not_be_shown_is_found_in_copies(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, visibility=Visibility.WITHHELD)
    write_text(session, author, case.id, "en", words(copies=("Friends of Amal Sabri",)), version=1)
    with pytest.raises(Incomplete, match="copies"):
        submit(session, author, case.id)


def test_too_many_or_broken_copies_are_refused(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author)
    with pytest.raises(BadText, match="11 copies"):
        write_text(session, author, case.id, "en", words(copies=("Embassy",) * 11), version=1)
    with pytest.raises(BadText, match="Copy 1"):
        write_text(session, author, case.id, "en", words(copies=("one\ntwo",)), version=1)


def test_the_alert_says_in_both_parts_who_gets_copies_and_is_as_it_was_without(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, languages=("en", "fa"))
    write_text(session, author, case.id, "en", words(copies=("Embassy in your country", "The ombudsman")), version=1)
    brought_to(session, case, CaseState.PUBLISHED, author=author)
    told, without = (specimen(session, author, case.bulletins[0].id, code, SITE) for code in ("en", "fa"))
    for part in (told.text, told.html):
        assert "Copies go to: Embassy in your country; The ombudsman." in part
    assert "رونوشت" not in without.text + without.html


def test_the_letter_on_the_one_click_page_says_who_gets_copies(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    assert "Copies go to" not in words_on(client.get(alert.act_link()))
    session.execute(text("ALTER TABLE bulletin_texts DISABLE TRIGGER texts_change_in_draft"))
    alert.case.bulletins[0].texts[0].copies = ["Embassy in your country"]
    session.commit()
    assert "Copies go to: Embassy in your country" in words_on(client.get(alert.act_link()))
