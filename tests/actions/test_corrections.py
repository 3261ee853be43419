"""Whoever reads a corrected case, or what it said before, is told what was wrong; and nobody is exposed by that."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText, Incomplete
from alerts.actions.models import Defender, UrgentAction
from alerts.actions.publishing import hold
from alerts.actions.review import submit
from alerts.actions.states import CaseState, Visibility
from alerts.actions.versions import replaced_versions, take_down
from alerts.actions.writing import write_text
from alerts.organisers import Role
from tests.actions.test_versions import NEW, WHY, address, corrected, corrected_again
from tests.builders import an_actor, an_urgent_action, brought_to, words
from tests.console.conftest import Desk, at_desk  # noqa: F401 - a fixture
from tests.web.pages import number_of
from tests.web.pages import words as words_on

ATOM = "{http://www.w3.org/2005/Atom}"


def held(session: Session, **case: object) -> UrgentAction:
    """A case that readers saw in two languages and that is held."""
    made = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "fa"), **case)  # type: ignore[arg-type]
    return hold(session, an_actor(session, Role.SENDER), made.id, reason="A mistake.")


def wrote(session: Session, case: UrgentAction, language: str = "en", **changed: object) -> None:
    author, text = an_actor(session, Role.AUTHOR), {one.language: one for one in case.bulletins[0].texts}[language]
    write_text(session, author, case.id, language, words(language, **changed), version=text.version)


def test_a_correction_does_not_go_to_review_before_it_says_what_was_wrong(session: Session) -> None:
    case = held(session)
    wrote(session, case, summary=NEW)
    author = an_actor(session, Role.AUTHOR)
    with pytest.raises(Incomplete, match="mend these first") as caught:
        submit(session, author, case.id)
    assert [fault for fault in caught.value.faults if "wrong" in fault] == [
        "English: say what was wrong in the text that this one corrects, in a line for everybody."
    ]
    wrote(session, case, summary=NEW, correction=WHY)
    submit(session, author, case.id)


def test_what_is_first_published_or_says_the_same_again_corrects_nothing(session: Session) -> None:
    case = held(session)
    wrote(session, case, summary="Something else.")
    wrote(session, case)
    brought_to(session, case, CaseState.PUBLISHED)
    assert replaced_versions(session, case.id) == ()


def test_the_page_and_the_version_say_why_in_their_language_or_in_the_main_one(
    session: Session, client: FlaskClient
) -> None:
    case = held(session)
    wrote(session, case, summary=NEW, correction=WHY)
    wrote(session, case, "fa", summary="دو بار")
    brought_to(session, case, CaseState.PUBLISHED)
    session.commit()
    for path in (f"/en/ua/{number_of(case)}", address(case)):
        assert f"What was wrong: {WHY}" in words_on(client.get(path))
    for path in (f"/fa/ua/{number_of(case)}", address(case, language="fa")):
        assert f'<span lang="en" dir="ltr"><bdi>{WHY}</bdi></span>' in client.get(path).text
    again = "نوشته بودیم یک بار."
    hold(session, an_actor(session, Role.SENDER), case.id, reason="A mistake.")
    wrote(session, case, "fa", summary="سه بار", correction=again)
    brought_to(session, case, CaseState.PUBLISHED)
    session.commit()
    assert [(one.version, one.why) for one in replaced_versions(session, case.id, "fa")] == [(2, again), (1, WHY)]
    assert again in words_on(client.get(address(case, 2, "fa")))


def test_each_correction_has_a_reason_of_its_own(session: Session) -> None:
    case = corrected_again(session, corrected(session), summary="Once more.", correction="It was in June.")
    assert [one.why for one in replaced_versions(session, case.id, "en")] == ["It was in June.", WHY]


def test_a_name_that_must_not_be_shown_is_found_in_the_reason(session: Session) -> None:
    case = held(session, visibility=Visibility.WITHHELD)
    wrote(session, case, summary=NEW, correction="We named Amal Sabri.")
    with pytest.raises(Incomplete) as caught:
        submit(session, an_actor(session, Role.AUTHOR), case.id)
    assert "stands in the correction" in " ".join(caught.value.faults)


def test_a_reason_with_a_name_that_must_not_be_shown_by_now_is_shown_nowhere(
    session: Session, client: FlaskClient
) -> None:
    case = corrected(session, correction="Amal Sabri was threatened twice.")
    session.get_one(Defender, case.defender_id).visibility = Visibility.WITHHELD.value
    session.commit()
    for path in (f"/en/ua/{number_of(case)}", address(case), "/en/feed.atom"):
        answer = client.get(path)
        assert (answer.status_code, "Amal Sabri" in answer.text) == (200, False), path


@pytest.mark.parametrize("reason", ["one\ntwo", "x" * 301, "It was <b>June</b>."])
def test_a_reason_is_one_line_of_plain_words(session: Session, reason: str) -> None:
    with pytest.raises(BadText, match=r"."):
        wrote(session, held(session), correction=reason)


def test_the_feed_tells_readers_of_that_language_that_and_why(session: Session, client: FlaskClient) -> None:
    case = corrected(session)
    newer = an_urgent_action(session, CaseState.PUBLISHED)
    corrected_again(session, case, summary="Once more.", correction="It was in June.")
    session.commit()
    entries = ElementTree.fromstring(client.get("/en/feed.atom").data).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [f"urn:uuid:{one.id}" for one in (case, newer)]
    entry = entries[0]
    assert "What was wrong: It was in June." in str(entry.findtext(f"{ATOM}summary"))
    at = replaced_versions(session, case.id)[0].replaced_at
    assert datetime.fromisoformat(str(entry.findtext(f"{ATOM}updated"))) == at
    persian = ElementTree.fromstring(client.get("/fa/feed.atom").data).findall(f"{ATOM}entry")[0]
    assert persian.findtext(f"{ATOM}updated") == persian.findtext(f"{ATOM}published"), "nothing of it was corrected"
    assert at.isoformat() in client.get(f"/en/ua/{number_of(case)}").text.partition("dateModified")[2]


def test_taken_down_a_correction_takes_its_reason_along(session: Session) -> None:
    case = corrected_again(session, corrected(session), summary="Once more.", correction="It was in June.")
    take_down(session, an_actor(session, Role.SENDER), case.id, "en", 2)
    assert [one.why for one in replaced_versions(session, case.id)] == ["It was in June.", ""]
    kept = session.scalar(text("SELECT string_agg(correction, '') FROM bulletin_versions"))
    assert WHY not in str(kept)


def test_who_writes_is_asked_what_was_wrong_only_of_what_was_read(session: Session, at_desk: Desk) -> None:  # noqa: F811
    fresh = an_urgent_action(session)
    case = hold(session, an_actor(session, Role.SENDER), corrected(session).id, reason="A mistake.")
    session.commit()
    desk = at_desk(Role.AUTHOR)
    assert 'name="correction"' not in desk.get(f"/console/cases/{fresh.id}/texts/en").text
    page = f"/console/cases/{case.id}/texts/en"
    form = desk.get(page).text
    assert 'name="correction"' in form
    assert WHY not in form, "the reason of the last correction is not that of the next"
    told = words(summary="Once more.")
    typed = {part: getattr(told, part) for part in ("title", "call", "summary", "story", "letter")}
    sent = typed | {"asks": "\n".join(told.asks), "version": "2", "correction": "It was in June."}
    assert desk.post(page, data=sent).status_code == 303
    assert "It was in June." in desk.get(page).text
    assert "It was in June." in desk.get(f"/console/cases/{case.id}").text, "whoever reviews it reads it"
