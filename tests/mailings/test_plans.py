"""A mailing waits for its moment, for each person's hour, and for nobody's sleep; caps leave out, and say whom."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import BulletinKind, BulletinState, CaseState
from alerts.core import clock
from alerts.mailings import upkeep
from alerts.mailings.claims import claim_next
from alerts.mailings.errors import DayIsFull, TooLate
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.launch import audience_of, cancel, launch, pause, resume
from alerts.mailings.models import Mailing
from alerts.mailings.plan import Cap, Limits, Plan, When
from alerts.mailings.progress import progress
from alerts.mailings.quiet import wait_out
from alerts.mailings.schedule import DAY, Quiet, start_for
from alerts.mailings.waves import waves_of
from alerts.organisers import Actor, Role
from alerts.participation.service import Person, act
from alerts.subscribers.models import Subscriber
from tests.builders import a_later_bulletin, an_actor, an_urgent_action
from tests.mailings.scenes import SITE, people

HOUR = timedelta(hours=1)
EXEMPT = frozenset({BulletinKind.STOP, BulletinKind.OUTCOME})
TOKYO, BERLIN, LIMA = "Asia/Tokyo", "Europe/Berlin", "America/Lima"


class Plans:
    """A case that can be launched in any way, and its sender."""

    def __init__(self, session: Session, *, deadline: datetime | None = None, kind: str = "first") -> None:
        self.session = session
        self.sender: Actor = an_actor(session, Role.SENDER)
        state = CaseState.APPROVED if kind == "first" else CaseState.PUBLISHED
        self.case: UrgentAction = an_urgent_action(session, state, deadline=deadline)
        self.bulletin: UUID = self.case.bulletins[0].id
        if kind != "first":
            for person in session.scalars(select(Subscriber)):
                act(session, self.case.id, Person(person.address_hash, person.email or "", None, None, "en"))
            news = a_later_bulletin(session, self.case, BulletinKind(kind), BulletinState.APPROVED)
            self.bulletin = news.id
        session.expire_all()

    def launch(self, when: When | None = None, limits: Limits | None = None, confirmed: int | None = None) -> Mailing:
        launched = launch(
            self.session,
            self.sender,
            self.bulletin,
            site=SITE,
            confirmed=confirmed,
            when=when or When(),
            limits=limits or Limits(),
        )
        mailing = self.session.get(Mailing, launched.mailing_id)
        assert mailing is not None
        return mailing

    def frozen(self, when: When | None = None, limits: Limits | None = None) -> Mailing:
        mailing = self.launch(when, limits)
        while freeze_next_slice(self.session, mailing.id, batch_size=10):
            pass
        return mailing

    def starts(self) -> Counter[datetime]:
        """How many people have their turn at each moment."""
        rows = self.session.execute(text("SELECT not_before, sum(size) AS people FROM batches GROUP BY not_before"))
        return Counter({row.not_before: row.people for row in rows})


def living_in(session: Session, zone: str | None, number: int) -> None:
    for person in people(session, number):
        person.time_zone = zone
    session.flush()


def asleep_now(zone: str, hours: int = 1) -> Quiet:
    """Quiet hours that hold on clocks in the zone at this moment, and for at least an hour more."""
    hour = clock.now().astimezone(ZoneInfo(zone)).hour
    return Quiet(hour, (hour + 1 + hours) % 24)


def test_a_mailing_for_later_waits_for_its_moment_and_the_clock_starts_it(session: Session) -> None:
    living_in(session, BERLIN, 3)
    plans = Plans(session)
    mailing = plans.launch(When(at=clock.now() + HOUR))
    assert (mailing.state, upkeep.start_due(session)) == ("scheduled", [])
    assert not freeze_next_slice(session, mailing.id, batch_size=10)
    assert session.scalar(text("SELECT count(*) FROM deliveries")) == 0
    mailing.starts_at = clock.now() - timedelta(seconds=1)
    session.flush()
    assert upkeep.start_due(session) == [mailing.id]


def test_a_mailing_that_waits_can_be_paused_goes_back_to_waiting_and_can_be_cancelled(session: Session) -> None:
    plans = Plans(session)
    mailing = plans.launch(When(at=clock.now() + HOUR))
    pause(session, plans.sender, mailing.id)
    resume(session, plans.sender, mailing.id)
    assert mailing.state == "scheduled"
    pause(session, plans.sender, mailing.id)
    mailing.starts_at = clock.now() - timedelta(seconds=1)
    session.flush()
    assert upkeep.start_due(session) == [], "paused is paused, also when the moment comes"
    resume(session, plans.sender, mailing.id)
    assert mailing.state == "running"
    cancel(session, plans.sender, mailing.id)
    assert mailing.state == "cancelled"


def test_a_moment_that_is_over_or_past_the_deadline_is_refused_and_changes_nothing(session: Session) -> None:
    plans = Plans(session, deadline=clock.now() + 2 * DAY)
    with pytest.raises(TooLate, match="is over"):
        plans.launch(When(at=clock.now() - HOUR))
    with pytest.raises(TooLate, match="deadline of UA"):
        plans.launch(When(at=clock.now() + 3 * DAY))
    assert session.scalar(text("SELECT count(*) FROM mailings")) == 0
    assert plans.case.state == CaseState.APPROVED


def test_everyone_is_mailed_at_the_hour_on_their_own_clock(session: Session) -> None:
    for zone, number in ((TOKYO, 2), (BERLIN, 3), (LIMA, 4), (None, 5), ("Mars/Olympus", 6)):
        living_in(session, zone, number)
    mailing = Plans(session).frozen(When(local_hour=9), Limits(time_zone=LIMA))
    expected: Counter[datetime] = Counter()
    for zone, number in ((TOKYO, 2), (BERLIN, 3), (LIMA, 4 + 5 + 6)):
        expected[start_for(ZoneInfo(zone), mailing.starts_at, 9)] += number
    rows = session.execute(text("SELECT not_before, sum(size) AS people FROM batches GROUP BY not_before"))
    assert {row.not_before: row.people for row in rows} == dict(expected)
    assert session.scalar(text("SELECT count(DISTINCT subscriber_id) FROM deliveries")) == 20


def test_zones_whose_clocks_agree_share_batches(session: Session) -> None:
    for zone in (BERLIN, "Europe/Paris", "Europe/Madrid"):
        living_in(session, zone, 3)
    Plans(session).frozen(When(local_hour=9), Limits(quiet=Quiet(22, 7)))
    assert session.execute(text("SELECT size FROM batches")).scalars().all() == [9]


def test_a_mailing_with_people_who_wait_for_their_hour_is_not_done_and_says_until_when(session: Session) -> None:
    living_in(session, BERLIN, 3)
    plans = Plans(session)
    hour = (clock.now().astimezone(ZoneInfo(BERLIN)) + 3 * HOUR).hour
    mailing = plans.frozen(When(local_hour=hour))
    assert claim_next(session, mailing.id, worker="test", lease_seconds=60) is None
    assert upkeep.finish_complete(session) == []
    now = progress(session, mailing.id)
    assert (now.waiting_for_hour, now.next_start) == (3, next(iter(plans.starts())))
    assert now.seconds_left is None
    session.execute(text("UPDATE batches SET not_before = now()"))
    assert progress(session, mailing.id).waiting_for_hour == 0
    assert claim_next(session, mailing.id, worker="test", lease_seconds=60) is not None


def test_whose_turn_comes_after_the_deadline_is_left_out_counted_before_and_after(session: Session) -> None:
    living_in(session, BERLIN, 3)
    living_in(session, LIMA, 2)
    berlin = clock.now().astimezone(ZoneInfo(BERLIN))
    when = When(local_hour=(berlin + 2 * HOUR).hour)
    plans = Plans(session, deadline=clock.now() + 4 * HOUR)
    before = audience_of(session, plans.sender, plans.bulletin, when=when)
    assert (before.people, before.excluded) == (3, {"after_deadline": 2})
    mailing = plans.launch(when, confirmed=3)
    freeze_next_slice(session, mailing.id, batch_size=10)
    assert progress(session, mailing.id).excluded == {"after_deadline": 2}
    assert progress(session, mailing.id).total == 3


def test_who_sleeps_waits_until_they_wake_and_others_go_at_once(session: Session) -> None:
    living_in(session, BERLIN, 3)
    living_in(session, TOKYO, 2)
    quiet = asleep_now(BERLIN)
    mailing = Plans(session).frozen(None, Limits(quiet=quiet))
    claim = claim_next(session, mailing.id, worker="test", lease_seconds=60)
    assert claim is not None
    assert claim.size == 2
    assert claim_next(session, mailing.id, worker="test", lease_seconds=60) is None
    now = progress(session, mailing.id)
    assert now.waiting_for_hour == 3
    assert now.next_start is not None
    assert now.next_start.astimezone(ZoneInfo(BERLIN)).hour == quiet.end


@pytest.mark.parametrize(("kind", "held"), [("first", True), ("further_information", True), ("stop", False)])
def test_what_outranks_wakes_people(session: Session, kind: str, held: bool) -> None:
    living_in(session, BERLIN, 3)
    mailing = Plans(session, kind=kind).frozen(None, Limits(quiet=asleep_now(BERLIN), exempt=EXEMPT))
    assert (claim_next(session, mailing.id, worker="test", lease_seconds=60) is None) is held


def test_what_is_still_waiting_when_people_fall_asleep_stands_still_until_they_wake(session: Session) -> None:
    living_in(session, BERLIN, 3)
    here = clock.now().astimezone(ZoneInfo(BERLIN))
    quiet = Quiet((here + 2 * HOUR).hour, (here + 8 * HOUR).hour)
    mailing = Plans(session).frozen(None, Limits(quiet=quiet))
    until, zone = session.execute(text("SELECT quiet_from, time_zone FROM batches")).one()
    assert until.astimezone(ZoneInfo(zone)).hour == quiet.begin
    # Evening comes: the hours begin now, on the mailing and on its batch.
    asleep = asleep_now(BERLIN)
    session.execute(text("UPDATE batches SET quiet_from = now() - interval '1 second'"))
    session.execute(
        text("UPDATE mailings SET plan = jsonb_set(plan, '{quiet}', to_jsonb(CAST(:quiet AS text)))"),
        {"quiet": str(asleep)},
    )
    assert claim_next(session, mailing.id, worker="test", lease_seconds=60) is None
    wait_out(session)
    now = progress(session, mailing.id)
    assert (now.waiting_for_hour, upkeep.finish_complete(session)) == (3, [])
    # Morning comes: the hours are over, and the next ones are tonight.
    session.execute(text("UPDATE batches SET not_before = now() - interval '1 second'"))
    session.execute(
        text("UPDATE mailings SET plan = jsonb_set(plan, '{quiet}', to_jsonb(CAST(:quiet AS text)))"),
        {"quiet": str(quiet)},
    )
    assert claim_next(session, mailing.id, worker="test", lease_seconds=60) is None, "the clock lets them go"
    wait_out(session)
    assert session.scalar(text("SELECT quiet_from FROM batches")) == until
    assert claim_next(session, mailing.id, worker="test", lease_seconds=60) is not None


def test_after_a_pause_past_the_hour_mail_goes_at_once_unless_people_sleep() -> None:
    began = datetime(2026, 12, 1, tzinfo=UTC)
    resumed = datetime(2026, 12, 1, 22, 30, tzinfo=UTC)
    plan = Plan(local_hour=9, quiet=Quiet(22, 7))
    waves = waves_of(plan, began, resumed)
    start = {zone: waves.waves[number].start for zone, number in waves.by_zone}
    assert start[LIMA] == resumed
    assert start[BERLIN] == datetime(2026, 12, 2, 6, tzinfo=UTC)


def test_who_had_as_many_mails_as_allowed_is_left_out_counted_before_and_after(session: Session) -> None:
    people(session, 4)
    first, second = Plans(session), Plans(session)
    first.frozen()
    session.execute(text("UPDATE batches SET settled = 2, intent = 3, accepted = 2"))
    session.execute(text("UPDATE mailings SET first_handed_over_at = now()"))
    two, one = Limits(cap=Cap(2, 7)), Limits(cap=Cap(1, 7))
    assert audience_of(session, second.sender, second.bulletin, limits=two).people == 4
    before = audience_of(session, second.sender, second.bulletin, limits=one)
    assert (before.people, before.excluded) == (1, {"capped": 3}), "with the provider counts as had"
    again = second.launch(None, one, confirmed=1)
    freeze_next_slice(session, again.id, batch_size=10)
    assert progress(session, again.id).excluded == {"capped": 3}


def test_a_cap_forgets_mailings_that_ended_before_its_days_and_spares_what_outranks(session: Session) -> None:
    people(session, 2)
    first, second = Plans(session), Plans(session, kind="stop")
    first.frozen()
    session.execute(text("UPDATE batches SET settled = 2, intent = 2, accepted = 2"))
    session.execute(text("UPDATE mailings SET first_handed_over_at = now() - interval '9 days'"))
    capped = Limits(cap=Cap(1, 7))
    assert audience_of(session, second.sender, second.bulletin, limits=capped).excluded == {"capped": 2}
    exempt = Limits(cap=Cap(1, 7), exempt=EXEMPT)
    assert audience_of(session, second.sender, second.bulletin, limits=exempt).people == 2
    session.execute(text("UPDATE mailings SET ended_at = now() - interval '8 days'"))
    assert audience_of(session, second.sender, second.bulletin, limits=capped).people == 2


def test_a_day_takes_so_many_mailings_and_the_next_free_one_is_named(session: Session) -> None:
    limits = Limits(mailings_a_day=1, exempt=EXEMPT, time_zone=BERLIN)
    first, second = Plans(session), Plans(session)
    at = (clock.now() + 2 * DAY).replace(hour=12)
    mailing = first.launch(When(at=at), limits)
    following = (at + DAY).astimezone(ZoneInfo(BERLIN)).date()
    with pytest.raises(DayIsFull, match=rf"{first.case.number} by Organiser.*next free day is {following}"):
        second.launch(When(at=at + HOUR), limits)
    assert second.launch(When(at=at + DAY), limits).state == "scheduled"
    cancel(session, first.sender, mailing.id)
    third = Plans(session)
    assert third.launch(When(at=at), limits).state == "scheduled", "what was cancelled unsent takes no room"


def test_a_full_day_does_not_hold_back_what_outranks(session: Session) -> None:
    limits = Limits(mailings_a_day=1, exempt=EXEMPT)
    Plans(session).launch(None, limits)
    assert Plans(session, kind="stop").launch(None, limits).state == "running"


def test_an_ordinary_mailing_stores_no_plan_and_its_batches_no_hours(session: Session) -> None:
    people(session, 3)
    mailing = Plans(session).frozen(None, Limits(time_zone=BERLIN, mailings_a_day=9))
    assert mailing.plan == {}
    assert session.execute(text("SELECT quiet_from, time_zone FROM batches")).all() == [(None, None)]


@pytest.mark.parametrize("plan", [Plan(), Plan(9, Quiet(22, 7), Cap(3, 7), BERLIN), Plan(0), Plan(cap=Cap(1, 1))])
def test_a_plan_reads_as_it_was_stored(plan: Plan) -> None:
    assert Plan.from_json(plan.to_json()) == plan
