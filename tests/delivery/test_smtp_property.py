"""Whatever a relay does to whichever mail, over however many connections: one answer each, and the answers are true."""

from __future__ import annotations

import threading
from collections import Counter
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery import smtp
from alerts.delivery.relay import Relay as Address
from alerts.delivery.relay import Tls
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Verdict
from alerts.delivery.window import HALTS
from tests.delivery.letters import a_person, an_alert
from tests.standins.relay import DROP, Relay, Script, a_relay

V = Verdict
ALERT = an_alert()
WAYS = (
    ("mail", "421 4.3.2 Bye"),
    ("mail", "451 4.3.0 Slower"),
    ("mail", DROP),
    ("rcpt", "550 5.1.1 No such user"),
    ("rcpt", "450 4.2.1 Busy"),
    ("rcpt", "554 5.7.1 Relay access denied"),
    ("rcpt", DROP),
    ("data", "451 4.3.0 Slower"),
    ("data", "421 4.3.2 Bye"),
    ("data", DROP),
    ("dot", "250 2.0.0 Ok\r\n421 4.3.2 That was the last one"),
    ("dot", "550 5.1.1 No such user"),
    ("dot", "450 4.2.1 Busy"),
    ("dot", "451 4.7.1 Slower"),
    ("dot", "554 5.7.1 Looks like spam"),
    ("dot", "421 4.3.2 Bye"),
    ("dot", "what?"),
    ("dot", DROP),
    ("message", DROP),
)
REFUSALS = {V.REFUSED, V.DEFERRED}


class Misbehaving:
    """A script that does to each person's mail what was drawn for its first tries, and then takes it."""

    def __init__(self, drawn: dict[str, list[tuple[str, str]]]) -> None:
        self._drawn = {email: list(ways) for email, ways in drawn.items()}
        self._lock = threading.Lock()
        self.silent: Counter[str] = Counter()

    def at(self, stage: str, email: str) -> str | None:
        with self._lock:
            ways = self._drawn.get(email)
            if not ways or ways[0][0] != stage:
                return None
            reply = ways.pop(0)[1]
            if stage in ("dot", "message") and reply in (DROP, "what?"):
                self.silent[email] += 1
            return reply

    def script(self, **limits: int | bool | None) -> Script:
        def of(line: str) -> str:
            number = line.partition("+d")[2].partition("@")[0]
            return f"person{number}@mail.example" if number else line.partition("<")[2].partition(">")[0]

        return Script(
            mail=lambda line: self.at("mail", of(line)),
            rcpt=lambda line: self.at("rcpt", of(line)),
            data=lambda to: self.at("data", to),
            dot=lambda to: self.at("dot", to),
            drop_in_message=lambda to: self.at("message", to) is not None,
            **limits,  # type: ignore[arg-type]
        )


PERSON: st.SearchStrategy[list[tuple[str, str]]] = st.lists(st.sampled_from(WAYS), max_size=2) | st.just([])


@settings(max_examples=80, deadline=None)
@given(
    drawn=st.lists(PERSON, min_size=1, max_size=14),
    connections=st.integers(1, 4),
    pipelining=st.booleans(),
    per_connection=st.none() | st.integers(1, 3),
    most_connections=st.none() | st.integers(1, 2),
)
def test_each_person_has_one_answer_and_it_is_true(
    drawn: list[list[tuple[str, str]]],
    connections: int,
    pipelining: bool,
    per_connection: int | None,
    most_connections: int | None,
) -> None:
    people = [a_person(number) for number in range(1, len(drawn) + 1)]
    bad = Misbehaving({person.email: ways for person, ways in zip(people, drawn, strict=True)})
    script = bad.script(pipelining=pipelining, per_connection=per_connection, most_connections=most_connections)
    with a_relay(script) as relay, patch.object(smtp, "WORTH_OPENING", 2):
        transport = SmtpTransport(
            Address("127.0.0.1", relay.port, Tls.NONE),
            window=14,
            bounce_mailbox="bounces@we-defend.example",
            patience=20,
            connections=connections,
        )
        answers = transport.hand_over(ALERT, people).answers
        transport.close()
    assert len(answers) == len(people)
    got = {person.email: answer.verdict for person, answer in zip(people, answers, strict=True)}
    _are_true(got, relay, bad)
    if V.NOT_TRIED in got.values():
        assert HALTS & set(got.values()), "somebody was left out for no reason"


def _are_true(got: dict[str, Verdict], relay: Relay, bad: Misbehaving) -> None:
    for email, verdict in got.items():
        taken = relay.taken[email]
        match verdict:
            case V.ACCEPTED:
                assert taken == 1
            case V.UNKNOWN:
                assert bad.silent[email] == 1, "only what was whole and unanswered is unknown"
            case _:
                assert not taken, f"{verdict} was said of a mail that the relay has"
        if bad.silent[email]:
            assert verdict in (V.UNKNOWN, V.ACCEPTED, V.PROVIDER_DOWN, V.NOT_TRIED)
    assert set(relay.taken) <= set(got)
