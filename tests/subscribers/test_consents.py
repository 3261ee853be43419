"""Everyone came with a consent that is on record: the database holds it, whole statement by whole statement."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.db import constraint_of
from alerts.core.ids import new_id
from alerts.organisers import SYSTEM
from alerts.subscribers.importing import Counts, import_list
from alerts.subscribers.models import Consent, Subscriber
from tests.mailings.scenes import people
from tests.subscribers.lists import a_list
from tests.support.processes import wait_until

_INSERT = text(
    "INSERT INTO subscribers (address_hash, email, language, consent_id, joined_at)"
    " SELECT decode(md5(email), 'hex'), email, 'en', consent, now()"
    " FROM unnest(CAST(:emails AS text[]), CAST(:consents AS uuid[])) here (email, consent)"
)
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def a_consent(session: Session) -> Consent:
    """A consent that nobody came with yet."""
    consent = Consent(statement="Tell me.", how="import", recorded_at=clock.now())
    session.add(consent)
    session.flush()
    return consent


def refused(session: Session, statement: str, **values: object) -> str:
    """The name under which the database refuses this statement."""
    with pytest.raises(IntegrityError) as caught, session.begin_nested():
        session.execute(text(statement), values)
    return constraint_of(caught.value)


def test_nobody_comes_with_a_consent_that_is_not_on_record(session: Session) -> None:
    consent = a_consent(session)
    emails = ["a@mail.example", "b@mail.example"]
    with pytest.raises(IntegrityError) as caught, session.begin_nested():
        session.execute(_INSERT, {"emails": emails, "consents": [consent.id, new_id()]})
    assert constraint_of(caught.value) == "subscriber_consent_known"
    session.execute(_INSERT, {"emails": emails, "consents": [consent.id, consent.id]})
    assert refused(session, "UPDATE subscribers SET consent_id = :other", other=new_id()) == "subscriber_consent_known"
    session.execute(text("UPDATE subscribers SET consent_id = :other"), {"other": a_consent(session).id})


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM subscriber_consents",
        "UPDATE subscriber_consents SET id = gen_random_uuid()",
        "TRUNCATE subscriber_consents",
    ],
)
def test_a_consent_that_somebody_came_with_is_never_lost(session: Session, statement: str) -> None:
    people(session, 1)
    assert refused(session, statement) == "consent_outlives_its_people"


def test_a_consent_that_nobody_came_with_may_go(session: Session) -> None:
    people(session, 1)
    unused = a_consent(session)
    session.execute(text("DELETE FROM subscriber_consents WHERE id = :id"), {"id": unused.id})
    assert session.scalar(select(func.count()).select_from(Consent)) == 1


def test_only_who_sees_everyone_deletes_a_consent(committed: Session) -> None:
    unused = a_consent(committed).id
    committed.commit()
    committed.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    name = refused(committed, "DELETE FROM subscriber_consents WHERE id = :id", id=unused)
    assert name == "consent_outlives_its_people"


def meanwhile(committed: Session, there: Callable[[Session], object]) -> object:
    """What comes of `there`, which begins before `committed` commits and has to wait for that."""
    engine = committed.get_bind()
    assert isinstance(engine, Engine)

    def in_another_transaction() -> object:
        with engine.connect() as connection, Session(connection) as other:
            return there(other)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(in_another_transaction)
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
                wait_until(lambda: watching.scalar(_WAITING) == 1, what="the other transaction to wait")
        finally:
            committed.commit()
        return future.result(30)


def test_a_consent_is_not_deleted_under_somebody_who_is_just_coming_with_it(committed: Session) -> None:
    consent = a_consent(committed).id
    committed.commit()
    committed.execute(_INSERT, {"emails": ["a@mail.example"], "consents": [consent]})
    name = meanwhile(committed, lambda other: refused(other, "DELETE FROM subscriber_consents"))
    assert name == "consent_outlives_its_people"


def test_nobody_comes_with_a_consent_that_is_just_being_deleted(committed: Session) -> None:
    consent = a_consent(committed).id
    committed.commit()
    committed.execute(text("DELETE FROM subscriber_consents"))

    def coming(other: Session) -> str:
        with pytest.raises(IntegrityError) as caught:
            other.execute(_INSERT, {"emails": ["a@mail.example"], "consents": [consent]})
        return constraint_of(caught.value)

    assert meanwhile(committed, coming) == "subscriber_consent_known"


def test_who_joins_by_themselves_during_an_import_is_known_to_it(committed: Session) -> None:
    consent = a_consent(committed)
    joining = Subscriber(
        address_hash=address_hash("a@mail.example"),
        email="a@mail.example",
        language="es",
        consent_id=consent.id,
        joined_at=clock.now(),
    )
    committed.add(joining)
    committed.flush()
    consent_id = consent.id

    def importing(other: Session) -> Counts:
        lines = a_list("b@mail.example,Bo", "A@mail.example,Ana", "c@mail.example")
        counts = Counts()
        for step in import_list(other, SYSTEM, lines, statement="Other.", on_bad=lambda _: None):
            other.commit()
            counts = step.counts
        return counts

    assert meanwhile(committed, importing) == Counts(rows=3, imported=2, updated=1)
    ana = committed.scalars(select(Subscriber).filter_by(email="a@mail.example")).one()
    assert (ana.name, ana.language, ana.consent_id) == ("Ana", "es", consent_id)
