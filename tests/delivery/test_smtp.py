"""Handing over by SMTP, to a relay over a real socket: what each way of going wrong comes to."""

from __future__ import annotations

import email
import socket
import time
from collections.abc import Sequence
from email.policy import default
from typing import Any

import pytest

from alerts.core.returnpaths import Reference, find
from alerts.delivery.relay import Relay as Address
from alerts.delivery.relay import Tls
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Outcome, Verdict
from tests.delivery.letters import a_person, an_alert
from tests.standins.relay import DROP, HANG, Relay, Script, a_relay

V = Verdict
ALERT = an_alert()
PEOPLE = [a_person(number) for number in range(1, 6)]
UNLUCKY = PEOPLE[2].email


def transport_to(relay: Relay, *, patience: float = 10) -> SmtpTransport:
    address = Address("127.0.0.1", relay.port, Tls.NONE)
    return SmtpTransport(address, window=20, bounce_mailbox="bounces@we-defend.example", patience=patience)


def hand_over(relay: Relay, people: Sequence[Any] = PEOPLE, *, patience: float = 10) -> Outcome:
    transport = transport_to(relay, patience=patience)
    try:
        return transport.hand_over(ALERT, people)
    finally:
        transport.close()


def verdicts(outcome: Outcome) -> list[Verdict]:
    return [answer.verdict for answer in outcome.answers]


def a_script(**changes: Any) -> Script:
    return Script(**changes)


def for_unlucky(reply: str) -> Any:
    return lambda line: reply if UNLUCKY in line else None


@pytest.mark.parametrize("pipelining", [True, False])
def test_everyone_gets_their_own_mail_once_over_one_connection(pipelining: bool) -> None:
    with a_relay(Script(pipelining=pipelining)) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.ACCEPTED] * 5
    assert relay.taken == {person.email: 1 for person in PEOPLE}
    assert relay.connections == 1
    for person, raw in zip(PEOPLE, relay.messages, strict=True):
        message = email.message_from_bytes(raw, policy=default)
        assert message["Message-ID"] == ALERT.message_id(person)
        text = message.get_body(("plain",))
        assert text is not None
        assert person.slots["act_url"] in text.get_content()
        assert "\r\n.\r\n" in text.get_content()


def test_the_commands_of_a_mail_travel_together_only_where_the_relay_offers_it() -> None:
    with a_relay() as relay:
        hand_over(relay)
    assert relay.together == [3] * 5
    with a_relay(Script(pipelining=False)) as relay:
        hand_over(relay)
    assert relay.together == [1] * 5


def test_the_way_back_names_the_delivery() -> None:
    with a_relay() as relay:
        hand_over(relay, [a_person(77)])
    (command,) = [command for command in relay.commands if command.startswith("MAIL")]
    assert command.startswith("MAIL FROM:<bounces+d77-")
    assert find(command.encode()) == Reference("d", 77)


def test_what_the_relay_calls_the_mail_is_kept() -> None:
    with a_relay(Script(dot=lambda to: "250 OK id=1qAbC-07" if to == UNLUCKY else None)) as relay:
        outcome = hand_over(relay)
    ids = [answer.provider_id for answer in outcome.answers]
    assert ids == ["000001", "000002", "1qAbC-07", "000004", "000005"]
    with a_relay(Script(dot=lambda _: "250 2.0.0 Ok")) as relay:
        assert hand_over(relay).answers[0].provider_id is None


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("stage", ["rcpt", "dot"])
@pytest.mark.parametrize(
    ("reply", "verdict", "code"),
    [("550 5.1.1 No such user", V.REFUSED, "5.1.1"), ("450 4.2.1 Busy", V.DEFERRED, "4.2.1")],
)
def test_one_persons_refusal_is_theirs_alone(pipelining: bool, stage: str, reply: str, verdict: V, code: str) -> None:
    with a_relay(a_script(pipelining=pipelining, **{stage: for_unlucky(reply)})) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.ACCEPTED, V.ACCEPTED, verdict, V.ACCEPTED, V.ACCEPTED]
    assert (outcome.answers[2].code, outcome.answers[2].text) == (code, reply)
    assert relay.taken == {person.email: 1 for person in PEOPLE if person.email != UNLUCKY}
    assert relay.connections == 1


def test_a_relay_that_takes_data_without_recipients_gets_no_mail_by_it() -> None:
    script = Script(rcpt=for_unlucky("550 5.1.1 No such user"), data=lambda _: "354 Go on")
    with a_relay(script) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.ACCEPTED, V.ACCEPTED, V.REFUSED, V.ACCEPTED, V.ACCEPTED]
    assert [len(message) for message in relay.messages if not message] == [0]
    assert relay.taken[UNLUCKY] == 0


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ({"mail": "451 4.3.0 Slower"}, V.SLOW_DOWN),
        ({"mail": "550 5.7.1 Sender not allowed"}, V.OUR_FAULT),
        ({"rcpt": "554 5.7.1 Relay access denied"}, V.OUR_FAULT),
        ({"data": "451 4.3.0 Slower"}, V.SLOW_DOWN),
        ({"dot": "451 4.7.1 Slower"}, V.SLOW_DOWN),
        ({"dot": "554 5.7.1 Looks like spam"}, V.OUR_FAULT),
        ({"dot": "421 4.3.2 Going down"}, V.PROVIDER_DOWN),
        ({"mail": "421 4.3.2 Going down"}, V.PROVIDER_DOWN),
    ],
)
def test_what_is_said_about_us_ends_the_window(pipelining: bool, script: dict[str, str], verdict: V) -> None:
    replies = {stage: (lambda _, reply=reply: reply) for stage, reply in script.items()}
    with a_relay(a_script(pipelining=pipelining, **replies)) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [verdict] + [V.NOT_TRIED] * 4
    assert not relay.taken


def test_a_connection_lost_before_the_mail_was_whole_took_nothing_and_the_mail_goes_again() -> None:
    dropped: list[str] = []

    def once(to: str) -> bool:
        dropped.append(to)
        return dropped == [UNLUCKY] or (to == UNLUCKY and dropped.count(to) == 1)

    with a_relay(Script(drop_in_message=once)) as relay:
        big = [a_person(person.delivery_id, greeting="x" * 3_000_000) for person in PEOPLE]
        outcome = hand_over(relay, big, patience=120)
    assert verdicts(outcome) == [V.ACCEPTED] * 5
    assert relay.taken == {person.email: 1 for person in PEOPLE}
    assert relay.connections == 2


def test_a_relay_that_always_hangs_up_in_the_mail_is_down_and_has_nothing() -> None:
    with a_relay(Script(drop_in_message=lambda _: True)) as relay:
        outcome = hand_over(relay, [a_person(1, greeting="x" * 3_000_000), a_person(2)])
    assert verdicts(outcome) == [V.PROVIDER_DOWN, V.NOT_TRIED]
    assert not relay.taken


@pytest.mark.parametrize("reply", [DROP, HANG, "what?"])
def test_a_yes_that_never_comes_leaves_one_mail_unknown_and_the_rest_untried(reply: str) -> None:
    with a_relay(Script(dot=for_unlucky(reply))) as relay:
        outcome = hand_over(relay, patience=1 if reply == HANG else 10)
    assert verdicts(outcome) == [V.ACCEPTED, V.ACCEPTED, V.UNKNOWN, V.NOT_TRIED, V.NOT_TRIED]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_relay_that_hangs_up_between_mails_is_no_outage(stage: str) -> None:
    seen: list[str] = []

    def every_third(line: str) -> str | None:
        seen.append(line)
        return DROP if len(seen) % 3 == 0 else None

    with a_relay(a_script(**{stage: every_third})) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.ACCEPTED] * 5
    assert relay.taken == {person.email: 1 for person in PEOPLE}


def test_a_relay_that_closed_while_nothing_was_sent_is_reached_again_without_a_word() -> None:
    said = []

    def idle_too_long(line: str) -> str | None:
        said.append(line)
        return "421 4.4.2 Idle for too long" if len(said) == 3 else None

    with a_relay(Script(mail=idle_too_long)) as relay:
        transport = transport_to(relay)
        assert verdicts(transport.hand_over(ALERT, PEOPLE[:2])) == [V.ACCEPTED] * 2
        assert verdicts(transport.hand_over(ALERT, PEOPLE[2:])) == [V.ACCEPTED] * 3
        transport.close()
    assert relay.connections == 2


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_relay_that_falls_silent_is_down_within_the_patience(stage: str) -> None:
    with a_relay(a_script(**{stage: lambda _: HANG})) as relay:
        outcome = hand_over(relay, patience=0.5)
    assert verdicts(outcome) == [V.PROVIDER_DOWN] + [V.NOT_TRIED] * 4


def test_a_slow_relay_gets_as_many_as_half_the_patience_allows() -> None:
    with a_relay(Script(before_dot_reply=lambda _: time.sleep(0.3))) as relay:
        outcome = hand_over(relay, patience=1)
    assert verdicts(outcome) == [V.ACCEPTED] * 2 + [V.NOT_TRIED] * 3
    assert relay.taken.total() == 2


@pytest.mark.parametrize("greeting", ["421 4.3.2 Going down", "554 No service", DROP, "nonsense"])
def test_a_relay_that_does_not_open_is_down(greeting: str) -> None:
    with a_relay(Script(greeting=greeting)) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.PROVIDER_DOWN] + [V.NOT_TRIED] * 4


def test_a_relay_that_is_not_there_is_down() -> None:
    with a_relay() as relay:
        port = relay.port
    gone = SmtpTransport(
        Address("127.0.0.1", port, Tls.NONE), window=20, bounce_mailbox="b@we-defend.example", patience=5
    )
    outcome = gone.hand_over(ALERT, PEOPLE)
    assert verdicts(outcome) == [V.PROVIDER_DOWN] + [V.NOT_TRIED] * 4
    assert "cannot be reached" in outcome.answers[0].text
    assert gone.check().verdict is V.PROVIDER_DOWN


def test_an_address_beyond_ascii_goes_where_the_relay_knows_smtputf8() -> None:
    people = [a_person(1), a_person(2, email="büro@bücher.example"), a_person(3, email="info@bücher.example")]
    with a_relay() as relay:
        assert verdicts(hand_over(relay, people)) == [V.ACCEPTED] * 3
    asked = [command for command in relay.commands if "SMTPUTF8" in command]
    assert [find(command.encode()) for command in asked] == [Reference("d", 2)]
    assert asked[0].endswith("@we-defend.example> SMTPUTF8 BODY=8BITMIME")
    assert relay.taken["büro@xn--bcher-kva.example"] == relay.taken["info@xn--bcher-kva.example"] == 1


def test_an_address_beyond_ascii_is_refused_in_words_where_the_relay_does_not() -> None:
    people = [a_person(1), a_person(2, email="büro@mail.example"), a_person(3, email="info@bücher.example")]
    with a_relay(Script(smtputf8=False)) as relay:
        outcome = hand_over(relay, people)
    assert verdicts(outcome) == [V.ACCEPTED, V.REFUSED, V.ACCEPTED]
    assert "SMTPUTF8" in outcome.answers[1].text


@pytest.mark.parametrize(
    "person", [a_person(2, name="A\r\nBcc: b@mail.example"), a_person(2, email="a@mail.example>\r\nDATA")]
)
def test_who_cannot_be_written_to_is_refused_and_nothing_of_it_is_sent(person: Any) -> None:
    with a_relay() as relay:
        outcome = hand_over(relay, [a_person(1), person, a_person(3)])
    assert verdicts(outcome) == [V.ACCEPTED, V.REFUSED, V.ACCEPTED]
    assert len([command for command in relay.commands if command.startswith("MAIL")]) == 2


def test_lines_that_begin_with_a_dot_arrive_as_they_were() -> None:
    alert = an_alert(text="One\n.\n..two\n.three .\n")
    with a_relay() as relay:
        transport = transport_to(relay)
        assert verdicts(transport.hand_over(alert, [a_person(1)])) == [V.ACCEPTED]
        transport.close()
    assert b"\r\n..two\r\n.three .\r\n" in relay.messages[0]
    text = email.message_from_bytes(relay.messages[0], policy=default).get_body(("plain",))
    assert text is not None
    assert text.get_content() == "One\r\n.\r\n..two\r\n.three .\r\n"


def test_checking_sends_nothing() -> None:
    with a_relay() as relay:
        transport = transport_to(relay)
        assert transport.check().verdict is V.ACCEPTED
        transport.close()
    assert not relay.taken


def test_what_we_write_goes_out_at_once() -> None:
    """Else the end of each mail waits 40 ms for an acknowledgement, whatever the relay does (RFC 896, RFC 1122)."""
    with a_relay() as relay:
        transport = transport_to(relay)
        assert transport.check().verdict is V.ACCEPTED
        (connection,) = transport._connections
        assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        transport.close()
