"""Who is at risk, over the pages: portraits, words in each language, consent and taking it back."""

from __future__ import annotations

import io
import os
from datetime import timedelta

from PIL import Image
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState, Visibility
from alerts.core import clock
from alerts.organisers import Role
from tests.builders import a_consent, a_defender, an_urgent_action
from tests.console.conftest import Desk
from tests.console.reading import whole


def _picture(side: int) -> bytes:
    noise = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    out = io.BytesIO()
    noise.save(out, "PNG")
    return out.getvalue()


def test_a_large_portrait_is_taken_and_shown_smaller(session: Session, at_desk: Desk) -> None:
    defender = a_defender(session)
    desk = at_desk(Role.AUTHOR)
    picture = _picture(1300)
    assert len(picture) > 4_000_000

    answer = desk.post(f"/console/defenders/{defender.id}/portrait", data={"picture": (io.BytesIO(picture), "a.png")})

    assert answer.status_code == 303
    shown = desk.get(f"/console/defenders/{defender.id}/portrait.webp")
    assert shown.mimetype == "image/webp"
    assert Image.open(io.BytesIO(shown.data)).size == (1200, 1200)


def test_what_is_no_picture_is_refused_with_what_to_do(session: Session, at_desk: Desk) -> None:
    defender = a_defender(session)
    data = {"picture": (io.BytesIO(b"GIF89a, they say"), "a.png")}
    answer = at_desk(Role.AUTHOR).post(f"/console/defenders/{defender.id}/portrait", data=data)

    assert answer.status_code == 422
    assert 'role="alert"' in whole(answer)


def test_a_name_that_is_withheld_stands_on_no_list_and_in_no_title(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, CaseState.IN_REVIEW, visibility=Visibility.WITHHELD)
    desk = at_desk(*Role)

    for address in ("/console/", "/console/cases", "/console/defenders", f"/console/cases/{case.id}"):
        assert case.defender.name not in whole(desk.get(address)), address
    page = whole(desk.get(f"/console/defenders/{case.defender_id}"))
    assert case.defender.name not in page.partition("</title>")[0]
    assert "never shown to the public" in page


def test_a_language_gets_its_own_name_and_role(session: Session, at_desk: Desk) -> None:
    defender = a_defender(session)
    desk = at_desk(Role.AUTHOR)
    address = f"/console/defenders/{defender.id}/words/fa"

    assert desk.post(address, data={"role": ""}).status_code == 422
    assert desk.post(address, data={"role": "وکیل", "name": "امل صبری"}).status_code == 303
    assert "امل صبری" in whole(desk.get(f"/console/defenders/{defender.id}"))


def test_consent_is_recorded_with_its_end(session: Session, at_desk: Desk) -> None:
    defender = a_defender(session)
    desk = at_desk(Role.AUTHOR)
    address = f"/console/defenders/{defender.id}/consent"
    typed = {"sought": "given", "scope": "named", "how_given": "By telephone.", "valid_until": "2020-01-01"}

    over = desk.post(address, data=typed)
    assert over.status_code == 422
    assert "Choose a day to come." in whole(over)
    until = (clock.now() + timedelta(days=30)).date()
    assert desk.post(address, data=typed | {"valid_until": until.isoformat()}).status_code == 303
    session.expire_all()
    assert [consent.valid_until.date() for consent in defender.consents] == [until]


def test_taking_consent_back_names_the_cases_first_then_stops_them(session: Session, at_desk: Desk) -> None:
    defender = a_defender(session)
    a_consent(session, defender)
    case = an_urgent_action(session, CaseState.PUBLISHED, defender=defender)
    desk = at_desk(Role.REVIEWER)
    address = f"/console/defenders/{defender.id}/consent/withdraw"

    assert case.number in whole(desk.get(address))
    answer = desk.post(address, data={"reason": "She called."})

    assert answer.status_code == 303
    session.expire_all()
    stopped = session.get(UrgentAction, case.id)
    assert stopped is not None
    assert stopped.state == CaseState.WITHDRAWN
    assert case.number in whole(desk.get(answer.location))
