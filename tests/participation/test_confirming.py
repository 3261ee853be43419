"""The mail that asks to confirm speaks of the letter that is signed, and of nothing that is still being written."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy.orm import Session

from alerts.actions.states import BulletinKind, BulletinState, CaseState
from alerts.delivery.letter import read_letter
from alerts.participation.confirming import confirmations_due, send_confirmation
from alerts.participation.service import ask_to_confirm, stranger
from tests.builders import a_later_bulletin, an_urgent_action
from tests.mailings.scenes import SITE, smtp
from tests.standins.relay import a_relay


@pytest.mark.parametrize("state", [BulletinState.DRAFT, BulletinState.IN_REVIEW, BulletinState.PUBLISHED])
def test_it_speaks_of_the_letter_whatever_else_was_written_since(session: Session, state: BulletinState) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    a_later_bulletin(session, case, BulletinKind.FURTHER_INFORMATION, state, title="Not to be read here")
    ask_to_confirm(session, case.id, stranger(email="ana@mail.example", name="Ana", country="GT", language="en"))
    session.commit()
    with a_relay() as relay, closing(smtp(relay.mail_url)) as transport:
        for id in confirmations_due(session):
            send_confirmation(session, transport, id, site=SITE, commit=session.commit)
        (mail,) = map(read_letter, relay.messages)
    words = case.bulletins[0].texts[0]
    assert words.call in mail.text
    assert words.summary in mail.text
    assert "Not to be read here" not in mail.raw.decode()
