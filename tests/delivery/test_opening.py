"""MAIL_URL: what it can say, and what is said about what it cannot."""

from __future__ import annotations

import pytest

from alerts.delivery.opening import BadMailUrl, open_transport, relay_of
from alerts.delivery.relay import Relay, Tls
from alerts.delivery.sendgrid import SendGridTransport
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Transport


def opened(mail_url: str, *, key: str = "SG.x") -> Transport:
    return open_transport(
        mail_url,
        sendgrid_key=key,
        sendgrid_url="https://api.eu.sendgrid.com",
        catcher_port=8025,
        window=20,
        bounce_mailbox="bounces@we-defend.example",
    )


@pytest.mark.parametrize(
    ("mail_url", "relay"),
    [
        ("smtp://relay.example", Relay("relay.example", 587, Tls.STARTTLS)),
        ("smtp://relay.example?tls=tls", Relay("relay.example", 465, Tls.TLS)),
        ("smtp://relay.example?tls=none", Relay("relay.example", 25, Tls.NONE)),
        ("smtp://relay.example:2525/?tls=none", Relay("relay.example", 2525, Tls.NONE)),
        ("smtp://ann:s%40cret%2F@relay.example:587", Relay("relay.example", 587, Tls.STARTTLS, "ann", "s@cret/")),
        ("smtp://ann%40mail.example:p@[::1]:25?tls=none", Relay("::1", 25, Tls.NONE, "ann@mail.example", "p")),
    ],
)
def test_a_relay_is_read_from_its_address(mail_url: str, relay: Relay) -> None:
    assert relay_of(mail_url) == relay


def test_the_catcher_is_a_relay_on_this_machine() -> None:
    transport = opened("catcher:")
    assert isinstance(transport, SmtpTransport)
    assert transport.relay == Relay("127.0.0.1", 8025, Tls.NONE)
    assert transport.window == 20


def test_sendgrid_takes_a_thousand_at_once() -> None:
    transport = opened("sendgrid:")
    assert isinstance(transport, SendGridTransport)
    assert transport.window == 1000


@pytest.mark.parametrize(
    ("mail_url", "words"),
    [
        ("", "no way to send"),
        ("relay.example:587", "no way to send"),
        ("http://relay.example", "no way to send"),
        ("sendgrid", "no way to send"),
        ("catcher://somewhere", "no way to send"),
        ("smtp:relay.example", "no way to send"),
        ("smtps://relay.example", r"add \?tls=tls"),
        ("smtp://", "no host"),
        ("smtp://:25", "no host"),
        ("smtp://relay.example:x", "no number"),
        ("smtp://relay.example:99999", "no number"),
        ("smtp://relay.example?tls=yes", "tls=yes"),
        ("smtp://relay.example?tsl=none", "tsl="),
        ("smtp://ann:se#cret@relay.example", "%23"),
        ("smtp://relay.example/folder", "%2F"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(mail_url: str, words: str) -> None:
    with pytest.raises(BadMailUrl, match=words) as refused:
        opened(mail_url)
    assert "smtp://user:password@host:587" in str(refused.value)


def test_sendgrid_without_a_key_is_refused() -> None:
    with pytest.raises(BadMailUrl, match="SENDGRID_API_KEY"):
        opened("sendgrid:", key="")


@pytest.mark.parametrize("mail_url", ["smtp://ann:hunter22@relay.example:x", "smtps://ann:hunter22@relay.example"])
def test_no_password_is_shown(mail_url: str) -> None:
    with pytest.raises(BadMailUrl) as refused:
        opened(mail_url)
    assert "hunter22" not in str(refused.value)
    assert "hunter22" not in repr(relay_of("smtp://ann:hunter22@relay.example"))
