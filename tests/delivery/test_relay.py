"""The way to a relay: protected, verified, logged in; and what is said where that cannot be."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from alerts.delivery.relay import Relay as Address
from alerts.delivery.relay import Tls
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Answer, Verdict
from tests.delivery.certificates import a_server_context
from tests.delivery.letters import a_person, an_alert
from tests.standins.relay import Relay, Script, a_relay


@pytest.fixture
def shown(tmp_path: Path) -> ssl.SSLContext:
    """What the relay shows, signed by nobody that this machine trusts."""
    return a_server_context(tmp_path)[0]


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What the relay shows, signed by whom this machine trusts."""
    context, authority = a_server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    return context


def answer(relay: Relay, tls: Tls, user: str | None = None, password: str = "") -> Answer:
    address = Address("127.0.0.1", relay.port, tls, user, password)
    transport = SmtpTransport(address, window=20, bounce_mailbox="bounces@we-defend.example", patience=5)
    try:
        return transport.hand_over(an_alert(), [a_person()]).answers[0]
    finally:
        transport.close()


def test_mail_goes_over_starttls_and_login(trusted: ssl.SSLContext) -> None:
    with a_relay(Script(starttls=trusted, login=("ann", "s@cret/"))) as relay:
        assert answer(relay, Tls.STARTTLS, "ann", "s@cret/").verdict is Verdict.ACCEPTED
    assert relay.taken.total() == 1
    assert relay.commands.index("STARTTLS") < next(n for n, c in enumerate(relay.commands) if c.startswith("AUTH"))


def test_mail_goes_over_tls_from_the_start(trusted: ssl.SSLContext) -> None:
    with a_relay(Script(tls=trusted)) as relay:
        assert answer(relay, Tls.TLS).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
def test_nothing_is_sent_to_a_relay_whose_certificate_nobody_vouches_for(shown: ssl.SSLContext, tls: Tls) -> None:
    script = Script(starttls=shown, login=("ann", "secret")) if tls is Tls.STARTTLS else Script(tls=shown)
    with a_relay(script) as relay:
        said = answer(relay, tls, "ann", "secret")
    assert said.verdict is Verdict.OUR_FAULT
    assert "certificate" in said.text
    assert not any(command.startswith(("AUTH", "MAIL")) for command in relay.commands)


def test_a_relay_without_starttls_gets_neither_password_nor_mail() -> None:
    with a_relay(Script(login=("ann", "secret"))) as relay:
        said = answer(relay, Tls.STARTTLS, "ann", "secret")
    assert said.verdict is Verdict.OUR_FAULT
    assert "?tls=" in said.text
    assert not any(command.startswith(("AUTH", "MAIL")) for command in relay.commands)


def test_a_wrong_password_stops_the_mailing() -> None:
    with a_relay(Script(login=("ann", "secret"))) as relay:
        said = answer(relay, Tls.NONE, "ann", "wrong")
    assert (said.verdict, said.code) == (Verdict.OUR_FAULT, "5.7.8")


def test_a_password_nobody_asked_for_is_said_so() -> None:
    with a_relay() as relay:
        said = answer(relay, Tls.NONE, "ann", "secret")
    assert said.verdict is Verdict.OUR_FAULT
    assert "MAIL_URL" in said.text


def test_a_password_beyond_ascii_is_said_so() -> None:
    with a_relay(Script(login=("ann", "secret"))) as relay:
        said = answer(relay, Tls.NONE, "ann", "gehörnt")
    assert said.verdict is Verdict.OUR_FAULT
    assert "ASCII" in said.text


def test_a_login_that_is_missing_stops_the_mailing() -> None:
    with a_relay(Script(login=("ann", "secret"))) as relay:
        assert answer(relay, Tls.NONE).verdict is Verdict.OUR_FAULT


def test_tls_at_a_port_that_speaks_none_is_said_so() -> None:
    with a_relay() as relay:
        said = answer(relay, Tls.TLS)
    assert said.verdict is Verdict.OUR_FAULT
    assert "?tls=starttls" in said.text
