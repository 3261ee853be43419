"""What readers were shown stays readable when it is corrected, unless it could harm somebody."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.errors import IllegalMove, VersionGone
from alerts.actions.models import BulletinVersion, Defender, UrgentAction
from alerts.actions.publishing import hold, publish, withdraw
from alerts.actions.states import CaseState, Visibility
from alerts.actions.versions import old_words, replaced_versions, take_down
from alerts.actions.writing import write_text
from alerts.core.errors import NotAllowed, Unknown
from alerts.organisers import Role
from tests.builders import an_actor, an_urgent_action, brought_to, words
from tests.console.conftest import Desk, at_desk  # noqa: F401 - a fixture
from tests.web.pages import number_of
from tests.web.pages import words as words_on

OLD, NEW = "A lawyer was threatened because of her work. (en)", "A lawyer was threatened twice."
WHY = "We wrote of one threat. There were two."


def corrected(session: Session, **changed: str) -> UrgentAction:
    """A case that was published, held, corrected, reviewed and published again."""
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "fa"))
    return corrected_again(session, case, **({"summary": NEW} | changed))


def corrected_again(session: Session, case: UrgentAction, **changed: str) -> UrgentAction:
    sender = an_actor(session, Role.SENDER)
    hold(session, sender, case.id, reason="A mistake.")
    version = next(one.version for one in case.bulletins[0].texts if one.language == "en")
    told = words(**({"correction": WHY} | changed))
    write_text(session, an_actor(session, Role.AUTHOR), case.id, "en", told, version=version)
    return brought_to(session, case, CaseState.PUBLISHED)


def address(case: UrgentAction, version: int = 1, language: str = "en") -> str:
    return f"/{language}/ua/{number_of(case)}/version/{version}"


def test_the_old_words_are_readable_and_marked_as_replaced(session: Session, client: FlaskClient) -> None:
    case = corrected(session)
    session.commit()
    page = words_on(client.get(f"/en/ua/{number_of(case)}"))
    assert NEW in page
    assert OLD not in page
    assert "Corrected on" in page
    answer = client.get(address(case))
    assert answer.status_code == 200
    assert OLD in answer.text
    assert "This version was replaced on" in answer.text
    assert 'name="robots" content="noindex"' in answer.text
    assert "Corrected on" not in words_on(client.get(f"/fa/ua/{number_of(case)}")), "the Persian text stayed"
    for none_such in (address(case, language="fa"), address(case, 2), address(case, 99)):
        answer = client.get(none_such)
        assert (answer.status_code, "/version/" in answer.location) == (303, False), "what holds is on the case's page"


def test_what_is_written_and_never_shown_is_no_version(session: Session) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    sender, author = an_actor(session, Role.SENDER), an_actor(session, Role.AUTHOR)
    hold(session, sender, case.id, reason="A mistake.")
    for version in (1, 2, 3):
        told = words(summary=f"Try {version}.", correction=WHY)
        write_text(session, author, case.id, "en", told, version=version)
    brought_to(session, case, CaseState.PUBLISHED)
    assert [one.version for one in replaced_versions(session, case.id)] == [1]
    hold(session, sender, case.id, reason="Look again.")
    publish(session, sender, case.id)
    assert [one.version for one in replaced_versions(session, case.id)] == [1], "nothing was changed"


def test_each_correction_leaves_one_more(session: Session) -> None:
    case = corrected_again(session, corrected(session), summary="Once more.")
    found = replaced_versions(session, case.id, "en")
    assert [one.version for one in found] == [2, 1]
    assert found[0].read_from == found[1].replaced_at
    assert old_words(session, case.id, "en", 2).summary == NEW


@pytest.mark.parametrize("state", ["held", "withdrawn"])
def test_a_case_that_is_not_shown_shows_no_version(session: Session, client: FlaskClient, state: str) -> None:
    case = corrected(session)
    verb = hold if state == "held" else withdraw
    verb(session, an_actor(session, Role.SENDER), case.id, reason="Asked for.")
    session.commit()
    answer = client.get(address(case))
    assert answer.status_code == 410
    assert OLD not in answer.text


def test_a_version_with_a_name_that_must_not_be_shown_by_now_is_not_readable(
    session: Session, client: FlaskClient
) -> None:
    case = corrected(session)
    name = case.defender.name
    session.execute(text("ALTER TABLE bulletin_versions DISABLE TRIGGER version_stays_as_it_was_read"))
    session.execute(update(BulletinVersion).where(BulletinVersion.version == 1).values(story=f"It is about {name}."))
    session.get_one(Defender, case.defender_id).visibility = Visibility.WITHHELD.value
    session.commit()
    answer = client.get(address(case))
    assert (answer.status_code, name in answer.text) == (410, False)
    assert "Corrected on" not in words_on(client.get(f"/en/ua/{number_of(case)}"))


def test_taken_down_its_words_are_gone_for_good(session: Session, client: FlaskClient) -> None:
    case = corrected(session)
    sender = an_actor(session, Role.SENDER)
    with pytest.raises(NotAllowed):
        take_down(session, an_actor(session, Role.DATA_OFFICER), case.id, "en", 1)
    with pytest.raises(Unknown):
        take_down(session, sender, case.id, "en", 9)
    with pytest.raises(IllegalMove, match="Readers see this version now"):
        take_down(session, sender, case.id, "en", 2)
    take_down(session, sender, case.id, "en", 1)
    with pytest.raises(IllegalMove):
        take_down(session, sender, case.id, "en", 1)
    with pytest.raises(VersionGone):
        old_words(session, case.id, "en", 1)
    session.commit()
    answer = client.get(address(case))
    assert answer.status_code == 410
    assert "This version is not readable any more" in answer.text
    left = session.execute(
        text("SELECT string_agg(summary || story || letter, '') FROM bulletin_versions")
    ).scalar_one()
    assert OLD not in str(left)


def test_what_is_taken_down_while_its_case_is_held_is_never_readable_again(
    session: Session, client: FlaskClient
) -> None:
    case, sender = an_urgent_action(session, CaseState.PUBLISHED), an_actor(session, Role.SENDER)
    hold(session, sender, case.id, reason="It names a witness.")
    take_down(session, sender, case.id, "en", 1)
    with pytest.raises(IllegalMove, match="write it anew"):
        publish(session, sender, case.id)
    write_text(session, an_actor(session, Role.AUTHOR), case.id, "en", words(summary=NEW), version=1)
    brought_to(session, case, CaseState.PUBLISHED)
    session.commit()
    assert client.get(address(case)).status_code == 410
    assert OLD not in client.get(f"/en/ua/{number_of(case)}").text


def test_the_database_lets_nobody_change_what_was_read(session: Session) -> None:
    corrected(session)
    with pytest.raises(IntegrityError, match="version_stays_as_it_was_read"):
        session.execute(update(BulletinVersion).values(summary="Nothing happened."))


def test_who_may_takes_it_down_on_the_page_of_the_case(session: Session, at_desk: Desk) -> None:  # noqa: F811
    case = corrected(session)
    session.commit()
    desk = at_desk(Role.SENDER)
    page = f"/console/cases/{case.id}"
    assert "Versions that were replaced" in desk.get(page).text
    assert desk.post(f"{page}/versions/en/1/take-down").status_code == 303
    session.expire_all()
    assert "not readable any more" in desk.get(page).text
    assert desk.post(f"{page}/versions/en/1/take-down").status_code == 422
