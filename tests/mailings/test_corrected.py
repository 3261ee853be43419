"""A mailing whose words were corrected hands nothing more of them over; launched again, the rest get the new ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from alerts.actions.publishing import hold, publish
from alerts.actions.states import CaseState
from alerts.actions.writing import write_text
from alerts.delivery.letter import read_letter
from alerts.mailings import upkeep
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import Turn, hand_over_next
from alerts.mailings.launch import launch
from alerts.mailings.models import Mailing, MailingState
from alerts.organisers import Role
from tests.builders import an_actor, brought_to, words
from tests.mailings.scenes import SITE, Launch, people, smtp
from tests.standins.relay import Relay, a_relay

PEOPLE, NEW, WHY = 25, "She was threatened twice, in her office.", "We wrote of one threat. There were two."
pytestmark = pytest.mark.usefixtures("whole_app")


@pytest.fixture
def relay() -> Iterator[Relay]:
    with a_relay() as running:
        yield running


def turn_of(session: Session, relay: Relay) -> Turn:
    return Turn(session, smtp(relay.mail_url), SITE, "test", session.commit, lambda: True)


def test_the_old_words_stay_where_they_are_and_everybody_is_told_once(session: Session, relay: Relay) -> None:
    people(session, PEOPLE)
    mailing, turn = Launch(session), turn_of(session, relay)
    assert hand_over_next(turn, mailing.id)
    first = len(relay.messages)
    assert 0 < first < PEOPLE

    sender = an_actor(session, Role.SENDER)
    hold(session, sender, mailing.case.id, reason="A mistake.")
    version = mailing.case.bulletins[0].texts[0].version
    author = an_actor(session, Role.AUTHOR)
    write_text(session, author, mailing.case.id, "en", words(summary=NEW, correction=WHY), version=version)
    brought_to(session, mailing.case, CaseState.PUBLISHED)
    session.commit()
    for _ in range(4):
        hand_over_next(turn, mailing.id)
    assert len(relay.messages) == first, "not even before the clock has looked"

    upkeep.end_overtaken(session)
    session.commit()
    ended = session.get_one(Mailing, mailing.id, populate_existing=True)
    assert (ended.state, "Launch it again" in str(ended.trouble)) == (MailingState.CANCELLED, True)
    again = launch(session, sender, mailing.case.bulletins[0].id, site=SITE).mailing_id
    while freeze_next_slice(session, again, batch_size=SITE.batch_size):
        pass
    session.commit()
    while hand_over_next(turn, again):
        pass
    assert len(relay.messages) == PEOPLE
    assert set(relay.taken.values()) == {1}
    letters = [read_letter(raw) for raw in relay.messages]
    assert all(NEW in " ".join(one.text.split()) for one in letters[first:])
    assert [f"What was wrong: {WHY}" in " ".join(one.text.split()) for one in letters].count(True) == PEOPLE - first
    assert all(WHY in one.html for one in letters[first:])


def test_a_case_that_was_only_held_goes_on_with_its_mailing(session: Session, relay: Relay) -> None:
    people(session, PEOPLE)
    mailing, turn = Launch(session), turn_of(session, relay)
    assert hand_over_next(turn, mailing.id)
    sender = an_actor(session, Role.SENDER)
    hold(session, sender, mailing.case.id, reason="Look again.")
    publish(session, sender, mailing.case.id)
    upkeep.end_overtaken(session)
    session.commit()
    while hand_over_next(turn, mailing.id):
        pass
    assert len(relay.messages) == PEOPLE
