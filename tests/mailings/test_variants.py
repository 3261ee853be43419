"""Testing variants: each person gets exactly one; those who wait get nothing before the choice, one mail after it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.actions.variants import VariantWords, write_variants
from alerts.core import clock
from alerts.core.errors import NotAllowed, Refused
from alerts.delivery.sendgrid import SendGridTransport
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.joined import send_to_joined
from alerts.mailings.launch import cancel, launch
from alerts.mailings.models import Mailing
from alerts.mailings.plan import Trial, When
from alerts.mailings.upkeep import end_overtaken, finish_complete
from alerts.mailings.winners import choose_winner, decide_due, standings
from alerts.organisers import Role
from alerts.participation.models import Participation
from tests.builders import an_actor, an_urgent_action, brought_to, past_deadline
from tests.mailings.counting import told
from tests.mailings.scenes import SITE, Launch, people, smtp
from tests.standins.relay import Relay, a_relay
from tests.standins.sendgrid_standin import KEY, a_sendgrid

SECOND, THIRD = "She needs you now!", "Stand by the lawyer!"
TRIAL = Trial(50)


class Trying(Launch):
    """A mailing that tests three subjects; not frozen yet."""

    def __init__(self, session: Session, trial: Trial = TRIAL, *, whole: bool = True) -> None:
        self.session, self.site = session, SITE
        self.sender = an_actor(session, Role.SENDER)
        self.case = with_variants(session)
        self.id = launch(session, self.sender, self.case.bulletins[0].id, site=SITE, trial=trial).mailing_id
        session.commit()
        if whole:
            self.freeze()

    def freeze(self) -> None:
        """Freeze whoever is left."""
        while freeze_next_slice(self.session, self.id, batch_size=SITE.batch_size):
            pass
        self.session.commit()


def with_variants(session: Session, *, languages: tuple[str, ...] = ("en",)) -> UrgentAction:
    """An approved case whose mail has three subjects."""
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, languages=languages)
    others = [VariantWords(call=SECOND), VariantWords(call=THIRD)]
    for one in list(case.bulletins[0].texts):
        write_variants(session, author, case.id, one.language, others, version=one.version)
    return brought_to(session, case, CaseState.APPROVED, author=author)


def subjects(relay: Relay) -> Counter[str]:
    """How often each subject arrived, without the case's number."""
    found = (str(message_from_bytes(raw, policy=policy.SMTP)["Subject"]) for raw in relay.messages)
    return Counter(subject.rpartition(" (UA")[0] for subject in found)


def act(session: Session, mailing: Launch, variant: int, number: int) -> None:
    """So many of those who got this variant in the sample act."""
    ids = session.scalars(
        text(
            "SELECT d.id FROM deliveries d JOIN batches b ON b.id = d.batch_id"
            " WHERE b.mailing_id = :mailing AND b.sampled AND b.variant = :variant ORDER BY d.id LIMIT :number"
        ),
        {"mailing": mailing.id, "variant": variant, "number": number},
    ).all()
    assert len(ids) == number
    now = clock.now()
    session.add_all(
        Participation(
            urgent_action_id=mailing.case.id, person_hash=f"{variant}-{id}".encode(), delivery_id=id, language="en",
            state="confirmed", acted_at=now, confirmed_at=now,
        )
        for id in ids
    )  # fmt: skip
    session.commit()


def test_each_of_the_sample_gets_one_variant_and_the_others_nothing_before_the_choice(session: Session) -> None:
    everyone = people(session, 300)
    mailing = Trying(session)
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
        held = mailing.progress.waiting_for_winner
        assert len(relay.taken) == 300 - held
        assert 100 < held < 200
        assert all(count > 20 for count in subjects(relay).values())
        assert len(subjects(relay)) == 3
        assert finish_complete(session) == []
        choose_winner(session, mailing.sender, mailing.id, 2)
        session.commit()
        before = subjects(relay)
        mailing.hand_over(smtp(relay.mail_url))
        assert relay.taken == {person.email: 1 for person in everyone}
        assert subjects(relay) - before == Counter({THIRD: held})
    assert finish_complete(session) == [mailing.id]
    assert told(session, mailing.id, "mailing.winner_chosen") == [{"variant": "C", "why": "Chosen by hand."}]


def test_by_sendgrid_each_request_carries_the_subject_of_its_variant(session: Session) -> None:
    people(session, 60)
    mailing = Trying(session)
    with a_sendgrid() as sendgrid:
        mailing.hand_over(SendGridTransport(key=KEY, host=sendgrid.url, timeout=5))
        assert {mail.subject.rpartition(" (UA")[0] for mail in sendgrid.sent} == {
            "Defend the lawyer! (en)",
            SECOND,
            THIRD,
        }
        assert len(sendgrid.sent) == 60 - mailing.progress.waiting_for_winner


def test_a_second_choice_is_refused_by_the_verb_and_by_the_database(session: Session) -> None:
    people(session, 20)
    mailing = Trying(session)
    choose_winner(session, mailing.sender, mailing.id, 1)
    with pytest.raises(Refused, match="Variant B was chosen already"):
        choose_winner(session, mailing.sender, mailing.id, 0)
    session.commit()
    for statement in ("UPDATE mailing_winners SET variant = 0", "DELETE FROM mailing_winners"):
        with pytest.raises(IntegrityError, match="A winner is chosen once"):
            session.execute(text(statement))
        session.rollback()


def test_only_who_may_launch_chooses(session: Session) -> None:
    mailing = Trying(session)
    with pytest.raises(NotAllowed):
        choose_winner(session, an_actor(session, Role.AUTHOR), mailing.id, 1)


def test_a_choice_before_the_audience_is_frozen_goes_for_those_who_follow(session: Session) -> None:
    people(session, 60)
    mailing = Trying(session, whole=False)
    freeze_next_slice(session, mailing.id, batch_size=10, slice_size=30)
    choose_winner(session, mailing.sender, mailing.id, 1)
    session.commit()
    mailing.freeze()
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
        assert sum(relay.taken.values()) == 60
        assert subjects(relay)[SECOND] > 30


def test_the_clock_takes_the_clear_winner_at_the_stated_time_once(session: Session) -> None:
    people(session, 300)
    mailing = Trying(session, Trial(90, timedelta(hours=2)))
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
        act(session, mailing, 1, 30)
        assert decide_due(session) == []
        later(session, mailing.id)
        assert decide_due(session) == [mailing.id]
        session.commit()
        assert decide_due(session) == []
        found = standings(session, mailing.id)
        assert found is not None
        assert found.choice is not None
        assert (found.choice.variant, found.choice.chosen_by, found.held) == (1, None, 0)
        assert found.choice.why.startswith("At the stated time it was the best with odds of 9")
        mailed = [finding.mailed for finding in found.findings]
        mailing.hand_over(smtp(relay.mail_url))
        assert len(relay.taken) == 300
        after = standings(session, mailing.id)
        assert after is not None
        assert [finding.mailed for finding in after.findings] == mailed  # the sample's figures stay the sample's
        assert [finding.acted for finding in after.findings] == [0, 30, 0]


def test_where_it_is_too_little_to_tell_the_bulletins_own_words_go_out(session: Session) -> None:
    people(session, 100)
    mailing = Trying(session, Trial(50, timedelta(hours=2)))
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
        act(session, mailing, 1, 1)
        later(session, mailing.id)
        decide_due(session)
        found = standings(session, mailing.id)
        assert found is not None
        assert found.choice is not None
        assert (found.choice.variant, found.clear) == (0, None)
        assert "too little to tell" in found.choice.why


def test_two_clocks_at_once_choose_once(committed: Session) -> None:
    people(committed, 20)
    mailing = Trying(committed, Trial(50, timedelta(hours=2)))
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    later(committed, mailing.id)
    with Session(committed.get_bind()) as other:
        assert decide_due(committed) == [mailing.id]
        assert decide_due(other) == []
        other.rollback()
        committed.commit()
        assert decide_due(other) == []
    assert len(told(committed, mailing.id, "mailing.winner_chosen")) == 1


def test_nobody_who_waits_is_mailed_once_it_is_cancelled_or_its_deadline_has_passed(session: Session) -> None:
    people(session, 40)
    first, second = Trying(session), Trying(session)
    cancel(session, first.sender, first.id)
    past_deadline(session, second.case.id)
    end_overtaken(session)
    session.commit()
    for mailing in (first, second):
        with pytest.raises(Refused, match="nobody waits for a winner any more"):
            choose_winner(session, mailing.sender, mailing.id, 1)
        with a_relay() as relay:
            mailing.hand_over(smtp(relay.mail_url))
            assert not relay.taken


def test_newcomers_get_the_words_that_won(session: Session) -> None:
    people(session, 20)
    mailing = Trying(session)
    choose_winner(session, mailing.sender, mailing.id, 1)
    session.commit()
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
        finish_complete(session)
        before = subjects(relay)
        people(session, 3)
        mailing.id = send_to_joined(session, mailing.sender, mailing.id, site=SITE).mailing_id
        mailing.freeze()
        mailing.hand_over(smtp(relay.mail_url))
        assert subjects(relay) - before == Counter({SECOND: 3})


def test_without_a_test_everyone_gets_the_bulletins_own_words(session: Session) -> None:
    people(session, 5)
    case, sender = with_variants(session), an_actor(session, Role.SENDER)
    mailing = Launch.__new__(Launch)
    mailing.session, mailing.site, mailing.sender, mailing.case = session, SITE, sender, case
    mailing.id = launch(session, sender, case.bulletins[0].id, site=SITE).mailing_id
    Trying.freeze(mailing)  # type: ignore[arg-type]
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
        assert subjects(relay) == Counter({"Defend the lawyer! (en)": 5})
    assert standings(session, mailing.id) is None


@pytest.mark.parametrize(
    ("trial", "when", "why"),
    [
        (Trial(0), When(), "choose 1 to 90"),
        (Trial(91), When(), "choose 1 to 90"),
        (Trial(10, timedelta(days=15)), When(), "up to 14 days"),
        (Trial(10), When(local_hour=9), "leave out one of the two"),
    ],
)
def test_what_cannot_be_tested_is_refused(session: Session, trial: Trial, when: When, why: str) -> None:
    case = with_variants(session)
    with pytest.raises(Refused) as refused:
        launch(session, an_actor(session, Role.SENDER), case.bulletins[0].id, site=SITE, trial=trial, when=when)
    assert why in str(refused.value)
    assert session.scalar(select(func.count()).select_from(Mailing)) == 0


def test_a_bulletin_without_variants_cannot_be_tested(session: Session) -> None:
    case = an_urgent_action(session, CaseState.APPROVED)
    with pytest.raises(Refused) as refused:
        launch(session, an_actor(session, Role.SENDER), case.bulletins[0].id, site=SITE, trial=TRIAL)
    assert "has no variants" in str(refused.value)


def later(session: Session, mailing_id: UUID) -> None:
    """The first mail left three hours ago."""
    session.execute(
        text("UPDATE mailings SET first_handed_over_at = now() - interval '3 hours' WHERE id = :id"), {"id": mailing_id}
    )
    session.commit()
