"""Signing up: one mail, nothing before its link is pressed, evidence kept, and only leaving is undone by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.states import Risk, Topic
from alerts.core.addresses import address_hash
from alerts.core.errors import Unknown
from alerts.mailings.audience import Scope, candidates
from alerts.segments.rules import Rule
from alerts.subscribers.joining import Statement
from alerts.subscribers.models import Consent, SignUp, Subscriber
from alerts.subscribers.preferences import Preferences, choose, standing_of
from alerts.subscribers.service import leave
from alerts.subscribers.signing_up import (
    ask_to_join,
    confirm_sign_up,
    forget_sign_ups,
    send_sign_up,
    sign_ups_due,
)
from alerts.suppression.models import Reason
from alerts.suppression.service import is_suppressed, suppress
from tests.mailings.scenes import SITE, people, smtp
from tests.standins.relay import Relay, Script, a_relay

AGREED = Statement("Write to me.", "1")
ANA = "ana@mail.example"


def ask(session: Session, email: str = ANA, language: str = "en") -> None:
    ask_to_join(session, email=email, name="Ana", country="DE", language=language, statement=AGREED)


def mailed(session: Session, relay: Relay) -> int:
    due = sign_ups_due(session)
    for id in due:
        send_sign_up(session, smtp(relay.mail_url), id, site=SITE, commit=session.commit)
    return len(due)


def only(session: Session) -> SignUp:
    session.expire_all()
    return session.scalars(select(SignUp)).one()


def test_whoever_asks_gets_one_mail_and_is_a_subscriber_only_once_they_confirm(session: Session) -> None:
    ask(session, language="fa")
    ask(session, language="fa")
    with a_relay() as relay:
        assert mailed(session, relay) == 1
        ask(session)
        assert mailed(session, relay) == 0, "another mail within minutes would be a way to pester somebody"
    assert relay.taken == {ANA: 1}
    assert b"/s/" in relay.messages[0]
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 0
    hash_ = confirm_sign_up(session, only(session).id)
    assert confirm_sign_up(session, only(session).id) == hash_, "a second press changes nothing"
    person = session.scalars(select(Subscriber)).one()
    assert (person.email, person.name, person.language, person.country) == (ANA, "Ana", "fa", "DE")
    consent = session.get_one(Consent, person.consent_id)
    assert (consent.statement, consent.version, consent.how) == ("Write to me.", "1", "form")
    assert (only(session).email, only(session).name) == (None, None), "what was kept to ask is wiped"


def test_whoever_had_left_is_back_and_whoever_bounced_complained_or_was_erased_is_not_mailed(session: Session) -> None:
    (person,) = people(session, 1)
    email = person.email or ""
    leave(session, person.address_hash)
    ask(session, email)
    suppressed = {reason: f"{reason.value}@mail.example" for reason in Reason if reason is not Reason.LEFT}
    for reason, address in suppressed.items():
        suppress(session, address_hash(address), reason)
        ask(session, address)
    with a_relay() as relay:
        mailed(session, relay)
    assert relay.taken == {email: 1}
    waiting = session.scalars(select(SignUp).where(SignUp.email.is_not(None))).one()
    confirm_sign_up(session, waiting.id)
    session.expire_all()
    assert (person.state, person.email) == ("active", email)
    assert not is_suppressed(session, person.address_hash)
    assert all(is_suppressed(session, address_hash(address)) for address in suppressed.values())
    for refused in session.scalars(select(SignUp).where(SignUp.state == "refused")):
        with pytest.raises(Unknown):
            confirm_sign_up(session, refused.id)


def test_leaving_takes_a_waiting_sign_up_along(session: Session) -> None:
    ask(session)
    id = only(session).id
    leave(session, address_hash(ANA))
    with pytest.raises(Unknown):
        confirm_sign_up(session, id)


def test_what_nobody_confirmed_is_deleted_after_14_days(session: Session) -> None:
    ask(session)
    ask(session, "ben@mail.example")
    session.execute(
        text("UPDATE sign_ups SET asked_at = now() - :age WHERE email = :who"),
        {"age": timedelta(days=14, minutes=1), "who": ANA},
    )
    assert forget_sign_ups(session) == 1
    assert only(session).email == "ben@mail.example"


def test_a_provider_that_is_away_is_asked_again_and_one_that_refuses_is_not(session: Session) -> None:
    ask(session)
    with a_relay(Script(rcpt=lambda _: "450 4.2.0 later")) as relay:
        mailed(session, relay)
    assert only(session).state == "due"
    session.execute(text("UPDATE sign_ups SET not_before = now() - interval '1 second'"))
    with a_relay(Script(rcpt=lambda _: "550 5.1.1 nobody here")) as relay:
        mailed(session, relay)
    assert (only(session).state, only(session).email) == ("refused", None)


def test_choices_are_kept_and_what_does_not_exist_is_not(session: Session) -> None:
    (person,) = people(session, 1)
    choose(
        session,
        person.address_hash,
        Preferences("fa", ("IR", "XX", "IR"), ("arrest", "boredom"), topics=("women", "chess", "lawyers")),
    )
    kept = Preferences("fa", ("IR",), ("arrest",), topics=("lawyers", "women"))
    known = standing_of(session, person.address_hash)
    assert known is not None
    assert known.chosen == kept
    everything = Preferences("fa", (), tuple(risk.value for risk in Risk), topics=tuple(topic.value for topic in Topic))
    choose(session, person.address_hash, everything)
    assert (person.risks, person.topics) == (None, None), "all of them is no choice"
    choose(session, person.address_hash, kept)
    leave(session, person.address_hash)
    session.refresh(person)
    assert (person.countries, person.risks, person.topics) == (None, None, None)
    with pytest.raises(Unknown):
        choose(session, person.address_hash, Preferences("fa"))


def test_the_database_knows_no_other_topic(session: Session) -> None:
    people(session, 1)
    with pytest.raises(IntegrityError, match="subscriber_topics_known"):
        session.execute(update(Subscriber).values(topics=["chess"]))


def some_of(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from([str(value) for value in values]), unique=True).map(tuple)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        Preferences,
        st.just("en"),
        some_of(["IR", "GT", "HN", "RU"]),
        some_of(list(Risk)),
        topics=some_of(list(Topic)),
    ),
    st.sampled_from(["IR", "GT", "DE"]),
    st.sampled_from([risk.value for risk in Risk]),
    some_of(list(Topic)),
)
def test_the_audience_is_whom_the_rule_says(
    session: Session, chosen: Preferences, country: str, risk: str, about: tuple[str, ...]
) -> None:
    with session.begin_nested() as undone:
        (person,) = people(session, 1)
        choose(session, person.address_hash, chosen)
        case = session.connection().exec_driver_sql("SELECT gen_random_uuid()").scalar_one()
        scope = Scope(case, country=country, risk=risk, topics=about)
        rows = session.execute(candidates(scope, Rule(), ("en",), "en").where(Subscriber.id == person.id)).all()
        assert [row.reason for row in rows] == [None if chosen.wants(country, risk, about) else "not_chosen"]
        undone.rollback()
