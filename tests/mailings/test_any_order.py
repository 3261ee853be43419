"""Whatever happens in any order: nobody is missing, few get it twice, nothing after a stop, the ledger adds up.

Hypothesis presses the buttons, answers as providers do, and lets workers vanish in the middle of a window. A small
model knows who was taken how often, and which moves are legal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from alerts.actions.publishing import withdraw
from alerts.actions.states import CaseState
from alerts.core.errors import Refused
from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.transport import NOT_TRIED, Answer, Outcome, Transport, Verdict
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import Turn, hand_over_next
from alerts.mailings.launch import cancel, launch, pause, resume
from alerts.mailings.models import MailingState
from alerts.mailings.progress import Progress, progress
from alerts.mailings.recovery import settle_left_behind
from alerts.mailings.transitions import MOVES
from alerts.mailings.upkeep import end_overtaken, finish_complete, start_due
from alerts.organisers import Role
from chaos.judging import ENDED, miscounted
from tests.builders import an_actor, an_urgent_action, past_deadline
from tests.mailings.scenes import SITE, people
from tests.support.databases import engine_of

PEOPLE, SLICE, BATCH, WINDOW = 11, 4, 4, 3
TURNS = 60
"""Batches after which a mailing that everybody lets go on must have ended."""
S, V = MailingState, Verdict
HALTS = {V.OUR_FAULT, V.PROVIDER_DOWN, V.SLOW_DOWN, V.UNKNOWN}


class Vanished(BaseException):
    """The worker is gone: no line of its code runs any more."""


class Adapter:
    """The engine under the names it has today; nothing else here knows them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        people(session, PEOPLE)
        self._case = an_urgent_action(session, CaseState.APPROVED)
        self._sender = an_actor(session, Role.SENDER)
        session.commit()

    def launch(self) -> None:
        self.id = launch(self.session, self._sender, self._case.bulletins[0].id, site=SITE).mailing_id
        self.session.commit()

    def freeze(self) -> None:
        """One slice."""
        freeze_next_slice(self.session, self.id, batch_size=BATCH, slice_size=SLICE)
        self.session.commit()

    def hand_over(self, transport: Transport) -> bool:
        """One batch by a worker that may vanish; whether there may be another."""
        turn = Turn(self.session, transport, SITE, "test", self.session.commit, lambda: True)
        try:
            return hand_over_next(turn, self.id)
        except Vanished:
            self.session.rollback()
            return True

    def press(self, what: str) -> None:
        """Pause, resume or cancel. Raises Refused."""
        try:
            {"pause": pause, "resume": resume, "cancel": cancel}[what](self.session, self._sender, self.id)
            self.session.commit()
        except Refused:
            self.session.rollback()
            raise

    def withdraw(self) -> None:
        withdraw(self.session, self._sender, self._case.id, reason="The family asked for it.")
        self.session.commit()

    def expire(self) -> None:
        """The deadline of the case passes."""
        past_deadline(self.session, self._case.id)
        self.session.commit()

    def tick(self) -> None:
        """What the clock does each second, but for the bells."""
        for upkeep in (end_overtaken, start_due, finish_complete, settle_left_behind):
            upkeep(self.session)
        self.session.commit()

    def time_passes(self) -> None:
        """Leases run out and waits are over."""
        self.session.execute(text("UPDATE batches SET lease_until = now() - interval '1 s' WHERE state = 'leased'"))
        self.session.execute(text("UPDATE batches SET not_before = now() - interval '1 s', retry_at = NULL"))
        self.session.execute(
            text("UPDATE transports SET held_until = now() - interval '1 s' WHERE held_until IS NOT NULL")
        )
        self.session.execute(text("UPDATE mailings SET parked_until = now() - interval '1 s' WHERE state = 'parked'"))
        self.session.commit()

    def progress(self) -> Progress:
        self.session.expire_all()
        return progress(self.session, self.id)

    def ledger(self) -> dict[int, str]:
        """Each delivery's state."""
        rows = self.session.execute(
            text("SELECT delivery_id, state FROM ledger WHERE mailing_id = :id"), {"id": self.id}
        )
        return {row.delivery_id: row.state for row in rows}

    def miscounted(self) -> int:
        """Batches whose counters are not what their rows say."""
        return miscounted(self.session, self.id)


class Vanish(StrEnum):
    """When a worker vanishes in a window: never, before the first mail, in the middle, before it hears the end."""

    NEVER = "never"
    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


@dataclass(frozen=True)
class Plan:
    """What the provider does with the next windows: an answer for each place, and whether a lost one was taken."""

    answers: tuple[Verdict, ...] = ()
    whole: bool = False
    took_it: bool = True
    vanish: Vanish = Vanish.NEVER


@dataclass
class Door:
    """The provider's door in memory: it counts, answers as planned, and knows whether anyone may come."""

    resend_unknown: bool
    name: str = "memory"
    key: str = "memory"
    window: int = WINDOW
    plan: Plan = field(default_factory=Plan)
    open: bool = True
    taken: Counter[int] = field(default_factory=Counter)
    unheard: Counter[int] = field(default_factory=Counter)
    lost_windows: int = 0
    said: set[Verdict] = field(default_factory=set)

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        """As the plan says; once only, then yes."""
        assert self.open, "somebody was handed over after a stop"
        assert len(recipients) <= self.window
        ids = [recipient.delivery_id for recipient in recipients]
        assert len(set(ids)) == len(ids), "one person twice in a window"
        plan, self.plan = self.plan, Plan()
        answers = self._answers(plan, len(ids))
        if plan.vanish is not Vanish.NEVER:
            heard = {Vanish.FIRST: 0, Vanish.MIDDLE: len(ids) // 2, Vanish.LAST: len(ids)}[plan.vanish]
            self._take(ids[:heard], [V.UNKNOWN if answer is V.ACCEPTED else answer for answer in answers], took=True)
            self.lost_windows += 1
            self.said = set()
            raise Vanished
        self._take(ids, answers, took=plan.took_it)
        self.said = set(answers)
        return Outcome(
            [Answer(answer, "", "as planned") if answer is not V.NOT_TRIED else NOT_TRIED for answer in answers]
        )

    def check(self) -> Answer:
        """Always there."""
        return Answer(V.ACCEPTED)

    def close(self) -> None:
        """Nothing to let go."""

    def _answers(self, plan: Plan, size: int) -> list[Verdict]:
        answers = [*plan.answers[:size], *[V.ACCEPTED] * (size - len(plan.answers))]
        if plan.whole:
            return [answers[0]] * size
        halt = next((place for place, answer in enumerate(answers) if answer in HALTS), size)
        return [*answers[: halt + 1], *[V.NOT_TRIED] * (size - halt - 1)]

    def _take(self, ids: Sequence[int], answers: Sequence[Verdict], *, took: bool) -> None:
        for id, answer in zip(ids, answers, strict=False):
            if answer is V.ACCEPTED or (answer is V.UNKNOWN and took):
                self.taken[id] += 1
                self.unheard[id] += answer is V.UNKNOWN


_answers = st.lists(
    st.sampled_from([V.ACCEPTED] * 4 + [V.DEFERRED] * 3 + [answer for answer in V if answer is not V.NOT_TRIED]),
    min_size=1,
    max_size=WINDOW,
).map(tuple)
plans = st.builds(Plan, _answers, st.booleans(), st.booleans())
vanishings = st.builds(
    Plan, _answers, st.just(False), st.just(True), st.sampled_from([v for v in Vanish if v is not Vanish.NEVER])
)
LIVES = 8
"""Steps before anybody may end it for good: what comes after an end is short."""


class AnyOrder(RuleBasedStateMachine):
    """One mailing to eleven people, and everything that can happen to it."""

    engine: Engine

    @initialize(resend_unknown=st.booleans())
    def begin(self, resend_unknown: bool) -> None:
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.at = Adapter(self.session)
        self.door = Door(resend_unknown)
        self.at.launch()
        self.state = S.RUNNING
        self.case_open = True
        self.steps = 0
        self.freeze()

    @rule()
    def freeze(self) -> None:
        self.at.freeze()

    @rule(plan=plans)
    def hand_over(self, plan: Plan) -> None:
        self._hand_over(plan)

    @rule(plan=vanishings)
    def a_worker_vanishes(self, plan: Plan) -> None:
        self._hand_over(plan)

    @rule(plan=plans)
    def hand_over_when_all_waits_are_over(self, plan: Plan) -> None:
        self._let_it_go_on()
        self._hand_over(plan)

    @rule(plan=vanishings)
    def a_worker_vanishes_in_a_second_try(self, plan: Plan) -> None:
        self._let_it_go_on()
        self._hand_over(plan)

    @rule(what=st.sampled_from(["pause", "resume", "resume"]))
    def press(self, what: str) -> None:
        self._press(what)

    @precondition(lambda self: self.steps > LIVES)
    @rule()
    def cancel(self) -> None:
        self._press("cancel")

    def _press(self, what: str) -> None:
        to = {"pause": S.PAUSED, "resume": S.RUNNING, "cancel": S.CANCELLED}[what]
        legal = to in MOVES[self.state]
        try:
            self.at.press(what)
        except Refused:
            assert not legal, f"{what} was refused to a mailing that is {self.state}"
        else:
            assert legal, f"{what} was allowed to a mailing that is {self.state}"
            self.state = to

    @precondition(lambda self: self.case_open and self.steps > LIVES)
    @rule(how=st.sampled_from(["withdraw", "expire"]))
    def end_the_case(self, how: str) -> None:
        getattr(self.at, how)()
        self.case_open = False

    @rule()
    def time_passes(self) -> None:
        self.at.time_passes()

    @rule()
    def tick(self) -> None:
        due = self.state is S.PARKED and self._wait_is_over()
        self.at.tick()
        if self.state in MOVES and MOVES[self.state] and not self.case_open:
            self.state = S.CANCELLED
        elif due:
            self.state = S.RUNNING
        if self.state is S.RUNNING and self.at.progress().state is S.DONE:
            self.state = S.DONE
            self._everyone_has_an_end()

    @invariant()
    def it_goes_on(self) -> None:
        self.steps = getattr(self, "steps", 0) + 1

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        if hasattr(self, "at"):
            assert self.at.progress().state is self.state

    @invariant()
    def the_ledger_adds_up(self) -> None:
        if not hasattr(self, "at"):
            return
        at, ledger = self.at.progress(), Counter(self.at.ledger().values())
        assert ledger.total() == at.total <= PEOPLE
        assert self.at.miscounted() == 0
        shown = (at.handed_over, at.skipped, at.refused, at.unknown)
        assert shown == tuple(ledger[state] for state in ("handed_over", "skipped", "refused", "unknown"))

    @invariant()
    def who_is_said_to_have_it_has_it_and_few_have_it_twice(self) -> None:
        if not hasattr(self, "at"):
            return
        ledger, door = self.at.ledger(), self.door
        assert all(door.taken[id] for id, state in ledger.items() if state == "handed_over"), "somebody is missing"
        for id, times in door.taken.items():
            assert times <= 1 + door.unheard[id], "somebody was mailed again after a yes that we had heard"
            assert times == 1 or door.resend_unknown, "sent again although the answer might have been yes"
            assert times > door.unheard[id] or ledger[id] != "waiting", "sent, and the ledger has no idea"

    def teardown(self) -> None:
        """Let everything go on without a fault: everyone gets an end."""
        if not hasattr(self, "at"):
            return
        try:
            self._run_to_the_end()
        finally:
            self.session.close()
            self.outer.rollback()
            self.connection.close()

    def _hand_over(self, plan: Plan) -> None:
        self.door.plan = plan
        self.door.open = self.state is S.RUNNING and self.case_open
        self.door.said = set()
        self.at.hand_over(self.door)
        said = self.door.said
        if V.OUR_FAULT in said:
            self.state = S.STOPPED
        elif said & {V.PROVIDER_DOWN, V.SLOW_DOWN} or (V.UNKNOWN in said and V.ACCEPTED not in said):
            self.state = S.PARKED

    def _let_it_go_on(self) -> None:
        self.at.time_passes()
        self.tick()
        if self.state in (S.PAUSED, S.STOPPED):
            self._press("resume")

    def _run_to_the_end(self) -> None:
        self._let_it_go_on()
        for _ in range(TURNS):
            if self.state in (S.DONE, S.CANCELLED):
                break
            self.at.time_passes()
            self.at.freeze()
            self._hand_over(Plan())
            self.tick()
        assert self.state is (S.DONE if self.case_open and self.state is not S.CANCELLED else S.CANCELLED)
        if self.state is S.CANCELLED:
            self.tick()
            denied = [id for id, state in self.at.ledger().items() if self.door.taken[id] and state == "cancelled"]
            assert not denied, "sent, and the ledger says that it was cancelled"
        self.the_ledger_adds_up()
        self.who_is_said_to_have_it_has_it_and_few_have_it_twice()

    def _everyone_has_an_end(self) -> None:
        ledger = self.at.ledger()
        assert len(ledger) == PEOPLE
        assert set(ledger.values()) <= ENDED
        twice = sum(times - 1 for times in self.door.taken.values())
        assert twice <= self.door.lost_windows * WINDOW + self.door.unheard.total()

    def _wait_is_over(self) -> bool:
        query = text("SELECT parked_until <= clock_timestamp() FROM mailings WHERE id = :id")
        return bool(self.session.scalar(query, {"id": self.at.id}))


@pytest.mark.parametrize("resend_unknown", [True, False])
@pytest.mark.parametrize("vanish", [v for v in Vanish if v is not Vanish.NEVER])
def test_a_worker_may_vanish_in_a_second_try(app: Flask, resend_unknown: bool, vanish: Vanish) -> None:
    machine = _on(engine_of(app))()
    machine.begin(resend_unknown)
    try:
        machine.hand_over(Plan((V.DEFERRED, V.ACCEPTED, V.DEFERRED)))
        machine.a_worker_vanishes_in_a_second_try(Plan(vanish=vanish))
        assert machine.door.lost_windows == 1
        machine.hand_over_when_all_waits_are_over(Plan((V.UNKNOWN,)))
        machine.the_ledger_adds_up()
        machine.who_is_said_to_have_it_has_it_and_few_have_it_twice()
    finally:
        machine.teardown()


def _on(engine: Engine) -> type[AnyOrder]:
    return type("AnyOrderHere", (AnyOrder,), {"engine": engine})


def test_whatever_happens_in_whatever_order_nobody_is_missing(app: Flask) -> None:
    run_machine(
        _on(engine_of(app)),
        settings=hypothesis_settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
