"""No typed text is ever lost: a refused form comes back with it, and two writers see both their versions."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions.models import Defender, UrgentAction
from alerts.actions.writing import write_text
from alerts.organisers import Role
from tests.builders import a_defender, a_target, an_organiser, an_urgent_action, words
from tests.console.conftest import Desk
from tests.console.reading import whole


class _Fields(HTMLParser):
    """What stands in the fields of a page, by name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._area = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and (given.get("type") != "radio" or "checked" in given):
            self.values[name] = given.get("value") or ""
        elif tag == "textarea":
            self._area = name
            self.values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.values[self._select] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data


def _typed(html: str) -> dict[str, str]:
    return {name: value.strip().replace("\r\n", "\n") for name, value in _Fields(html).values.items()}


TYPED = {
    "version": "1",
    "title": "",
    "call": "Defend <b>her</b>!",
    "summary": "Two\nlines & “quotes”",
    "story": "A story\n\nof two paragraphs",
    "asks": "One\nTwo",
    "letter": "A letter",
    "copies": "An embassy\nAn ombudsman",
}


def test_a_refused_text_comes_back_whole_with_each_fault_at_its_field(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session)
    answer = at_desk(Role.AUTHOR).post(f"/console/cases/{case.id}/texts/en", data=TYPED)

    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert _typed(html).items() >= TYPED.items()
    assert 'href="#title"' in html
    assert 'id="title-error"' in html
    assert "HTML in the call" in whole(answer)


def test_a_refused_defender_comes_back_whole_and_nothing_is_kept(session: Session, at_desk: Desk) -> None:
    typed = {
        "name": "Amal Sabri",
        "visibility": "pseudonym",
        "pseudonym": "",
        "pronouns": "she",
        "country": "EG",
        "language": "fr",
        "role": "avocate",
        "sought": "not_sought",
        "scope": "pseudonym",
        "valid_until": "2036-03-01",
        "how_given": "",
        "not_sought_reason": "In detention, without contact.",
        "risk_assessment": "",
    }
    answer = at_desk(Role.AUTHOR).post("/console/defenders/new", data=typed)

    assert answer.status_code == 422
    assert _typed(answer.get_data(as_text=True)).items() >= typed.items()
    assert "Write the name that pages and mails show." in whole(answer)
    assert session.scalar(select(func.count(Defender.id))) == 0


def test_a_refusal_by_the_service_after_the_fields_were_right_keeps_nothing_and_everything(
    session: Session, at_desk: Desk
) -> None:
    defender = a_defender(session)
    typed = {
        "defender": str(defender.id),
        "title": "Lawyer threatened",
        "main_language": "es",
        "risk": "arrest",
        "deadline_day": "2020-01-01",
        "deadline_time": "10:00",
        "target": "new",
        "target_name": "Office",
        "target_office": "Fiscalía",
        "target_salutation": "Señor Fiscal:",
        "target_address": "Nowhere",
        "target_email": "",
    }
    answer = at_desk(Role.AUTHOR).post("/console/cases/new", data=typed | {"kinds": ["sign", "write"]})

    assert answer.status_code == 422
    assert _typed(answer.get_data(as_text=True)).items() >= typed.items()
    assert "The postal address is not whole" in whole(answer)
    assert session.scalar(select(func.count(UrgentAction.id))) == 0


def test_two_writers_of_one_text_see_both_versions_and_the_second_may_join_them(
    session: Session, at_desk: Desk
) -> None:
    case = an_urgent_action(session)
    quicker = an_organiser(session, (Role.AUTHOR,), name="Berta Quick").actor
    write_text(session, quicker, case.id, "en", words(summary="What Berta wrote."), version=1)
    desk = at_desk(Role.AUTHOR)
    mine = TYPED | {"title": "Lawyer threatened (en)", "call": "Mine!", "summary": "What I wrote."}

    answer = desk.post(f"/console/cases/{case.id}/texts/en", data=mine)

    assert answer.status_code == 409
    page = whole(answer)
    assert "Berta Quick saved this text while you were writing" in page
    assert "What Berta wrote." in page
    back = _typed(answer.get_data(as_text=True))
    assert back.items() >= (mine | {"version": "2"}).items()
    assert desk.post(f"/console/cases/{case.id}/texts/en", data=back).status_code == 303
    session.expire_all()
    assert case.bulletins[0].texts[0].summary == "What I wrote."


def test_a_preview_renders_clean_html_and_keeps_nothing(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session)
    desk = at_desk(Role.AUTHOR)
    dirty = TYPED | {"title": "T", "story": "**bold** <script>alert(1)</script> [x](javascript:alert(1))"}

    fragment = desk.post("/console/preview/en", data=dirty)
    pressed = desk.post(f"/console/cases/{case.id}/texts/en", data=dirty | {"preview": "1"})

    assert fragment.status_code == 200
    for html in (fragment.get_data(as_text=True), pressed.get_data(as_text=True)):
        assert "<strong>bold</strong>" in html
        assert "<script>alert" not in html
        assert 'href="javascript' not in html
    session.expire_all()
    assert case.bulletins[0].texts[0].version == 1


def test_a_target_keeps_what_was_typed_in_every_language(session: Session, at_desk: Desk) -> None:
    target = a_target(session)
    typed = {
        "name": "Office",
        "preferred_language": "es",
        "office_en": "Office",
        "salutation_en": "",
        "office_fa": "دفتر",
    }
    answer = at_desk(Role.AUTHOR).post(f"/console/targets/{target.id}", data=typed)

    assert answer.status_code == 422
    assert _typed(answer.get_data(as_text=True)).items() >= typed.items()
    assert "The salutation is missing." in whole(answer)


@pytest.mark.parametrize("path", ["cases", "defenders", "mailings", "targets"])
def test_what_does_not_exist_is_said_to_be_unknown(at_desk: Desk, path: str) -> None:
    answer = at_desk(Role.AUTHOR).get(f"/console/{path}/018f0000-0000-7000-8000-000000000000")
    assert answer.status_code == 404
    assert "There is nothing here" in whole(answer)


def test_copies_are_kept_one_a_line_and_open_as_they_were_typed(session: Session, at_desk: Desk) -> None:
    case, desk = an_urgent_action(session), at_desk(Role.AUTHOR)
    typed = TYPED | {"title": "Title", "call": "Defend her!"}
    assert desk.post(f"/console/cases/{case.id}/texts/en", data=typed).status_code == 303
    [text] = case.bulletins[0].texts
    session.refresh(text)
    assert text.copies == ["An embassy", "An ombudsman"]
    opened = desk.get(f"/console/cases/{case.id}/texts/en")
    assert _typed(opened.get_data(as_text=True))["copies"] == "An embassy\nAn ombudsman"
    assert "An ombudsman" in whole(desk.get(f"/console/cases/{case.id}"))
