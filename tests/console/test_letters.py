"""The page of a case's letters: figures, stopping and going on, for those who may."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from alerts.actions.states import AppealsBy
from alerts.appeals.models import RelayState
from alerts.organisers import Role
from tests.appeals.scenes import letters_go
from tests.console.conftest import Desk
from tests.console.reading import whole


def test_a_sender_sees_the_figures_stops_the_letters_and_lets_them_go_on(session: Session, at_desk: Desk) -> None:
    desk = at_desk(Role.SENDER)
    with letters_go(session) as scene:
        scene.acts()
        scene.turn()
        scene.acts("Omar Nasser")
        session.commit()
        address = f"/console/cases/{scene.case.id}/letters"
        page = whole(desk.get(address))
        assert "Letters to Office of the Attorney General" in page
        assert "Letters go" in page
        assert desk.post(f"{address}/pause", data={"reason": " "}).status_code == 422
        assert desk.post(f"{address}/pause", data={"reason": "The office moves house."}).status_code == 303
        session.expire_all()
        assert scene.relay().state == RelayState.PAUSED
        assert "The office moves house." in whole(desk.get(address))
        assert "The office moves house." in whole(desk.get("/console/"))
        assert desk.post(f"{address}/refused", data={"reason": "They wrote back."}).status_code == 303
        assert "The target refuses letters" in whole(desk.get(address))
        assert desk.post(f"{address}/resume").status_code == 303
        session.expire_all()
        assert scene.relay().state == RelayState.GOING


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.REVIEWER])
def test_others_see_and_touch_nothing(session: Session, at_desk: Desk, role: Role) -> None:
    desk = at_desk(role)
    with letters_go(session) as scene:
        session.commit()
        address = f"/console/cases/{scene.case.id}/letters"
        assert "Let them wait" not in whole(desk.get(address))
        assert desk.post(f"{address}/pause", data={"reason": "No."}).status_code == 403


def test_a_case_whose_names_are_handed_in_says_so(session: Session, at_desk: Desk) -> None:
    with letters_go(session, AppealsBy.HAND_IN) as scene:
        session.commit()
        page = whole(at_desk(Role.SENDER).get(f"/console/cases/{scene.case.id}/letters"))
    assert "Letters of this case do not go by mail" in page


def test_how_appeals_reach_the_target_is_among_the_facts_and_needs_a_mail_address(
    session: Session, at_desk: Desk
) -> None:
    from tests.builders import an_urgent_action  # noqa: PLC0415

    case = an_urgent_action(session)
    assert case.target
    case.target.email = None
    session.commit()
    desk = at_desk(Role.AUTHOR)
    sent = {
        "risk": "threat",
        "topics": ["land", "women"],
        "kinds": ["sign", "write"],
        "appeals_by": "relay",
        "deadline_day": "2027-03-01",
        "target": str(case.target_id),
    }
    assert desk.post(f"/console/cases/{case.id}/facts", data=sent).status_code == 303
    page = whole(desk.get(f"/console/cases/{case.id}"))
    assert "By mail, letter by letter" in page
    assert "Land and the environment, Women’s rights" in page
    assert "it has no mail address" in page
