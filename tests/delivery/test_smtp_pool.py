"""Several connections to a relay: what goes wrong on one is its own, and every person still has one answer."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from alerts.delivery import smtp
from alerts.delivery.content import Recipient
from alerts.delivery.relay import Relay as Address
from alerts.delivery.relay import Tls
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Outcome, Verdict
from tests.delivery.certificates import a_server_context
from tests.delivery.letters import a_person, an_alert
from tests.standins.relay import DROP, HANG, Relay, Script, a_relay

V = Verdict
ALERT = an_alert()
PEOPLE = [a_person(number) for number in range(1, 41)]
EVERYONE = {person.email: 1 for person in PEOPLE}


def transport_to(relay: Relay, *, patience: float = 10, tls: Tls = Tls.NONE, window: int = 10) -> SmtpTransport:
    address = Address("127.0.0.1", relay.port, tls)
    return SmtpTransport(
        address, window=window, bounce_mailbox="bounces@we-defend.example", patience=patience, connections=4
    )


def hand_over(relay: Relay, people: Sequence[Recipient] = PEOPLE, **how: Any) -> Outcome:
    transport = transport_to(relay, **how)
    try:
        return transport.hand_over(ALERT, people)
    finally:
        transport.close()


def verdicts(outcome: Outcome) -> list[Verdict]:
    return [answer.verdict for answer in outcome.answers]


def once(reply: str) -> Callable[[str], str | None]:
    """Say this the first time, whoever asks."""
    lock, left = threading.Lock(), [reply]

    def say(_: str) -> str | None:
        with lock:
            return left.pop() if left else None

    return say


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_full_window_goes_over_all_connections_and_each_mail_once(pipelining: bool) -> None:
    with a_relay(Script(pipelining=pipelining, before_dot_reply=lambda _: time.sleep(0.01))) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.ACCEPTED] * 40
    assert relay.taken == EVERYONE
    assert relay.connections == relay.most_at_once == 4


def test_a_few_mails_open_no_more_than_one_connection() -> None:
    with a_relay() as relay:
        hand_over(relay, PEOPLE[:3])
    assert relay.connections == 1


def test_connections_are_kept_for_the_next_window() -> None:
    with a_relay() as relay:
        transport = transport_to(relay)
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        transport.close()
    assert relay.connections == 4


def test_the_bound_on_duplicates_is_one_window_for_each_connection_that_is_open() -> None:
    with a_relay(Script(most_connections=1)) as relay:
        transport = transport_to(relay)
        assert transport.window == 40
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 10 + [V.NOT_TRIED] * 30
        assert transport.window == 10
        transport.close()


def test_a_message_and_the_next_mails_commands_travel_together() -> None:
    """RFC 2920 §3.1: so the relay has the next MAIL before it was heard to take the message."""
    with a_relay() as relay:
        hand_over(relay, PEOPLE[:5])
    assert relay.together == [3] * 5
    assert relay.behind_the_dot == [3, 3, 3, 3, 0]


def test_a_slow_connection_does_not_hold_the_others() -> None:
    others_done = threading.Event()
    first = once("slow")

    def slow_once(to: str) -> None:
        if first(to):
            others_done.wait(5)
        elif relay.taken.total() >= 37:
            others_done.set()

    with a_relay(Script(before_dot_reply=slow_once)) as relay:
        outcome = hand_over(relay)
        assert others_done.is_set()
    assert verdicts(outcome) == [V.ACCEPTED] * 40


@pytest.mark.parametrize(("reply", "verdict"), [("550 5.1.1 No such user", V.REFUSED), ("450 4.2.1 Busy", V.DEFERRED)])
@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_a_refusal_in_the_middle_of_a_flight_hits_only_its_person(stage: str, reply: str, verdict: V) -> None:
    unlucky = PEOPLE[17].email
    with a_relay(Script(**{stage: lambda line: reply if unlucky in line else None})) as relay:  # type: ignore[arg-type]
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.ACCEPTED] * 17 + [verdict] + [V.ACCEPTED] * 22
    assert relay.taken == {email: 1 for email in EVERYONE if email != unlucky}
    assert relay.connections == 4


@pytest.mark.parametrize(
    ("stage", "reply"),
    [("mail", DROP), ("mail", "421 4.3.2 Bye"), ("rcpt", DROP), ("data", DROP), ("dot", "421 4.3.2 Bye")],
)
def test_one_connection_that_ends_with_a_mail_not_taken_costs_nobody_anything(stage: str, reply: str) -> None:
    with a_relay() as relay:
        transport = transport_to(relay)
        transport.hand_over(ALERT, [a_person(number) for number in range(100, 140)])
        setattr(relay.script, stage, once(reply))
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        transport.close()
    assert {email: relay.taken[email] for email in EVERYONE} == EVERYONE


def test_connections_that_were_all_closed_while_idle_are_no_outage() -> None:
    with a_relay() as relay:
        transport = transport_to(relay)
        transport.hand_over(ALERT, PEOPLE)
        for connection in transport._connections:
            connection.sock.shutdown(2)
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        transport.close()


def test_a_connection_lost_behind_the_dot_leaves_one_unknown_and_nobody_twice() -> None:
    unlucky = PEOPLE[9].email
    with a_relay(Script(dot=lambda to: DROP if to == unlucky else None)) as relay:
        outcome = hand_over(relay)
    assert [number for number, verdict in enumerate(verdicts(outcome)) if verdict is V.UNKNOWN] == [9]
    assert set(verdicts(outcome)) <= {V.ACCEPTED, V.UNKNOWN, V.NOT_TRIED}
    accepted = {p.email for p, v in zip(PEOPLE, verdicts(outcome), strict=True) if v is V.ACCEPTED}
    assert relay.taken == dict.fromkeys(accepted | {unlucky}, 1)


def test_after_a_halt_no_mail_is_begun_and_those_under_way_keep_their_answers() -> None:
    under_way = threading.Event()

    def halt(to: str) -> str | None:
        if to == PEOPLE[0].email:
            under_way.wait(5)
            return "451 4.7.1 Slower"
        under_way.set()
        time.sleep(0.3)
        return None

    with a_relay(Script(dot=halt)) as relay:
        outcome = hand_over(relay)
    assert outcome.answers[0].verdict is V.SLOW_DOWN
    accepted = {p.email for p, v in zip(PEOPLE, verdicts(outcome), strict=True) if v is V.ACCEPTED}
    assert relay.taken == dict.fromkeys(accepted, 1)
    assert 1 <= len(accepted) <= 3
    assert verdicts(outcome).count(V.NOT_TRIED) == 39 - len(accepted)


@pytest.mark.parametrize(("stage", "verdict"), [("mail", V.NOT_TRIED), ("data", V.NOT_TRIED), ("dot", V.UNKNOWN)])
def test_a_connection_that_falls_silent_holds_one_mail_until_the_patience_ends(stage: str, verdict: V) -> None:
    with a_relay() as relay:
        transport = transport_to(relay, patience=1.5)
        transport.hand_over(ALERT, [a_person(number) for number in range(100, 140)])
        setattr(relay.script, stage, once(HANG))
        began = time.monotonic()
        outcome = transport.hand_over(ALERT, PEOPLE)
        assert time.monotonic() - began < 2.5
        transport.close()
    got = verdicts(outcome)
    assert got.count(verdict) >= 1
    assert got.count(V.ACCEPTED) >= 38
    assert set(got) <= {V.ACCEPTED, verdict, V.NOT_TRIED}
    assert relay.taken.total() - 40 == got.count(V.ACCEPTED) + got.count(V.UNKNOWN)


def test_a_further_connection_that_is_not_greeted_holds_the_others_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp, "_FURTHER_TIMEOUT", 0.3)
    with a_relay() as relay:
        transport = transport_to(relay, window=40)
        transport.hand_over(ALERT, PEOPLE[:1])
        relay.script.greeting = HANG
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        assert transport.window == 40
        transport.close()


def test_a_relay_that_takes_two_mails_per_connection_gets_them_all() -> None:
    with a_relay(Script(per_connection=2)) as relay:
        outcome = hand_over(relay)
    assert verdicts(outcome) == [V.ACCEPTED] * 40
    assert relay.taken == EVERYONE
    assert relay.connections >= 20


def test_a_relay_that_allows_one_connection_gets_its_mail_over_one() -> None:
    with a_relay(Script(most_connections=1)) as relay:
        transport = transport_to(relay, window=40)
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        transport.close()
    assert relay.connections == 2, "asked once, and not again"


def test_a_new_connection_that_is_turned_away_beside_one_that_works_means_fewer_and_no_outage() -> None:
    with a_relay() as relay:
        transport = transport_to(relay, window=40)
        transport.hand_over(ALERT, [a_person(100)])
        turned_away = once("421 4.7.0 Too many connections")
        second = f"+d{PEOPLE[1].delivery_id}-"  # the first one goes over the connection that is open already
        relay.script.mail = lambda line: turned_away(line) if second in line else None
        assert verdicts(transport.hand_over(ALERT, PEOPLE)) == [V.ACCEPTED] * 40
        assert transport.window == 3 * 40
        transport.close()
    assert relay.connections == 4


@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
def test_protected_connections_are_served_by_the_same_loop(
    tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, authority = a_server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    script = Script(tls=context) if tls is Tls.TLS else Script(starttls=context)
    large = [a_person(1, greeting="x" * 3_000_000), *PEOPLE[1:]]
    with a_relay(script) as relay:
        outcome = hand_over(relay, large, tls=tls, patience=60)
    assert verdicts(outcome) == [V.ACCEPTED] * 40
    assert relay.taken == EVERYONE
    assert relay.connections == 4


def test_a_protected_connection_lost_in_a_message_has_not_delivered_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, authority = a_server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    drop: list[ssl.SSLContext] = [context]
    script = Script(tls=context, drop_in_message=lambda to: to == PEOPLE[4].email and bool(drop) and bool(drop.pop()))
    large = [a_person(person.delivery_id, greeting="x" * 3_000_000) for person in PEOPLE[:6]]
    with a_relay(script) as relay:
        outcome = hand_over(relay, large, tls=Tls.TLS, patience=60)
    assert verdicts(outcome) == [V.ACCEPTED] * 6
    assert relay.taken == {person.email: 1 for person in large}


def test_a_fault_of_ours_in_one_mail_leaves_no_session_in_the_middle_of_another() -> None:
    broken = a_person(5)
    broken = Recipient(5, broken.email, broken.name, {"leave_url": "x", "leave_mailto": "x"})
    with a_relay() as relay:
        transport = transport_to(relay)
        with pytest.raises(KeyError):
            transport.hand_over(ALERT, [*PEOPLE[:4], broken, *PEOPLE[5:]])
        later = [a_person(number) for number in range(100, 140)]
        assert verdicts(transport.hand_over(ALERT, later)) == [V.ACCEPTED] * 40
        transport.close()
    assert max(relay.taken.values()) == 1
    assert not any(b"MAIL FROM" in message for message in relay.messages)


def test_a_relay_that_says_more_than_it_was_asked_is_not_believed() -> None:
    unlucky = PEOPLE[3].email
    with a_relay(Script(rcpt=lambda line: "250 2.1.5 Ok\r\n250 2.1.5 Ok" if unlucky in line else None)) as relay:
        outcome = hand_over(relay, PEOPLE[:5])
    assert outcome.answers[3].verdict is V.PROVIDER_DOWN
    assert relay.taken == {person.email: 1 for person in PEOPLE[:3]}


def test_a_session_in_which_more_was_said_than_asked_is_not_used_again() -> None:
    last = PEOPLE[2].email
    with a_relay(Script(dot=lambda to: "250 2.0.0 Ok\r\n250 2.0.0 Ok" if to == last else None)) as relay:
        transport = transport_to(relay)
        assert verdicts(transport.hand_over(ALERT, PEOPLE[:3])) == [V.ACCEPTED] * 3
        assert not transport._connections
        assert verdicts(transport.hand_over(ALERT, PEOPLE[3:6])) == [V.ACCEPTED] * 3
        transport.close()
    assert max(relay.taken.values()) == 1
