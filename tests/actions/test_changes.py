"""Whoever reviews a correction, or reads what it replaced, sees which words went and came: where both may be read."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.changes import changes_to_review
from alerts.actions.models import Defender
from alerts.actions.publishing import hold
from alerts.actions.review import submit
from alerts.actions.states import Visibility
from alerts.actions.versions import take_down
from alerts.core.differences import Change
from alerts.organisers import Role
from tests.actions.test_corrections import held, wrote
from tests.actions.test_versions import NEW, WHY, address, corrected, corrected_again
from tests.builders import an_actor
from tests.console.conftest import Desk, at_desk  # noqa: F401 - a fixture
from tests.web.pages import number_of
from tests.web.pages import words as words_on


def test_who_reviews_sees_what_changes_in_each_language_and_nothing_else(session: Session, at_desk: Desk) -> None:  # noqa: F811
    case = held(session)
    reviewer = an_actor(session, Role.REVIEWER)
    assert changes_to_review(session, reviewer, case.id) == {}
    wrote(session, case, summary=NEW, copies=("The embassy",), correction=WHY)
    wrote(session, case, "fa", letter="نامهٔ تازه")
    submit(session, an_actor(session, Role.AUTHOR), case.id)
    found = changes_to_review(session, reviewer, case.id)
    assert {code: [one.part for one in parts] for code, parts in found.items()} == {
        "en": ["summary", "copies"],
        "fa": ["letter"],
    }
    assert found["en"][1].pieces[0].change is Change.IN
    session.commit()
    page = at_desk(Role.REVIEWER).get(f"/console/cases/{case.id}").text
    panel = page.partition('id="changes"')[2].partition("</section>")[0]
    assert "<ins>" in panel
    assert "<del>" in panel
    assert "[taken out:" in panel, "and it can be heard"
    assert '<p class="differing" lang="fa" dir="rtl">' in panel
    assert WHY in panel


def test_readers_of_a_version_see_what_the_next_one_changed(session: Session, client: FlaskClient) -> None:
    case = corrected(session)
    session.commit()
    changes = f"{address(case)}/changes"
    for path in (f"/en/ua/{number_of(case)}", address(case)):
        assert f'href="{changes}"' in client.get(path).text
    answer = client.get(changes)
    assert answer.status_code == 200
    assert 'name="robots" content="noindex"' in answer.text
    assert "[added: twice. ]" in words_on(answer).replace("  ", " ")
    assert WHY in words_on(answer)
    assert client.get(f"{address(case, 2)}/changes").status_code == 303, "nothing came after it"


def test_where_either_may_not_be_read_nothing_is_compared(session: Session, client: FlaskClient) -> None:
    case = corrected_again(session, corrected(session), summary="Once more.", correction="It was in June.")
    take_down(session, an_actor(session, Role.SENDER), case.id, "en", 2)
    session.commit()
    for version in (1, 2):
        answer = client.get(f"{address(case, version)}/changes")
        assert (answer.status_code, NEW in answer.text) == (410, False)
    assert "/changes" not in client.get(address(case)).text


def test_a_name_that_must_not_be_shown_by_now_is_not_compared(session: Session, client: FlaskClient) -> None:
    case = corrected(session)
    session.execute(text("ALTER TABLE bulletin_versions DISABLE TRIGGER version_stays_as_it_was_read"))
    session.execute(text("UPDATE bulletin_versions SET story = 'Of Amal Sabri.' WHERE version = 2"))
    session.get_one(Defender, case.defender_id).visibility = Visibility.WITHHELD.value
    session.commit()
    answer = client.get(f"{address(case)}/changes")
    assert (answer.status_code, "Amal Sabri" in answer.text) == (410, False)


def test_a_case_that_is_not_shown_shows_no_changes(session: Session, client: FlaskClient) -> None:
    case = corrected(session)
    hold(session, an_actor(session, Role.SENDER), case.id, reason="Asked for.")
    session.commit()
    assert client.get(f"{address(case)}/changes").status_code == 410


def test_readers_see_no_markdown_but_where_nothing_else_changed(session: Session, client: FlaskClient) -> None:
    first = corrected(session, story="She was threatened\nwith **death**.")
    second = corrected_again(session, first, story="She was threatened\nwith **prison**.", correction="Not death.")
    third = corrected_again(session, second, story="She was threatened\nwith prison.", correction="Not so loud.")
    session.commit()
    told = client.get(f"{address(third, 2)}/changes").text
    assert "<del>" in told
    assert "**" not in told
    assert "threatened\nwith" not in told
    assert "**prison**" in client.get(f"{address(third, 3)}/changes").text
