"""One scene: a fresh installation, a launched mailing, one fault, and the row that says what became of it."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from alerts.actions.publishing import withdraw
from alerts.mailings.launch import cancel, pause, resume
from alerts.mailings.models import MailingState
from alerts.mailings.progress import Progress, progress
from chaos.crew import Crew
from chaos.ground import Ground, Quarry
from chaos.judging import Count, count, faults
from chaos.providers import AnyProvider, Way, a_provider
from chaos.servers import Servers
from tests.support.processes import environment_of

WINDOW, BATCH, LEASE, WORKERS = 20, 100, 3, 2
PATIENCE = 120.0
"""Seconds a scene may wait for one thing."""


PRESSED = {"pause": pause, "resume": resume, "cancel": cancel}


class NotSo(AssertionError):
    """A scene did not go as its promise says."""


class Needs(StrEnum):
    """What a scene stands on: servers others use too, servers it may take away, or such on a small file system."""

    SHARED = "shared"
    OWN = "own"
    SMALL_DISK = "small disk"
    CLOCK = "a clock that can be set"


@dataclass(frozen=True)
class Scene:
    """A fault at a point. `play` makes it; `ended`: whether everybody ought to have an end when the play is over."""

    point: str
    fault: str
    way: Way
    play: Callable[[Act], None]
    ended: bool = True
    needs: Needs = Needs.SHARED
    quick: bool = False

    @property
    def name(self) -> str:
        """The scene in a few words."""
        return f"{self.way}: {self.fault}, {self.point}"


@dataclass(frozen=True)
class Row:
    """What a scene came to. `broken` are the promises that did not hold; `not_run` says why there is nothing."""

    point: str
    fault: str
    way: str
    count: Count | None = None
    bound: int = 0
    seconds: float | None = None
    died: int = 0
    notes: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    not_run: str = ""


@dataclass
class Act:
    """A scene being played: what its play may use."""

    ground: Ground
    way: Way
    provider: AnyProvider
    crew: Crew
    servers: Servers | None
    losses: int = 0
    mended_at: float | None = None
    notes: list[str] = field(default_factory=list)

    def begin(
        self, *points: str, clock_points: tuple[str, ...] = (), with_signal: signal.Signals = signal.SIGKILL
    ) -> None:
        """Launch, with two workers and a clock, armed at these points."""
        self.mailing_id = self.ground.launch()
        self.crew.hire("clock", *clock_points)
        for _ in range(WORKERS):
            self.crew.hire("worker", *points, with_signal=with_signal)

    def until(self, true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Look again and again, as the supervisor does with the processes. Raises NotSo where it takes too long."""
        until = time.monotonic() + seconds
        while not true():
            if time.monotonic() > until:
                raise NotSo(f"waited {seconds:.0f} s for {what}")
            self.crew.tend()
            time.sleep(0.05)

    def wait(self, seconds: float) -> None:
        """Let time pass under supervision."""
        over = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= over, "time to pass", seconds + 1)

    def until_taken(self, part: float) -> None:
        """Until this part of the audience was taken."""
        wanted = part * len(self.ground.case.audience)
        self.until(lambda: self.provider.total() >= wanted, f"{part:.0%} to be handed over")

    def until_done(self) -> None:
        """Until the mailing has ended by itself."""
        self.until(lambda: self.state() is MailingState.DONE, "the mailing to end")

    def mended(self) -> None:
        """From here on there is no fault any more."""
        self.mended_at = time.monotonic()

    def press(self, what: str) -> None:
        """Do as the sender does: pause, resume, cancel, or withdraw the case."""
        with Session(self.ground.engine) as session:
            case = self.ground.case
            match what:
                case "withdraw":
                    withdraw(session, case.sender, case.case_id, reason="The family asked for it.")
                case _:
                    PRESSED[what](session, case.sender, self.mailing_id)
            session.commit()

    def progress(self) -> Progress | None:
        """Where the mailing stands; None while the database is away."""
        try:
            with Session(self.ground.engine) as session:
                return progress(session, self.mailing_id)
        except DBAPIError:
            return None

    def state(self) -> MailingState | None:
        """The mailing's state; None while the database is away."""
        at = self.progress()
        return at.state if at else None

    def must(self, true: bool, otherwise: str) -> None:
        """Raise NotSo with these words where it is not true."""
        if not true:
            raise NotSo(otherwise)


def run(scene: Scene, quarry: Quarry, servers: Servers | None = None) -> Row:
    """Play a scene on fresh ground, end its processes, judge."""
    ground = quarry.ground()
    folder = Path(tempfile.mkdtemp(prefix="wdc-", dir="/tmp"))
    try:
        with a_provider(scene.way, window=WINDOW, batch=BATCH) as provider:
            environment = environment_of(
                ground.settings,
                **provider.environment,
                BATCH_SIZE=str(BATCH),
                LEASE_SECONDS=str(LEASE),
            )
            crew = Crew(environment, folder)
            act = Act(ground, scene.way, provider, crew, servers)
            broken: list[str] = []
            try:
                scene.play(act)
            except NotSo as fault:
                broken.append(str(fault))
            over = time.monotonic()
            crew.dismiss()
            return _judged(scene, act, over, broken)
    finally:
        quarry.clear(ground)
        shutil.rmtree(folder, ignore_errors=True)


def not_run(scene: Scene, why: str) -> Row:
    """The row of a scene that cannot be played here."""
    return Row(scene.point, scene.fault, scene.way.value, not_run=why)


def _judged(scene: Scene, act: Act, over: float, broken: list[str]) -> Row:
    with Session(act.ground.engine) as session:
        people = act.ground.case.people
        counted = count(session, act.mailing_id, people, act.provider.taken(), ended=scene.ended)
    at_a_kill = act.provider.unit * act.provider.connections
    bound = at_a_kill * (act.crew.kills + act.losses) + act.provider.unit * act.provider.lost()
    since = act.mended_at or act.crew.struck_at
    broken += faults(counted, bound=bound)
    if act.crew.died:
        broken.append(f"{act.crew.died} times a process ended that nobody had killed")
    if broken:
        broken += _errors_in(act.crew.log)
    return Row(
        scene.point,
        scene.fault,
        scene.way.value,
        counted,
        bound,
        round(over - since, 1) if since else None,
        act.crew.died,
        tuple(act.notes),
        tuple(broken),
    )


def _errors_in(log: Path) -> list[str]:
    """The last words of errors in the processes' log, each once."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if "Error" in line[:200]]
    return list(dict.fromkeys(line.strip()[:200] for line in lines))[-3:]
