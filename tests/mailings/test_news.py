"""Mail about a later bulletin: who gets it, what it says, and that a stop outranks and ends what asks people to act."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from alerts.actions.later import publish_later
from alerts.actions.models import Bulletin
from alerts.actions.publishing import hold, withdraw
from alerts.actions.states import BulletinKind, BulletinState, CaseState
from alerts.mailings.errors import NotApproved
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.launch import audience_of, launch, newest_bulletin
from alerts.mailings.models import Mailing, MailingContent, MailingState
from alerts.mailings.upkeep import end_overtaken
from alerts.organisers import Role
from alerts.participation.service import act, stranger
from alerts.subscribers.service import leave
from tests.builders import a_later_bulletin, an_actor
from tests.mailings.scenes import SITE, Launch, people, smtp
from tests.standins.relay import a_relay

STOP, NEWS, OUTCOME = BulletinKind.STOP, BulletinKind.FURTHER_INFORMATION, BulletinKind.OUTCOME


def told(session: Session, first: Launch, bulletin: Bulletin) -> Launch:
    """The bulletin launched and frozen whole, beside the first mailing of its case."""
    second = object.__new__(Launch)
    second.session, second.site, second.sender, second.case = session, SITE, first.sender, first.case
    second.id = launch(session, first.sender, bulletin.id, site=SITE).mailing_id
    while freeze_next_slice(session, second.id, batch_size=10):
        pass
    session.commit()
    return second


def sign(session: Session, case_id: UUID, email: str) -> None:
    act(session, case_id, stranger(email=email, name="A", country="DE", language="en"))


def test_news_goes_to_who_received_the_alert_or_acted_and_to_nobody_else(session: Session) -> None:
    mailed, gone = people(session, 2)
    first = Launch(session)
    with a_relay() as relay:
        first.hand_over(smtp(relay.mail_url))
    acted, stranger_ = people(session, 2)
    sign(session, first.case.id, acted.email or "")
    sign(session, first.case.id, mailed.email or "")
    leave(session, gone.address_hash)
    second = told(session, first, a_later_bulletin(session, first.case))
    with a_relay() as relay:
        second.hand_over(smtp(relay.mail_url))
    assert relay.taken == {mailed.email: 1, acted.email: 1}, "who acted is told as well"
    assert stranger_.email not in relay.taken


def test_a_stop_ends_what_asks_people_to_act_at_the_door_and_is_mailed_itself(session: Session) -> None:
    audience = people(session, 25)
    first = Launch(session)
    with a_relay() as relay:
        first.hand_over(smtp(relay.mail_url), batches=1)
        reached = set(relay.taken)
        stop = a_later_bulletin(session, first.case, STOP, BulletinState.APPROVED)
        publish_later(session, first.sender, stop.id)
        first.hand_over(smtp(relay.mail_url))
        assert set(relay.taken) == reached, "nobody is asked to write after it was published"
    end_overtaken(session)
    assert session.get_one(Mailing, first.id, populate_existing=True).state == MailingState.CANCELLED
    second = told(session, first, stop)
    with a_relay() as relay:
        second.hand_over(smtp(relay.mail_url))
    assert set(relay.taken) == reached, "those who were asked to write are told to stop"
    assert 0 < len(reached) < len(audience)
    end_overtaken(session)
    assert second.progress.state is not MailingState.CANCELLED


def test_the_mail_of_a_stop_has_no_link_to_act_and_one_to_leave(session: Session) -> None:
    people(session, 1)
    first = Launch(session, languages=("en", "fa"))
    with a_relay() as relay:
        first.hand_over(smtp(relay.mail_url))
    stop = a_later_bulletin(session, first.case, STOP, BulletinState.APPROVED, languages=("en", "fa"))
    second = told(session, first, stop)
    with a_relay() as relay:
        second.hand_over(smtp(relay.mail_url))
    (message,) = relay.messages
    assert b"/a/" not in message
    assert b"/u/" in message
    words = session.query(MailingContent).filter_by(mailing_id=second.id, language="en").one()
    assert "Please send nothing" in words.text
    assert "She was moved to another prison" in words.subject


def test_news_of_an_open_case_offers_the_letter_and_ends_with_its_appeals(session: Session) -> None:
    people(session, 3)
    first = Launch(session)
    with a_relay() as relay:
        first.hand_over(smtp(relay.mail_url))
    second = told(session, first, a_later_bulletin(session, first.case))
    assert session.get_one(Mailing, second.id).asks
    a_later_bulletin(session, first.case, OUTCOME)
    with a_relay() as relay:
        second.hand_over(smtp(relay.mail_url))
    assert not relay.taken
    end_overtaken(session)
    assert second.progress.state is MailingState.CANCELLED


@pytest.mark.parametrize("take_down", [withdraw, hold])
def test_nothing_of_a_case_that_is_not_shown_goes_out_whatever_it_is(session: Session, take_down: object) -> None:
    people(session, 3)
    first = Launch(session)
    with a_relay() as relay:
        first.hand_over(smtp(relay.mail_url))
    second = told(session, first, a_later_bulletin(session, first.case))
    take_down(session, first.sender, first.case.id, reason="Asked by the family.")  # type: ignore[operator]
    with a_relay() as relay:
        second.hand_over(smtp(relay.mail_url))
    assert not relay.taken


def test_the_more_urgent_kind_goes_first_and_only_what_is_approved_is_launched(session: Session) -> None:
    people(session, 1)
    first = Launch(session)
    draft = a_later_bulletin(session, first.case, state=BulletinState.DRAFT)
    with pytest.raises(NotApproved):
        launch(session, first.sender, draft.id, site=SITE)
    assert newest_bulletin(session, first.case.number) == first.case.bulletins[0].id
    ranks = {}
    for kind in (NEWS, OUTCOME, STOP):
        bulletin = a_later_bulletin(session, first.case, kind, BulletinState.APPROVED)
        ranks[kind] = session.get_one(Mailing, launch(session, first.sender, bulletin.id, site=SITE).mailing_id).rank
        assert bulletin.state == BulletinState.PUBLISHED, "the launch publishes it"
    assert ranks[STOP] < ranks[OUTCOME] < ranks[NEWS] < session.get_one(Mailing, first.id).rank
    assert first.case.state == CaseState.CLOSED


def test_the_audience_is_counted_as_it_will_be_frozen(session: Session) -> None:
    people(session, 4)
    first = Launch(session)
    with a_relay() as relay:
        first.hand_over(smtp(relay.mail_url))
    people(session, 5)
    bulletin = a_later_bulletin(session, first.case)
    counted = audience_of(session, an_actor(session, Role.SENDER), bulletin.id)
    assert (counted.people, counted.excluded) == (4, {})
    second = told(session, first, bulletin)
    assert second.ledger.total() == 4
