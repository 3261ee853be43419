"""What every scene stands on: a fresh database with people and an approved case in it, copied from one made once."""

from __future__ import annotations

import base64
import itertools
import threading
from dataclasses import dataclass
from uuid import UUID

import psycopg
from redis import Redis
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.core import db, keys
from alerts.mailings.launch import launch
from alerts.organisers import Actor, Role
from config import Environment, Settings
from tests.builders import an_actor, an_urgent_action
from tests.mailings.scenes import SITE, people
from tests.support.databases import migrate, sibling

KEY = base64.b64encode(bytes(range(32))).decode()
_numbers = itertools.count(1)
_one_at_a_time = threading.Lock()
"""Alembic keeps what it migrates in its module."""


@dataclass(frozen=True)
class Case:
    """The case and the people that are in every copy."""

    sender: Actor
    bulletin_id: UUID
    case_id: UUID
    people: dict[int, str]

    @property
    def audience(self) -> list[str]:
        """Everybody's address, in the order in which they are mailed."""
        return list(self.people.values())


@dataclass(frozen=True)
class Ground:
    """A fresh installation: nobody has been mailed yet."""

    name: str
    settings: Settings
    engine: Engine
    case: Case

    def launch(self) -> UUID:
        """Launch the case. This process has no queue to ring at: the clock will."""
        with Session(self.engine) as session:
            mailing_id = launch(session, self.case.sender, self.case.bulletin_id, site=SITE).mailing_id
            session.commit()
        return mailing_id


class Quarry:
    """Makes grounds on one pair of servers. `name` keeps the databases of several runs on one server apart."""

    def __init__(self, database_url: str, redis_url: str, *, people: int, name: str = "chaos") -> None:
        self._server, self._redis_url, self._people = database_url, redis_url, people
        self._name = name
        self._case: Case | None = None

    def ground(self) -> Ground:
        """A fresh copy, and an empty Redis."""
        if self._case is None:
            with _one_at_a_time:
                self._case = self._make_template()
        database = f"{self._name}_{next(_numbers)}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {database} TEMPLATE {self._template}")
        with Redis.from_url(self._redis_url) as redis:
            redis.flushdb()
        settings = _settings(sibling(self._server, database), self._redis_url)
        return Ground(database, settings, _engine(settings), self._case)

    def clear(self, ground: Ground) -> None:
        """Drop a ground that is not needed any more, whoever still holds it."""
        ground.engine.dispose()
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {ground.name} WITH (FORCE)")

    @property
    def _template(self) -> str:
        return f"{self._name}_template"

    def _make_template(self) -> Case:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {self._template}")
        settings = _settings(sibling(self._server, self._template), self._redis_url)
        ringers = list(db._ringers)
        migrate(settings)
        db._ringers[:] = ringers  # the app that migrates would have us ring at its own queues
        keys.install(keys.Keys(settings.token_key_ring(), settings.address_key_bytes()))
        engine = _engine(settings)
        with Session(engine) as session:
            audience = {person.id: person.email or "" for person in people(session, self._people)}
            case: UrgentAction = an_urgent_action(session, CaseState.APPROVED)
            made = Case(an_actor(session, Role.SENDER), case.bulletins[0].id, case.id, audience)
            session.commit()
        engine.dispose()
        return made


def _engine(settings: Settings) -> Engine:
    return create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)


def _settings(database_url: str, redis_url: str) -> Settings:
    return Settings(
        environment=Environment.DEVELOPMENT,
        database_url=database_url,
        redis_url=redis_url,
        base_url=SITE.base_url,
        secret_key="a key for failures, and for nothing else",  # type: ignore[arg-type]
        token_keys=f"1:{KEY}",  # type: ignore[arg-type]
        address_key=KEY,  # type: ignore[arg-type]
        mail_url="smtp://127.0.0.1:9?tls=none",
    )
