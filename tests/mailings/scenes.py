"""Scenes for tests of the engine: people who asked to be told, a launched mailing, a worker's turn."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.delivery.opening import open_transport
from alerts.delivery.site import Site
from alerts.delivery.transport import Transport
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import Turn, hand_over_next
from alerts.mailings.launch import launch
from alerts.mailings.pacing import Pacer
from alerts.mailings.progress import Progress, progress
from alerts.organisers import Actor, Role
from alerts.subscribers.models import Consent, Subscriber
from tests.builders import an_actor, an_urgent_action

SITE = Site(
    base_url="https://we-defend.example",
    organisation="We Defend",
    postal_line="1 Harbour Street, Exampleton",
    mail_from="alerts@we-defend.example",
    reply_to=None,
    leave_mailbox="leave@we-defend.example",
    batch_size=10,
    lease_seconds=60,
)
_count = itertools.count(1)


def people(
    session: Session, number: int, *, language: str = "en", name: str | None = "Ana Example"
) -> list[Subscriber]:
    """So many active subscribers."""
    consent = Consent(statement="Tell me.", how="import", recorded_at=clock.now())
    session.add(consent)
    session.flush()
    made = []
    for _ in range(number):
        email = f"person{next(_count)}@mail.example"
        person = Subscriber(
            address_hash=address_hash(email),
            email=email,
            name=name,
            language=language,
            country="DE",
            consent_id=consent.id,
            joined_at=clock.now(),
        )
        made.append(person)
    session.add_all(made)
    session.flush()
    return made


class Launch:
    """A case, its sender, and a mailing of it that is frozen whole."""

    def __init__(self, session: Session, *, languages: tuple[str, ...] = ("en",), site: Site = SITE) -> None:
        self.session = session
        self.site = site
        self.sender: Actor = an_actor(session, Role.SENDER)
        self.case: UrgentAction = an_urgent_action(session, CaseState.APPROVED, languages=languages)
        self.id: UUID = launch(session, self.sender, self.case.bulletins[0].id, site=site).mailing_id
        while freeze_next_slice(session, self.id, batch_size=site.batch_size):
            pass
        session.commit()

    def hand_over(
        self,
        transport: Transport,
        *,
        batches: int = 1000,
        still_mine: Callable[[], bool] = lambda: True,
        pacer: Pacer | None = None,
    ) -> None:
        """Hand over batch after batch in this process, as a worker's turn does."""
        turn = Turn(self.session, transport, self.site, "test", self.session.commit, still_mine, pacer)
        for _ in range(batches):
            if not hand_over_next(turn, self.id):
                return

    def retry_now(self) -> None:
        """Let the waits be over that batches, transports and mailing are in."""
        self.session.execute(text("UPDATE batches SET not_before = now() - interval '1 second', retry_at = NULL"))
        self.session.execute(
            text("UPDATE transports SET held_until = now() - interval '1 second' WHERE held_until IS NOT NULL")
        )
        self.session.execute(text("UPDATE mailings SET state = 'running', parked_until = NULL WHERE state = 'parked'"))
        self.session.commit()

    @property
    def progress(self) -> Progress:
        """Where it stands now."""
        self.session.expire_all()
        return progress(self.session, self.id)

    @property
    def ledger(self) -> Counter[str]:
        """How many deliveries are in each state of the ledger."""
        rows = self.session.execute(
            text("SELECT state, count(*) AS people FROM ledger WHERE mailing_id = :id GROUP BY state"), {"id": self.id}
        )
        return Counter({row.state: row.people for row in rows})


def smtp(mail_url: str, *, window: int = 5) -> Transport:
    """A transport to a relay of the test."""
    return open_transport(
        mail_url,
        sendgrid_key="",
        sendgrid_url="",
        catcher_port=0,
        window=window,
        bounce_mailbox="bounces@we-defend.example",
    )
