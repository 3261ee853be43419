"""Sending to those who joined since: everyone who is new under the rule, nobody who was in an audience before."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.publishing import hold
from alerts.actions.states import CaseState
from alerts.core.errors import NotAllowed, Refused
from alerts.mailings.again import retry
from alerts.mailings.errors import AlreadyLaunched, AudienceChanged
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.joined import joined_since, send_to_joined
from alerts.mailings.launch import launch
from alerts.mailings.models import Mailing
from alerts.mailings.shifting import Which
from alerts.mailings.upkeep import finish_complete
from alerts.organisers import Role
from alerts.segments.rules import Rule
from alerts.subscribers.service import leave
from tests.builders import an_actor, an_urgent_action
from tests.mailings.counting import stray_batches, told
from tests.mailings.scenes import SITE, Launch, people, smtp
from tests.standins.relay import Relay, Script, a_relay


def go_through(session: Session, mailing: Launch, relay: Relay, mailing_id: UUID | None = None) -> None:
    """Freeze, hand over and finish this mailing (or another of the same case)."""
    mailing.id = mailing_id or mailing.id
    while freeze_next_slice(session, mailing.id, batch_size=SITE.batch_size):
        pass
    session.commit()
    mailing.hand_over(smtp(relay.mail_url))
    assert finish_complete(session) == [mailing.id]


def test_who_joined_since_gets_it_and_the_first_ledger_stays_as_it_was(session: Session) -> None:
    refused, left, *others = people(session, 5)
    mailing = Launch(session)
    leave(session, left.address_hash)
    first = mailing.id
    script = Script(rcpt=lambda line: "554 5.7.7 No" if (refused.email or "") in line else None)
    with a_relay(script) as relay:
        go_through(session, mailing, relay)
        before = mailing.ledger
        script.rcpt = lambda _: None
        new = people(session, 2)
        audience = joined_since(session, mailing.sender, first)
        assert (audience.people, audience.excluded) == (2, {"has_received": 3, "in_audience": 1})
        second = send_to_joined(session, mailing.sender, first, site=SITE, confirmed=2).mailing_id
        go_through(session, mailing, relay, second)
        assert mailing.ledger == {"handed_over": 2}
        assert mailing.progress.excluded == {"has_received": 3, "in_audience": 1}
        mailing.id = first
        assert mailing.ledger == before == {"handed_over": 3, "refused": 1, "skipped": 1}
    assert relay.taken == dict.fromkeys([person.email for person in (*others, *new)], 1)
    assert told(session, second, "mailing.launched") == [{"case": mailing.case.number, "follows": str(first)}]


def test_who_came_under_the_rule_by_changing_what_they_read_gets_it_too(session: Session) -> None:
    turned, *_ = people(session, 1, language="fr")
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    mailing = Launch.__new__(Launch)
    mailing.session, mailing.site, mailing.sender, mailing.case = session, SITE, an_actor(session, Role.SENDER), case
    only_english = Rule(languages=("en",))
    mailing.id = launch(session, mailing.sender, case.bulletins[0].id, site=SITE, rule=only_english).mailing_id
    with a_relay() as relay:
        go_through(session, mailing, relay)
        people(session, 1, language="fr")
        turned.language = "en"
        session.flush()
        second = send_to_joined(session, mailing.sender, mailing.id, site=SITE).mailing_id
        assert session.get_one(Mailing, second).rule == only_english.to_json()
        go_through(session, mailing, relay, second)
    assert set(relay.taken.values()) == {1}
    assert relay.taken[turned.email or ""] == 1
    assert mailing.progress.total == 1


def test_a_second_press_mails_nobody_more(session: Session) -> None:
    people(session, 2)
    mailing = Launch(session)
    first = mailing.id
    with a_relay() as relay:
        go_through(session, mailing, relay)
        people(session, 1)
        second = send_to_joined(session, mailing.sender, first, site=SITE, confirmed=1).mailing_id
        with pytest.raises(AlreadyLaunched), session.begin_nested():
            send_to_joined(session, mailing.sender, first, site=SITE, confirmed=1)
        go_through(session, mailing, relay, second)
        for one in (first, second):
            with pytest.raises(Refused, match="Nobody has joined"):
                send_to_joined(session, mailing.sender, one, site=SITE, confirmed=1)
    assert relay.taken.total() == 3


def test_who_is_tried_again_and_who_joined_never_get_it_from_both(session: Session) -> None:
    people(session, 3)
    mailing = Launch(session)
    first = mailing.id
    script = Script(rcpt=lambda _: "554 5.7.7 No")
    with a_relay(script) as relay:
        go_through(session, mailing, relay)
        script.rcpt = lambda _: None
        people(session, 2)
        go_through(session, mailing, relay, send_to_joined(session, mailing.sender, first, site=SITE).mailing_id)
        assert relay.taken.total() == 2
        retry(session, mailing.sender, first, Which(), confirmed=3)
        go_through(session, mailing, relay, first)
    assert (relay.taken.total(), set(relay.taken.values())) == (5, {1})
    assert stray_batches(session) == []


def test_the_number_that_was_typed_must_be_the_number_there_is(session: Session) -> None:
    people(session, 2)
    mailing = Launch(session)
    with a_relay() as relay:
        go_through(session, mailing, relay)
    people(session, 2)
    with pytest.raises(AudienceChanged, match="now it would be 2"):
        send_to_joined(session, mailing.sender, mailing.id, site=SITE, confirmed=4)
    assert session.scalar(text("SELECT count(*) FROM mailings")) == 1


def test_while_the_mailing_goes_on_or_the_case_is_held_nobody_is_mailed_who_joined(session: Session) -> None:
    people(session, 2)
    mailing = Launch(session)
    with pytest.raises(Refused, match="once it is done"):
        send_to_joined(session, mailing.sender, mailing.id, site=SITE)
    with a_relay() as relay:
        go_through(session, mailing, relay)
    people(session, 1)
    hold(session, mailing.sender, mailing.case.id, reason="A fact is being checked.")
    with pytest.raises(Refused, match="is held"):
        send_to_joined(session, mailing.sender, mailing.id, site=SITE)


def test_only_who_may_launch_sends_to_those_who_joined(session: Session) -> None:
    people(session, 1)
    mailing = Launch(session)
    for verb in (joined_since, lambda *given: send_to_joined(*given, site=SITE)):
        with pytest.raises(NotAllowed):
            verb(session, an_actor(session, Role.AUTHOR), mailing.id)
