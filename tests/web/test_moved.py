"""Claims about numbers that lead on: whoever has an old address finds the case, and nothing else changes."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.actions.errors import IllegalMove
from alerts.actions.moving import lead_on, leads_to
from alerts.actions.publishing import withdraw
from alerts.actions.states import CaseState
from alerts.core.errors import NotAllowed, Refused
from alerts.organisers import Role
from tests.builders import an_actor, an_urgent_action
from tests.web.pages import number_of


def test_every_address_of_a_merged_case_leads_to_the_same_page_of_the_other(
    session: Session, client: FlaskClient
) -> None:
    sender = an_actor(session, Role.SENDER)
    old, new = (an_urgent_action(session, CaseState.PUBLISHED) for _ in range(2))
    withdraw(session, sender, old.id, reason="It is one case with another.")
    session.commit()
    assert client.get(f"/en/ua/{number_of(old)}").status_code == 410
    lead_on(session, sender, old.number, new.number)
    session.commit()
    for page in ("/en/ua/{}", "/en/ua/{}/write", "/en/ua/{}/print", "/en/ua/{}/card.jpg", "/en/embed/{}"):
        answer = client.get(page.format(number_of(old)))
        assert (answer.status_code, answer.location) == (301, page.format(number_of(new)))
        assert "Content-Security-Policy" in answer.headers
    assert client.post(f"/en/ua/{number_of(old)}", data={}).status_code == 410
    withdraw(session, sender, new.id, reason="The family asked for it.")
    session.commit()
    assert client.get(f"/en/ua/{number_of(old)}").status_code == 410


def test_a_number_that_was_never_given_may_lead_on_and_may_be_changed(session: Session, client: FlaskClient) -> None:
    sender = an_actor(session, Role.SENDER)
    first, second = (an_urgent_action(session, CaseState.PUBLISHED) for _ in range(2))
    lead_on(session, sender, "UA 900/25", first.number)
    lead_on(session, sender, "900/25", second.number)
    session.commit()
    assert client.get("/ua/900-25").location == f"/ua/{number_of(second)}"
    assert leads_to(session, "901-25") is None
    assert client.get("/ua/901-25").status_code == 404


def test_a_case_that_is_shown_keeps_its_address_and_nothing_leads_to_one_that_is_not(session: Session) -> None:
    sender = an_actor(session, Role.SENDER)
    shown, draft = an_urgent_action(session, CaseState.PUBLISHED), an_urgent_action(session)
    other = an_urgent_action(session, CaseState.PUBLISHED)
    with pytest.raises(Refused, match="is shown"):
        lead_on(session, sender, shown.number, other.number)
    with pytest.raises(IllegalMove, match="is a draft"):
        lead_on(session, sender, "UA 900/25", draft.number)
    with pytest.raises(Refused, match="not the number"):
        lead_on(session, sender, "AMR 37", other.number)
    with pytest.raises(NotAllowed):
        lead_on(session, an_actor(session, Role.AUTHOR), "UA 900/25", other.number)
