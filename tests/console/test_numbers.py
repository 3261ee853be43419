"""Numbers that lead on, at the desk: by who may publish, told before and after, with everything typed kept."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.organisers import Role
from tests.builders import an_urgent_action
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.web.pages import number_of


def test_the_number_of_a_merged_case_leads_here_and_the_case_says_so(
    session: Session, at_desk: Desk, client: FlaskClient
) -> None:
    case, old = an_urgent_action(session, CaseState.PUBLISHED), an_urgent_action(session, CaseState.WITHDRAWN)
    session.commit()
    sender, at = at_desk(Role.SENDER), f"/console/cases/{case.id}"
    assert f'href="{at}/numbers"' in whole(sender.get(at))
    said = whole(sender.get(f"{at}/numbers"))
    assert "for good (301)" in said
    assert "Nobody is mailed" in said
    assert client.get(f"/en/ua/{number_of(old)}").status_code == 410, "looking changes nothing"
    done = sender.post(f"{at}/numbers", data={"number": old.number, "sure": "y"})
    assert (done.status_code, done.location) == (303, f"{at}#numbers")
    moved = client.get(f"/en/ua/{number_of(old)}")
    assert (moved.status_code, moved.location) == (301, f"/en/ua/{number_of(case)}")
    shown = whole(sender.get(at))
    assert f"These numbers lead here: {old.number}." in shown
    assert "let another number lead here" in shown
    assert f"Leading here already: {old.number}." in whole(sender.get(f"{at}/numbers"))
    assert f"Its number leads on to UA {number_of(case).replace('-', '/')}" in whole(
        sender.get(f"/console/cases/{old.id}")
    )


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"number": "", "sure": "y"}, "Write the number"),
        ({"number": "AMR 37", "sure": "y"}, "is not the number of a case"),
        ({"number": "UA 900/25"}, "Tick this"),
    ],
)
def test_what_is_refused_says_why_and_keeps_what_was_typed(
    session: Session, at_desk: Desk, typed: dict[str, str], says: str
) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    refused = at_desk(Role.SENDER).post(f"/console/cases/{case.id}/numbers", data=typed)
    assert refused.status_code == 422
    assert says in whole(refused)
    assert f'value="{typed["number"]}"' in refused.text


def test_a_case_that_is_shown_keeps_its_number_and_none_leads_to_one_that_is_not(
    session: Session, at_desk: Desk
) -> None:
    case, other, draft = (
        an_urgent_action(session, state) for state in (CaseState.PUBLISHED, CaseState.PUBLISHED, CaseState.DRAFT)
    )
    sender = at_desk(Role.SENDER)
    refused = sender.post(f"/console/cases/{case.id}/numbers", data={"number": other.number, "sure": "y"})
    assert refused.status_code == 422
    assert "is shown. Withdraw it first" in whole(refused)
    assert sender.get(f"/console/cases/{draft.id}/numbers").status_code == 404
    assert "/numbers" not in whole(sender.get(f"/console/cases/{draft.id}"))
    late = sender.post(f"/console/cases/{draft.id}/numbers", data={"number": "900/25", "sure": "y"})
    assert late.status_code == 422
    assert "is a draft" in whole(late)


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.REVIEWER, Role.DATA_OFFICER])
def test_who_may_not_publish_is_offered_nothing_and_refused(session: Session, at_desk: Desk, role: Role) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    desk, at = at_desk(role), f"/console/cases/{case.id}"
    assert f"{at}/numbers" not in whole(desk.get(at))
    assert desk.get(f"{at}/numbers").status_code == 403
    assert desk.post(f"{at}/numbers", data={"number": "900/25", "sure": "y"}).status_code == 403
