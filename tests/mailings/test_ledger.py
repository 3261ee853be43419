"""The ledger as people take it away: exact, and harmless in a spreadsheet."""

from __future__ import annotations

import csv

import pytest
from sqlalchemy.orm import Session

from alerts.audit.service import history
from alerts.core.errors import NotAllowed
from alerts.mailings.ledger import reasons, stream_csv
from alerts.organisers import Role
from alerts.subscribers.service import leave
from tests.builders import an_actor
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import Script, a_relay


def test_each_delivery_is_one_line_with_what_became_of_it(session: Session) -> None:
    good, gone, left = people(session, 3, name='=HYPERLINK("http://x.example")')
    mailing = Launch(session)
    leave(session, left.address_hash)
    session.commit()
    refusal = "550 5.1.1 =No such user"
    with a_relay(Script(rcpt=lambda line: refusal if gone.email in line else None)) as relay:  # type: ignore[operator]
        mailing.hand_over(smtp(relay.mail_url))
    lines = list(csv.DictReader("".join(stream_csv(session, mailing.sender, mailing.id, purpose="test")).splitlines()))
    assert {line["email"]: line["state"] for line in lines} == {
        good.email: "handed_over",
        gone.email: "refused",
        "": "skipped",
    }
    assert all(not line["name"].startswith("=") for line in lines)
    assert [
        entry.details for entry in history(session, "mailing", mailing.id) if entry.action == "ledger.exported"
    ] == [{"purpose": "test"}]
    assert reasons(session, mailing.id) == [
        ("handed_over", "", 1),
        ("refused", "550 5.1.1 =No such user", 1),
        ("skipped", "left", 1),
    ]


def test_only_who_may_see_the_ledger_takes_it_away(session: Session) -> None:
    mailing = Launch(session)
    with pytest.raises(NotAllowed):
        stream_csv(session, an_actor(session, Role.AUTHOR), mailing.id, purpose="test")
