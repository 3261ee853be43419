"""A provider that asks one worker to wait is obeyed by all, for every mailing, and the wait ends by itself."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.mailings import holds, parking
from alerts.mailings.claims import Gate, claim_next, intend
from alerts.mailings.launch import launch, pause, resume
from alerts.mailings.models import MailingState
from alerts.mailings.progress import progress
from alerts.mailings.working import in_line
from alerts.organisers import Role
from config import Settings
from tests.builders import an_actor, an_urgent_action
from tests.mailings.scenes import SITE, Launch, people, smtp
from tests.standins.relay import Script, a_relay
from tests.support.processes import environment_of, running, wait_until

WAY = "smtp:relay.example:25"


def test_a_hold_shuts_the_door_for_a_mailing_that_never_heard_of_it(session: Session) -> None:
    people(session, 3)
    mailing = Launch(session)
    claim = claim_next(session, mailing.id, worker="one", lease_seconds=60, transport=WAY)
    assert claim is not None
    holds.hold(session, WAY, "421 Going down", asked=None)
    assert intend(session, claim, upto=3, lease_seconds=60, transport=WAY) is Gate.SHUT
    assert intend(session, claim, upto=3, lease_seconds=60, transport="smtp:other.example:25") is Gate.OPEN
    assert in_line(session, WAY) == []
    assert parking.park_held(session, WAY) == [mailing.id]
    at = mailing.progress
    assert (at.state, at.trouble) == (MailingState.PARKED, "421 Going down")


def test_what_the_provider_asked_for_is_kept_to_exactly(session: Session) -> None:
    until = holds.hold(session, WAY, "429", asked=37)
    assert abs(until - clock.now() - timedelta(seconds=37)) < timedelta(seconds=2)


def test_workers_who_hear_the_same_outage_count_as_one_and_the_next_outage_waits_longer(session: Session) -> None:
    first = holds.hold(session, WAY, "421", asked=None)
    second = holds.hold(session, WAY, "421", asked=None)
    assert second - first < timedelta(seconds=5)
    session.execute(text("UPDATE transports SET held_until = now() - interval '1 second'"))
    third = holds.hold(session, WAY, "421", asked=None)
    assert timedelta(seconds=29) < third - clock.now() < timedelta(seconds=37)


def test_a_window_that_went_well_before_the_hold_does_not_end_it_and_one_after_it_does(session: Session) -> None:
    holds.hold(session, WAY, "421", asked=None)
    holds.goes_well(session, WAY, clock.now())
    assert holds.standing(session, WAY).held_until is not None
    session.execute(text("UPDATE transports SET held_until = now() - interval '1 second'"))
    holds.goes_well(session, WAY, clock.now())
    assert session.scalar(text("SELECT tries FROM transports")) == 0


def test_who_presses_try_now_has_the_provider_asked_again_and_who_resumes_a_paused_one_does_not(
    session: Session,
) -> None:
    people(session, 2)
    mailing = Launch(session)
    holds.hold(session, WAY, "429", asked=600)
    pause(session, mailing.sender, mailing.id)
    resume(session, mailing.sender, mailing.id)
    assert holds.standing(session, WAY).held_until is not None
    parking.park_held(session, WAY)
    resume(session, mailing.sender, mailing.id)
    assert holds.standing(session, WAY).held_until is None
    assert [one.mailing_id for one in in_line(session, WAY)] == [mailing.id]


def test_a_mailing_that_meets_an_outage_holds_its_transport_and_goes_on_when_it_is_over(session: Session) -> None:
    people(session, 4)
    mailing, other = Launch(session), Launch(session)
    with a_relay(Script(mail=lambda _: "451 4.7.1 Slow down")) as relay:
        transport = smtp(relay.mail_url)
        mailing.hand_over(transport)
        knocks = len(relay.commands)
        other.hand_over(transport)
        assert len(relay.commands) == knocks
        relay.script.mail = lambda _: None
        mailing.retry_now()
        mailing.hand_over(transport)
        other.hand_over(transport)
    assert mailing.ledger == other.ledger == {"handed_over": 4}


def _two_mailings(session: Session) -> list[UUID]:
    people(session, 120)
    sender = an_actor(session, Role.SENDER)
    cases = [an_urgent_action(session, CaseState.APPROVED) for _ in range(2)]
    launched = [launch(session, sender, case.bulletins[0].id, site=SITE).mailing_id for case in cases]
    session.commit()
    return launched


def _all(session: Session, mailings: list[UUID], state: MailingState) -> bool:
    session.rollback()
    return all(progress(session, mailing_id).state is state for mailing_id in mailings)


def test_two_workers_and_two_mailings_stop_within_a_second_and_go_on_by_themselves(
    committed: Session, settings: Settings, tmp_path: Path
) -> None:
    mailings = _two_mailings(committed)
    said: list[float] = []
    begun: list[float] = []

    def answer(_: str) -> str | None:
        begun.append(time.monotonic())
        if relay.taken.total() > 40 and not said:
            said.append(time.monotonic())
            return "451 4.7.1 Come back later"
        return None

    with a_relay(Script(mail=answer, before_dot_reply=lambda _: time.sleep(0.02))) as relay:
        environment = environment_of(
            settings, MAIL_URL=relay.mail_url, SMTP_WINDOW="5", SMTP_CONNECTIONS="1", BATCH_SIZE="20"
        )
        log = tmp_path / "log"
        with (
            running("clock", environment, log=log),
            running("worker", environment, log=log),
            running("worker", environment, log=log),
        ):
            wait_until(lambda: relay.most_at_once == 2, what="both workers to be at work")
            wait_until(lambda: bool(said), what="one of them to be asked to wait")
            wait_until(lambda: _all(committed, mailings, MailingState.PARKED), seconds=5, what="both to be parked")
            time.sleep(3)
            late = [at for at in begun if at > said[0] + 1]
            words = {progress(committed, mailing_id).trouble for mailing_id in mailings}
            _the_wait_is_over(committed)
            wait_until(lambda: _all(committed, mailings, MailingState.DONE), what="both to end")
    assert late == []
    assert words == {"4.7.1 451 4.7.1 Come back later"}
    assert set(relay.taken.values()) == {2}
    assert len(relay.taken) == 120


def _the_wait_is_over(session: Session) -> None:
    session.execute(text("UPDATE transports SET held_until = now()"))
    session.execute(text("UPDATE mailings SET parked_until = now() WHERE state = 'parked'"))
    session.commit()
