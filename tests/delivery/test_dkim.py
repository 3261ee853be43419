"""DKIM: what we sign is verified by a library that is not ours, whatever the mail holds; what was changed is not."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Sequence
from functools import cache

import dkim
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from pydantic import SecretStr

from alerts.app import create_app
from alerts.delivery.content import Recipient
from alerts.delivery.dkim import EXPIRES_AFTER, OVERSIGNED, SIGNED, Signer
from alerts.delivery.dkim_keys import Key, new_keys, read_keys, record_of
from alerts.delivery.opening import open_transport
from alerts.delivery.relay import Relay as Address
from alerts.delivery.relay import Tls
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Verdict
from alerts.jobs import turns
from config import Settings
from tests.delivery.letters import DOMAIN, a_person, an_alert
from tests.delivery.test_content import NAMES
from tests.standins.relay import Relay, a_relay

ALERT = an_alert(reply_to=f"office@{DOMAIN}")
LINES = st.lists(
    st.one_of(st.sampled_from([".", "..", ". ", " ", "", "\t", "a  b\t c ", "From x", "=", "\r\n\r\n"]), NAMES),
    max_size=8,
).map("\n".join)
"""Text that is hard to carry: dots where lines begin, blanks where they end, empty lines, any script."""
Change = Callable[[bytes], bytes]


@cache
def keys() -> tuple[Key, ...]:
    """An RSA and an Ed25519 key."""
    found, faults = read_keys(new_keys("202611"))
    assert not faults
    return tuple(found)


def signed(person: Recipient) -> bytes:
    return Signer(DOMAIN, keys()).sign(ALERT.fill(person), shared=ALERT.shared_headers)


def verified(message: bytes, ring: Sequence[Key] = (), domain: str = DOMAIN) -> list[bool]:
    """What an independent verifier says of each signature, the topmost first, with our DNS records."""
    records = {record.name: record.value for record in (record_of(key, domain) for key in ring or keys())}

    def dns(name: bytes, timeout: int = 5) -> str | None:
        return records.get(name.decode().rstrip("."))

    verifier = dkim.DKIM(message, minkey=2048)
    count = len(re.findall(rb"(?im)^dkim-signature:", message.partition(b"\r\n\r\n")[0]))
    return [bool(_verdict(verifier, index, dns)) for index in range(count)]


def _verdict(verifier: dkim.DKIM, index: int, dns: Callable[..., str | None]) -> bool:
    try:
        return bool(verifier.verify(idx=index, dnsfunc=dns))
    except dkim.ValidationError:
        return False


@trying(deadline=None)
@given(NAMES, LINES)
def test_whatever_a_mail_holds_both_signatures_are_good(name: str, greeting: str) -> None:
    assert verified(signed(a_person(name=name, greeting=greeting))) == [True, True]


def test_signatures_are_good_after_the_way_through_a_relay() -> None:
    with a_relay() as relay:
        transport = _transport_to(relay)
        try:

            @trying(deadline=None)
            @given(NAMES, LINES)
            def on_the_way(name: str, greeting: str) -> None:
                outcome = transport.hand_over(ALERT, [a_person(name=name, greeting=greeting)])
                assert outcome.answers[0].verdict is Verdict.ACCEPTED
                assert verified(relay.messages[-1]) == [True, True]

            on_the_way()
        finally:
            transport.close()
    assert any(b"\r\n." in message for message in relay.messages), "no line began with a dot: nothing was stuffed"


def test_a_relay_that_mail_url_names_gets_signed_mail_where_there_are_keys_and_unsigned_where_none_are() -> None:
    with a_relay() as relay:
        for signer in (Signer(DOMAIN, keys()), None):
            transport = open_transport(
                relay.mail_url,
                sendgrid_key="",
                sendgrid_url="",
                catcher_port=0,
                window=1,
                bounce_mailbox=f"bounces@{DOMAIN}",
                signer=signer,
            )
            transport.hand_over(ALERT, [a_person()])
            transport.close()
    assert [verified(message) for message in relay.messages] == [[True, True], []]


def test_a_worker_signs_with_the_keys_of_its_settings_for_the_domain_it_sends_from(settings: Settings) -> None:
    setting = new_keys("202612")
    with a_relay() as relay:
        changed = {"mail_url": relay.mail_url, "mail_from": "a@bücher.example", "dkim_keys": SecretStr(setting)}
        with create_app(settings.model_copy(update=changed)).app_context():
            turns.transport().hand_over(ALERT, [a_person()])
            turns.transport().close()
    assert verified(relay.messages[0], read_keys(setting)[0], "xn--bcher-kva.example") == [True, True]


def test_an_address_beyond_ascii_is_signed_as_it_is() -> None:
    assert verified(signed(a_person(email="büro@bücher.example"))) == [True, True]


def _transport_to(relay: Relay) -> SmtpTransport:
    address = Address("127.0.0.1", relay.port, Tls.NONE)
    signer = Signer(DOMAIN, keys())
    return SmtpTransport(address, window=20, bounce_mailbox=f"bounces@{DOMAIN}", patience=10, signer=signer)


@trying(deadline=None)
@given(st.data())
def test_a_changed_byte_of_the_body_is_found(data: st.DataObject) -> None:
    message = signed(a_person())
    body = message.index(b"\r\n\r\n") + 4
    visible = [place for place in range(body, len(message)) if message[place] > 0x20]
    place = data.draw(st.sampled_from(visible))
    other = data.draw(st.integers(0x21, 0x7E).filter(lambda byte: byte != message[place]))
    assert verified(message[:place] + bytes([other]) + message[place + 1 :]) == [False, False]


@pytest.mark.parametrize("name", sorted(SIGNED - {b"content-transfer-encoding"}))
def test_a_changed_header_is_found(name: bytes) -> None:
    message = signed(a_person())
    changed = re.sub(rb"(?im)^(%s: *)" % name, rb"\1x", message, count=1)
    assert changed != message
    assert verified(changed) == [False, False]


@pytest.mark.parametrize("name", OVERSIGNED.split(b":"))
@pytest.mark.parametrize(
    "put", [lambda m, line: line + m, lambda m, line: m.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n", 1)]
)
def test_a_second_header_of_those_that_readers_show_is_found(name: bytes, put: Callable[[bytes, bytes], bytes]) -> None:
    assert verified(put(signed(a_person()), name.title() + b": another\r\n")) == [False, False]


@pytest.mark.parametrize(
    "change",
    [
        lambda message: message.replace(b"We Defend\r\n <", b"We  Defend\r\n\t <", 1),
        lambda message: message + b"\r\n\r\n",
        lambda message: message.replace(b"Subject:", b"SUBJECT:\t ", 1),
        lambda message: b"Received: from here by there\r\n" + message,
    ],
    ids=["folded anew", "empty lines at the end", "a header's name written otherwise", "a trace of the way"],
)
def test_what_relays_may_do_breaks_no_signature(change: Change) -> None:
    message = signed(a_person())
    assert change(message) != message
    assert verified(change(message)) == [True, True]


def test_who_appends_to_the_body_is_found() -> None:
    assert verified(signed(a_person()) + b"and more\r\n") == [False, False]


def test_a_signature_says_what_it_should() -> None:
    began = int(time.time())
    message = signed(a_person())
    heads = re.findall(rb"(?m)^DKIM-Signature: ((?:.*\r\n )*.*)\r\n", message)
    tags = [dict(tag.strip().split("=", 1) for tag in re.sub(r"\s+", "", head.decode()).split(";")) for head in heads]
    assert [(tag["a"], tag["s"]) for tag in tags] == [("rsa-sha256", "r202611"), ("ed25519-sha256", "e202611")]
    for tag in tags:
        assert (tag["v"], tag["c"], tag["d"]) == ("1", "relaxed/relaxed", DOMAIN)
        assert "l" not in tag
        assert int(tag["t"]) in range(began, began + 60)
        assert int(tag["x"]) == int(tag["t"]) + EXPIRES_AFTER
        names = tag["h"].encode().split(b":")
        standing = {
            name.lower()
            for name in re.findall(rb"(?m)^([A-Za-z-]+):", ALERT.fill(a_person()).partition(b"\r\n\r\n")[0])
        }
        assert set(names) == SIGNED & standing
        assert {b"from", b"message-id", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post"} <= set(names)
        assert {b"reply-to", b"feedback-id", b"mime-version", b"content-type"} <= set(names)
        assert {name for name in names if names.count(name) == 2} == set(OVERSIGNED.split(b":"))
    assert max(len(line) for head in heads for line in head.split(b"\r\n")) <= 78


def test_the_body_is_hashed_once_and_alike_for_both_keys() -> None:
    assert len(set(re.findall(rb" bh=([^;]+);", signed(a_person())))) == 1


@given(
    st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"."]), max_size=30)
    .map(b"".join)
    .filter(lambda body: body[-1:] not in (b" ", b"\t"))
)
def test_blanks_and_empty_lines_of_a_body_count_as_the_standard_says(body: bytes) -> None:
    message = Signer(DOMAIN, keys()).sign(b"From: a@we-defend.example\r\n\r\n" + body)
    found = re.search(rb" bh=([^;]+);", message)
    assert found
    canonical = dkim.canonicalization.Relaxed.canonicalize_body(body) if body else b""
    assert base64.b64decode(found[1]) == hashlib.sha256(canonical).digest()


def test_what_is_the_same_for_everyone_may_be_named_or_not() -> None:
    signer = Signer(DOMAIN, keys())
    message = ALERT.fill(a_person())
    assert verified(signer.sign(message)) == [True, True]
    assert verified(signer.sign(message, shared=ALERT.shared_headers)) == [True, True]


def test_headers_that_stand_twice_or_are_folded_by_a_tab_are_signed_as_the_standard_says() -> None:
    twice = b"Reply-To: one@mail.example\r\nSubject: Act\r\n\tnow \r\nReply-To: two@mail.example\r\n\r\nWords.\r\n"
    message = Signer(DOMAIN, keys()).sign(b"From: a@we-defend.example\r\n" + twice)
    assert verified(message) == [True, True]
    assert verified(message.replace(b"one@", b"x@")) == [False, False]


def test_a_key_alone_signs_alone() -> None:
    for index, key in enumerate(keys()):
        assert verified(Signer(DOMAIN, [key]).sign(ALERT.fill(a_person(index)))) == [True]
