"""Every kind of mail the product sends, in each language and to anybody, is as large receivers demand it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import ActKind, AppealsBy, BulletinKind, BulletinState, CaseState, Visibility
from alerts.appeals.models import Relay as TargetRelay
from alerts.appeals.relaying import relay_next
from alerts.core import clock
from alerts.core.languages import LANGUAGES
from alerts.delivery import render
from alerts.delivery.dkim import Signer
from alerts.delivery.dkim_keys import new_keys, read_keys
from alerts.delivery.format import aligned, faults_of
from alerts.delivery.opening import open_transport
from alerts.delivery.transport import Transport
from alerts.mailings.digests import make_due
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import Turn, hand_over_next
from alerts.mailings.launch import launch
from alerts.organisers import Role
from alerts.participation.asking import ask_for_page, pages_due, send_page_link
from alerts.participation.confirming import confirmations_due, send_confirmation
from alerts.participation.service import Doing, Person, act, ask_to_confirm, stranger
from alerts.subscribers.joining import Statement
from alerts.subscribers.models import HowOften
from alerts.subscribers.signing_up import ask_to_join, send_sign_up, sign_ups_due
from tests.builders import a_later_bulletin, an_actor, an_urgent_action
from tests.mailings.scenes import SITE, people
from tests.standins.relay import Relay, a_relay

DOMAIN = SITE.mail_domain
WITHHELD = "Amal Sabri"
"""Whom the cases of the builders are about."""
NAMES = (
    "Ana Núñez",
    'Bob "the <b>" O\'Neil\\',
    ".Dot at the start",
    "=?utf-8?q?x?= =41",
    "Наталья Андреевна Константинопольская-Преображенская-Рождественская",
    "نرگس محمدی",
    "小林 一郎 🕊",
    "Widmann " * 12,
    "{{ name }} %(name)s %s",
    "https:",
)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with a_relay() as relay:
        yield relay


def signing(relay: Relay) -> Transport:
    return open_transport(
        relay.mail_url,
        sendgrid_key="",
        sendgrid_url="",
        catcher_port=0,
        window=20,
        bounce_mailbox=f"bounces@{DOMAIN}",
        signer=Signer(DOMAIN, read_keys(new_keys("202611"))[0]),
    )


def alerts(session: Session, transport: Transport) -> None:
    """The alert of a case whose person's name is withheld, to everybody in every language."""
    case = _a_case(session, CaseState.APPROVED)
    for language in LANGUAGES:
        for name in (*NAMES, None):
            people(session, 1, language=language, name=name)
    mailing_id = launch(session, an_actor(session, Role.SENDER), case.bulletins[0].id, site=SITE).mailing_id
    while freeze_next_slice(session, mailing_id, batch_size=SITE.batch_size):
        pass
    while hand_over_next(Turn(session, transport, SITE, "test", session.commit, lambda: True), mailing_id):
        pass


def daily_digests(session: Session, transport: Transport) -> None:
    """The digest of the day with two cases, to everybody in every language."""
    for _ in range(2):
        _a_case(session, CaseState.PUBLISHED)
    for language in LANGUAGES:
        for name in (*NAMES, None):
            (person,) = people(session, 1, language=language, name=name)
            person.how_often = HowOften.DAILY.value
    session.flush()
    for mailing_id in make_due(session, hour=0):
        while freeze_next_slice(session, mailing_id, batch_size=SITE.batch_size):
            pass
        while hand_over_next(Turn(session, transport, SITE, "test", session.commit, lambda: True), mailing_id):
            pass


def news(session: Session, transport: Transport) -> None:
    """The stop of the same case, to those who acted, everybody in every language."""
    case = _a_case(session, CaseState.PUBLISHED)
    for language in LANGUAGES:
        for name in (*NAMES, None):
            (person,) = people(session, 1, language=language, name=name)
            act(session, case.id, Person(person.address_hash, person.email or "", name, None, language))
    stop = a_later_bulletin(session, case, BulletinKind.STOP, BulletinState.APPROVED, languages=tuple(LANGUAGES))
    mailing_id = launch(session, an_actor(session, Role.SENDER), stop.id, site=SITE).mailing_id
    while freeze_next_slice(session, mailing_id, batch_size=SITE.batch_size):
        pass
    while hand_over_next(Turn(session, transport, SITE, "test", session.commit, lambda: True), mailing_id):
        pass


def confirmations(session: Session, transport: Transport) -> None:
    """The mail that asks a stranger to confirm, to everybody in every language."""
    case = _a_case(session, CaseState.PUBLISHED)
    for language in LANGUAGES:
        for number, name in enumerate((*NAMES, "")):
            person = stranger(email=f"{language}{number}@mail.example", name=name, country="DE", language=language)
            ask_to_confirm(session, case.id, person)
    for id in confirmations_due(session):
        send_confirmation(session, transport, id, site=SITE, commit=session.commit)


def sign_ups(session: Session, transport: Transport) -> None:
    """The mail that asks whoever signed up to confirm it, to everybody in every language."""
    agreed = Statement("Write to me.", "1")
    for language in LANGUAGES:
        for number, name in enumerate((*NAMES, None)):
            email = f"{language}{number}@mail.example"
            ask_to_join(session, email=email, name=name, country="DE", language=language, statement=agreed)
    for id in sign_ups_due(session):
        send_sign_up(session, transport, id, site=SITE, commit=session.commit)


def own_pages(session: Session, transport: Transport) -> None:
    """The mail with the link to somebody's own page, in every language."""
    case = _a_case(session, CaseState.PUBLISHED)
    for language in LANGUAGES:
        for number, name in enumerate((*NAMES, "")):
            person = stranger(email=f"{language}{number}@mail.example", name=name, country="DE", language=language)
            act(session, case.id, person)
            ask_for_page(session, email=person.email, language=language)
    for id in pages_due(session):
        send_page_link(session, transport, id, site=SITE, commit=session.commit)


def letters(session: Session, transport: Transport) -> None:
    """The letters of a case to its target, one each, to an office of every language."""
    for language in LANGUAGES:
        case = _to_an_office(session, AppealsBy.RELAY, language)
        for name in (*NAMES, "Wilma Wrote"):
            _acts_and_is_brought(session, transport, case, name)


def digests(session: Session, transport: Transport) -> None:
    """The letters of a case gathered, to an office of every language."""
    for language in LANGUAGES:
        case = _to_an_office(session, AppealsBy.DIGEST, language)
        for name in (*NAMES, ""):
            _acts_and_is_brought(session, transport, case, name)


def _to_an_office(session: Session, by: AppealsBy, language: str) -> UrgentAction:
    case = an_urgent_action(
        session,
        CaseState.PUBLISHED,
        languages=tuple(LANGUAGES),
        visibility=Visibility.WITHHELD,
        appeals_by=by,
        deadline=clock.now() + timedelta(minutes=30),
    )
    assert case.target
    case.target.preferred_language = language
    session.flush()
    return case


def _acts_and_is_brought(session: Session, transport: Transport, case: UrgentAction, name: str) -> None:
    """Somebody with this name wrote a letter, and it goes at once, for the deadline is near."""
    assert case.target_id
    email = f"w{len(name)}{name.encode().hex()[:40]}@mail.example"
    person = stranger(email=email, name=name, country="DE", language="en")
    letter = "Dear Attorney General,\n\nProtect her." if name.startswith("W") else None
    act(session, case.id, person, doing=Doing(ActKind.WRITE, letter) if letter else Doing())
    session.execute(update(TargetRelay).values(next_at=clock.now() - timedelta(seconds=1)))
    session.commit()
    relay_next(session, transport, case.target_id, per_hour=60, site=SITE, commit=session.commit)


def _a_case(session: Session, state: CaseState) -> UrgentAction:
    return an_urgent_action(session, state, languages=tuple(LANGUAGES), visibility=Visibility.WITHHELD)


KINDS: dict[str, Callable[[Session, Transport], None]] = {
    "alert": alerts,
    "news": news,
    "digest": daily_digests,
    "confirm": confirmations,
    "mine": own_pages,
    "sign_up": sign_ups,
    "appeal": letters,
    "appeals": digests,
}
RECEIPTS = {"confirm", "mine", "sign_up"}


def test_every_kind_of_mail_is_looked_at() -> None:
    assert set(KINDS) == {folder.name for folder in render.TEMPLATES.iterdir() if folder.is_dir()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_is_as_receivers_demand_whoever_gets_it(session: Session, relay: Relay, kind: str) -> None:
    transport = signing(relay)
    KINDS[kind](session, transport)
    transport.close()
    assert len(relay.messages) == len(LANGUAGES) * (len(NAMES) + 1)
    found = {
        (message_from_bytes(raw)["Content-Language"], fault)
        for raw in relay.messages
        for fault in faults_of(raw, domain=DOMAIN, receipt=kind in RECEIPTS, withheld=[WITHHELD])
    }
    assert found == set()
    mails = [message_from_bytes(raw) for raw in relay.messages]
    assert {mail["Content-Language"] for mail in mails} == set(LANGUAGES)
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    assert len({str(mail["Feedback-ID"]).rpartition(":")[2] for mail in mails}) == 1, "its last field is not constant"
    assert all(len(mail.get_all("DKIM-Signature", [])) == 2 for mail in mails)


@pytest.mark.parametrize("kind", KINDS)
def test_the_way_back_is_aligned_with_the_sender(session: Session, relay: Relay, kind: str) -> None:
    transport = signing(relay)
    KINDS[kind](session, transport)
    transport.close()
    ways_back = {command.partition("<")[2].rstrip(">") for command in relay.commands if command.startswith("MAIL")}
    assert len(ways_back) == len(relay.messages)
    assert all(aligned(way.rpartition("@")[2], DOMAIN) for way in ways_back)
