"""Freezing takes everyone the rule means, once, and counts whom it leaves out."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.core.errors import NotAllowed
from alerts.mailings.errors import AlreadyLaunched, AudienceChanged, NotApproved
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.launch import audience_of, cancel, launch
from alerts.organisers import Role
from alerts.participation.models import Participation
from alerts.segments.rules import Rule
from alerts.subscribers.service import leave
from alerts.suppression.models import Reason
from alerts.suppression.service import suppress
from tests.builders import an_actor, an_urgent_action
from tests.mailings.scenes import SITE, Launch, people


def test_everyone_active_gets_one_delivery_in_batches_of_one_language(session: Session) -> None:
    people(session, 23)
    people(session, 5, language="es")
    mailing = Launch(session, languages=("en", "es"))
    batches = session.execute(text("SELECT language, size FROM batches ORDER BY language, size DESC")).all()
    assert [tuple(batch) for batch in batches] == [("en", 10), ("en", 10), ("en", 3), ("es", 5)]
    assert mailing.ledger == {"waiting": 28}
    ranges = (
        "SELECT min(d.id) = b.first_id AND max(d.id) = b.first_id + b.size - 1 AND count(*) = b.size"
        " FROM deliveries d JOIN batches b ON b.id = d.batch_id GROUP BY b.id"
    )
    assert session.scalars(text(ranges)).all() == [True] * 4


def test_who_reads_another_language_gets_the_whole_mail_in_the_main_one(session: Session) -> None:
    people(session, 2, language="fa")
    Launch(session, languages=("es", "en"))
    assert session.execute(text("SELECT DISTINCT language FROM batches")).scalars().all() == ["es"]


def test_slices_of_any_size_freeze_the_same_audience(session: Session) -> None:
    people(session, 11)
    case = an_urgent_action(session, CaseState.APPROVED)
    sender = an_actor(session, Role.SENDER)
    mailing_id = launch(session, sender, case.bulletins[0].id, site=SITE).mailing_id
    rounds = 0
    while freeze_next_slice(session, mailing_id, batch_size=10, slice_size=4):
        rounds += 1
    assert rounds == 2
    assert session.scalar(text("SELECT count(DISTINCT subscriber_id) FROM deliveries")) == 11
    assert not freeze_next_slice(session, mailing_id, batch_size=10)
    assert session.scalar(text("SELECT count(*) FROM deliveries")) == 11


def test_every_exclusion_is_counted_by_reason_before_and_after(session: Session) -> None:
    suppressed, acted, left, *_ = people(session, 6)
    suppress(session, suppressed.address_hash, Reason.BOUNCED)
    leave(session, left.address_hash)
    case = an_urgent_action(session, CaseState.APPROVED)
    act = Participation(
        urgent_action_id=case.id, person_hash=acted.address_hash, language="en", state="confirmed", acted_at=clock.now()
    )
    session.add(act)
    session.flush()
    sender = an_actor(session, Role.SENDER)
    before = audience_of(session, sender, case.bulletins[0].id)
    assert (before.people, before.excluded) == (3, {"suppressed": 1, "has_acted": 1})
    mailing_id = launch(session, sender, case.bulletins[0].id, site=SITE, confirmed=3).mailing_id
    freeze_next_slice(session, mailing_id, batch_size=10)
    counted = session.execute(text("SELECT reason, people FROM mailing_exclusions ORDER BY reason")).all()
    assert [tuple(row) for row in counted] == [("has_acted", 1), ("suppressed", 1)]
    assert session.scalar(text("SELECT count(*) FROM deliveries")) == 3


def test_a_rule_narrows_the_audience(session: Session) -> None:
    people(session, 2, language="en")
    people(session, 3, language="es")
    case = an_urgent_action(session, CaseState.APPROVED)
    sender = an_actor(session, Role.SENDER)
    assert audience_of(session, sender, case.bulletins[0].id, Rule(languages=("es",))).people == 3
    assert audience_of(session, sender, case.bulletins[0].id, Rule(countries=("FR",))).people == 0


def test_a_bulletin_is_under_way_once_at_a_time(session: Session) -> None:
    mailing = Launch(session)
    with pytest.raises(AlreadyLaunched), session.begin_nested():
        launch(session, mailing.sender, mailing.case.bulletins[0].id, site=SITE)


def test_a_second_mailing_leaves_out_who_may_have_had_the_first(session: Session) -> None:
    people(session, 4)
    mailing = Launch(session)
    session.execute(text("UPDATE batches SET settled = 2, intent = 3, accepted = 2"))
    cancel(session, mailing.sender, mailing.id)
    again = audience_of(session, mailing.sender, mailing.case.bulletins[0].id)
    assert (again.people, again.excluded) == (1, {"has_received": 3})


def test_a_number_that_is_no_longer_true_launches_nothing(session: Session) -> None:
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    with pytest.raises(AudienceChanged, match="You confirmed 3 people; now it would be 2"):
        launch(session, an_actor(session, Role.SENDER), case.bulletins[0].id, site=SITE, confirmed=3)
    assert session.scalar(text("SELECT count(*) FROM mailings")) == 0


@pytest.mark.parametrize("state", [CaseState.DRAFT, CaseState.IN_REVIEW, CaseState.HELD, CaseState.WITHDRAWN])
def test_what_nobody_approved_is_not_launched(session: Session, state: CaseState) -> None:
    case = an_urgent_action(session, state)
    with pytest.raises(NotApproved):
        launch(session, an_actor(session, Role.SENDER), case.bulletins[0].id, site=SITE)


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.REVIEWER, Role.DATA_OFFICER, Role.ADMINISTRATOR])
def test_only_a_sender_launches(session: Session, role: Role) -> None:
    case = an_urgent_action(session, CaseState.APPROVED)
    with pytest.raises(NotAllowed):
        launch(session, an_actor(session, role), case.bulletins[0].id, site=SITE)
