"""Scenes for letters to a target: a case whose letters go by mail, people who acted, and time that passed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import ActKind, AppealsBy, CaseState
from alerts.appeals.models import Appeal, Relay
from alerts.appeals.relaying import relay_next, relays_due
from alerts.core import clock
from alerts.delivery.letter import Letter, read_letter
from alerts.delivery.transport import Transport
from alerts.participation.models import Participation, ShownAs
from alerts.participation.service import Doing, NameChoice, act, choose_name, stranger
from tests.builders import an_urgent_action
from tests.mailings.scenes import SITE, smtp
from tests.standins.relay import Relay as MailServer
from tests.standins.relay import Script, a_relay

_count = itertools.count(1)


@dataclass
class Scene:
    """A case whose letters go by mail, and the office's mail server."""

    session: Session
    server: MailServer
    case: UrgentAction
    transport: Transport = field(repr=False)

    @property
    def target(self) -> UUID:
        """Whom the letters go to."""
        assert self.case.target_id is not None
        return self.case.target_id

    def acts(
        self,
        name: str | None = "Eva Maria Berg",
        *,
        letter: str | None = None,
        shown: ShownAs = ShownAs.FULL,
        town: str = "",
        may_answer: bool = False,
        ago: timedelta = timedelta(days=2),
        email: str | None = None,
    ) -> int:
        """Somebody acted, so long ago."""
        person = stranger(email=email or f"w{next(_count)}@mail.example", name=name or "", country="DE", language="en")
        doing = Doing(ActKind.WRITE, letter) if letter else Doing()
        made = act(self.session, self.case.id, person, doing=doing)
        choose_name(self.session, made, NameChoice(shown, town or None, may_answer=may_answer))
        values = {"confirmed_at": clock.now() - ago, "name": name}
        self.session.execute(update(Participation).where(Participation.id == made).values(values))
        self.session.flush()
        return made

    def turn(self, times: int = 1, *, at_once: bool = True) -> None:
        """The clock looks so many times, and rings for what is due; `at_once`: the pace lets everything go."""
        for _ in range(times):
            if at_once:
                self.session.execute(update(Relay).values(next_at=clock.now() - timedelta(seconds=1)))
            for target_id in relays_due(self.session):
                relay_next(self.session, self.transport, target_id, per_hour=60, site=SITE, commit=self.session.commit)
        self.session.expire_all()

    @property
    def mails(self) -> list[Letter]:
        """What arrived at the office, in order."""
        return [read_letter(raw) for raw in self.server.messages]

    def states(self) -> list[str]:
        """What is noted of letters, by the acts' order."""
        return list(self.session.scalars(select(Appeal.state).order_by(Appeal.participation_id)))

    def relay(self) -> Relay:
        """How letters go to the target."""
        return self.session.get_one(Relay, self.target, populate_existing=True)


@contextmanager
def letters_go(
    session: Session, by: AppealsBy = AppealsBy.RELAY, *, script: Script | None = None, **case: object
) -> Iterator[Scene]:
    """An open case whose letters go to its target `by` mail, and the mail server of the office."""
    with a_relay(script) if script else a_relay() as server:
        made = an_urgent_action(session, CaseState.PUBLISHED, appeals_by=by, **case)  # type: ignore[arg-type]
        transport = smtp(server.mail_url)
        try:
            yield Scene(session, server, made, transport)
        finally:
            transport.close()
