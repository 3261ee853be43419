"""Handing over to SendGrid, over real HTTP: what is asked for, and what each answer comes to."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.content import Compiled, Recipient, Sender, compile_content, replace_slots
from alerts.delivery.sendgrid import SendGridTransport
from alerts.delivery.sendgrid_request import ABOUT, personalizations, shared_body
from alerts.delivery.transport import Outcome, Verdict
from tests.delivery.letters import DOMAIN, HTML, TEXT, a_person, an_alert
from tests.standins.sendgrid_standin import (
    DROP,
    HANG,
    HANG_TAKEN,
    KEY,
    NONSENSE,
    Reply,
    SendGrid,
    a_sendgrid,
    faults_in,
)

V = Verdict
ALERT = an_alert()
PEOPLE = [a_person(number) for number in range(1, 6)]


def personalization(compiled: Compiled, person: Recipient) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(personalizations(compiled)(person))
    return read


def hand_over(
    sendgrid: SendGrid,
    people: Sequence[Recipient] = PEOPLE,
    *,
    compiled: Compiled = ALERT,
    key: str = KEY,
    timeout: float = 5,
) -> Outcome:
    return SendGridTransport(key=key, host=sendgrid.url, timeout=timeout).hand_over(compiled, people)


def verdicts(outcome: Outcome) -> list[Verdict]:
    return [answer.verdict for answer in outcome.answers]


def test_one_request_serves_a_thousand_and_everyone_gets_their_own_words() -> None:
    people = [a_person(number, name=f"Ana {number}") for number in range(1, 1001)]
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid, people)
    assert sendgrid.requests == 1
    assert not sendgrid.faults
    assert set(verdicts(outcome)) == {V.ACCEPTED}
    assert sendgrid.taken == {person.email: 1 for person in people}
    for person, sent in zip(people, sendgrid.sent, strict=True):
        assert sent.text == replace_slots(TEXT, lambda name, person=person: person.slots[name])  # type: ignore[misc]
        assert sent.html == replace_slots(HTML, lambda name, person=person: person.slots[name])  # type: ignore[misc]
        leave = f"<{person.slots['leave_url']}>, <{person.slots['leave_mailto']}>"
        assert sent.headers["List-Unsubscribe"] == leave
        assert sent.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert sent.custom_args == {"delivery": str(person.delivery_id)}


def test_the_answer_names_the_request_at_sendgrid() -> None:
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid)
    ids = {answer.provider_id for answer in outcome.answers}
    assert len(ids) == 1
    assert all(ids)


def test_nothing_is_tracked_unless_it_was_asked_for() -> None:
    settings = shared_body(ALERT)["tracking_settings"]
    assert {name: value["enable"] for name, value in settings.items()} == {
        "click_tracking": False,
        "open_tracking": False,
        "subscription_tracking": False,
        "ganalytics": False,
    }


def test_the_request_says_who_it_is_from_and_what_it_is() -> None:
    body = shared_body(an_alert(reply_to=f"desk@{DOMAIN}", sender=Sender("We Defend", f"alerts@{DOMAIN}")))
    assert body["from"] == {"email": f"alerts@{DOMAIN}", "name": "We Defend"}
    assert body["reply_to"] == {"email": f"desk@{DOMAIN}"}
    assert body["categories"] == ["alert", "language-en"]
    assert body["headers"]["List-Id"] == f"<alerts.{DOMAIN}>"
    assert "Auto-Submitted" not in body["headers"]
    receipt = an_alert(receipt=True)
    assert shared_body(receipt)["headers"]["Auto-Submitted"] == "auto-generated"
    for prefix, kind in ABOUT.items():
        one = personalizations(compile_content(receipt.content, domain=DOMAIN, id_prefix=prefix))(a_person(5))
        assert json.loads(one)["custom_args"] == {kind: "5"}, "so that no event is taken for another kind's number"


@given(st.text(max_size=200))
def test_a_value_is_escaped_in_html_and_as_it_is_in_text(greeting: str) -> None:
    person = a_person(greeting=greeting)
    body = {**shared_body(ALERT), "personalizations": [personalization(ALERT, person)]}
    assert not faults_in(body)
    (values,) = [one["substitutions"] for one in body["personalizations"]]
    assert values["-text-greeting-"] == greeting
    assert not set(values["-html-greeting-"]) & {"<", ">", '"', "'"}
    assert not any(one in other for one in values for other in values if one != other)


def test_an_internationalised_domain_goes_as_machines_write_it() -> None:
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid, [a_person(1, email="info@bücher.example")])
    assert verdicts(outcome) == [V.ACCEPTED]
    assert sendgrid.taken == {"info@xn--bcher-kva.example": 1}


@pytest.mark.parametrize(
    ("reply", "verdict", "code"),
    [
        (Reply(400), V.OUR_FAULT, "400"),
        (Reply(401), V.OUR_FAULT, "401"),
        (Reply(403), V.OUR_FAULT, "403"),
        (Reply(404), V.OUR_FAULT, "404"),
        (Reply(405), V.OUR_FAULT, "405"),
        (Reply(429), V.SLOW_DOWN, "429"),
        (Reply(500), V.UNKNOWN, "500"),
        (Reply(502), V.PROVIDER_DOWN, "502"),
        (Reply(503), V.PROVIDER_DOWN, "503"),
        (Reply(504), V.UNKNOWN, "504"),
        (Reply(200), V.UNKNOWN, "200"),
        (Reply(307, {"Location": "http://127.0.0.1:9/"}), V.UNKNOWN, "307"),
        (Reply(503, body="<html>no json</html>"), V.PROVIDER_DOWN, "503"),
        (Reply(400, body='{"errors":null}'), V.OUR_FAULT, "400"),
        (Reply(400, body='{"errors":["words"]}'), V.OUR_FAULT, "400"),
        (Reply(400, body="[]"), V.OUR_FAULT, "400"),
        (DROP, V.UNKNOWN, ""),
        (NONSENSE, V.UNKNOWN, ""),
    ],
)
def test_an_answer_is_everyones(reply: Reply, verdict: V, code: str) -> None:
    with a_sendgrid(lambda _: reply) as sendgrid:
        outcome = hand_over(sendgrid)
    assert verdicts(outcome) == [verdict] * 5
    assert {answer.code for answer in outcome.answers} == {code}
    assert sendgrid.requests == 1
    assert not sendgrid.taken


@pytest.mark.parametrize("reply", [HANG, HANG_TAKEN])
def test_no_answer_in_time_leaves_them_unknown_whether_they_were_taken_or_not(reply: Reply) -> None:
    with a_sendgrid(lambda _: reply) as sendgrid:
        outcome = hand_over(sendgrid, timeout=0.3)
    assert verdicts(outcome) == [V.UNKNOWN] * 5


def test_a_host_that_is_not_there_is_down_and_has_nothing() -> None:
    with a_sendgrid() as sendgrid:
        pass
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        transport = SendGridTransport(key=KEY, host=f"http://127.0.0.1:{nobody.getsockname()[1]}", timeout=1)
        outcome = transport.hand_over(ALERT, PEOPLE)
        assert transport.check().verdict is V.PROVIDER_DOWN
    assert verdicts(outcome) == [V.PROVIDER_DOWN] * 5
    assert sendgrid.requests == 0


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 1),
        ({"X-RateLimit-Reset": "12"}, 12),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "9"}, 9),
    ],
)
def test_the_wait_that_is_asked_for_in_seconds_is_kept(headers: dict[str, str], wait: float) -> None:
    with a_sendgrid(lambda _: Reply(429, headers)) as sendgrid:
        outcome = hand_over(sendgrid)
    assert outcome.slow_down == wait


@pytest.mark.parametrize(
    ("header", "written"),
    [
        ("Retry-After", lambda at: format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)),
        ("X-RateLimit-Reset", str),
    ],
)
@pytest.mark.parametrize(("seconds", "least", "most"), [(3000, 2000, 3001), (-60, 1, 1)])
def test_the_wait_until_the_moment_that_is_told_is_kept(
    header: str, written: Callable[[int], str], seconds: int, least: float, most: float
) -> None:
    moment = int(time.time()) + seconds
    with a_sendgrid(lambda _: Reply(429, {header: written(moment)})) as sendgrid:
        outcome = hand_over(sendgrid)
    assert outcome.slow_down is not None
    assert least <= outcome.slow_down <= most


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"X-RateLimit-Reset": "-1"}])
def test_where_no_wait_is_asked_for_none_is_made_up(headers: dict[str, str]) -> None:
    with a_sendgrid(lambda _: Reply(429, headers)) as sendgrid:
        outcome = hand_over(sendgrid)
    assert outcome.slow_down is None


def test_a_request_that_is_too_large_is_halved_until_it_fits() -> None:
    people = [a_person(number) for number in range(1, 41)]
    with a_sendgrid() as sendgrid:
        sendgrid.largest = 9_000
        outcome = hand_over(sendgrid, people)
    assert set(verdicts(outcome)) == {V.ACCEPTED}
    assert sendgrid.taken == {person.email: 1 for person in people}
    assert len(sendgrid.bodies) > 2


def test_one_mail_that_is_too_large_is_our_fault() -> None:
    with a_sendgrid() as sendgrid:
        sendgrid.largest = 100
        outcome = hand_over(sendgrid)
    assert verdicts(outcome) == [V.OUR_FAULT] + [V.NOT_TRIED] * 4


def test_a_half_that_was_told_to_wait_keeps_the_other_half_untried() -> None:
    def slow_after_the_first(number: int) -> Reply | None:
        return {1: Reply(413), 2: Reply(429, {"Retry-After": "5"})}.get(number)

    with a_sendgrid(slow_after_the_first) as sendgrid:
        outcome = hand_over(sendgrid)
    assert verdicts(outcome) == [V.SLOW_DOWN] * 2 + [V.NOT_TRIED] * 3
    assert outcome.slow_down == 5


def test_more_than_a_thousand_are_several_requests() -> None:
    people = [a_person(number) for number in range(1, 1202)]
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid, people)
    assert set(verdicts(outcome)) == {V.ACCEPTED}
    assert sendgrid.taken.total() == 1201
    assert not sendgrid.faults


def test_an_address_that_sendgrid_does_not_take_keeps_nobody_else_from_their_mail() -> None:
    people = [a_person(1), a_person(2, email="odd@localhost"), a_person(3), a_person(4, email="odd@host_name")]
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid, people)
    assert verdicts(outcome) == [V.ACCEPTED, V.REFUSED, V.ACCEPTED, V.REFUSED]
    assert "valid address" in outcome.answers[1].text
    assert sendgrid.taken == {people[0].email: 1, people[2].email: 1}


def test_a_fault_that_is_not_about_one_address_stops_everyone() -> None:
    faults = '{"errors":[{"message":"a","field":"personalizations.0.to.0.email"},{"message":"b","field":"from.email"}]}'
    with a_sendgrid(lambda _: Reply(400, body=faults)) as sendgrid:
        outcome = hand_over(sendgrid)
    assert verdicts(outcome) == [V.OUR_FAULT] * 5
    assert outcome.answers[0].text == "a (personalizations.0.to.0.email); b (from.email)"


def test_a_fault_of_nobody_in_the_request_does_not_go_round_for_ever() -> None:
    faults = '{"errors":[{"message":"a","field":"personalizations.99.to.0.email"}]}'
    with a_sendgrid(lambda _: Reply(400, body=faults)) as sendgrid:
        outcome = hand_over(sendgrid)
    assert verdicts(outcome) == [V.OUR_FAULT] * 5
    assert sendgrid.requests == 1


@pytest.mark.parametrize(
    "person",
    [
        a_person(2, email="a@mail.example\r\nBcc: b@mail.example"),
        a_person(2, leave_url="https://x.example/\r\n"),
        a_person(2, greeting="x" * 10_001),
    ],
)
def test_who_cannot_be_sent_to_is_refused_before_the_request(person: Recipient) -> None:
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid, [a_person(1), person, a_person(3)])
    assert verdicts(outcome) == [V.ACCEPTED, V.REFUSED, V.ACCEPTED]
    assert not sendgrid.faults


def test_nobody_to_send_to_is_no_request() -> None:
    with a_sendgrid() as sendgrid:
        assert hand_over(sendgrid, []).answers == []
    assert sendgrid.requests == 0


def test_a_wrong_key_stops_the_mailing() -> None:
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid, key="SG.another")
        checked = SendGridTransport(key="SG.another", host=sendgrid.url, timeout=5).check()
    assert verdicts(outcome) == [V.OUR_FAULT] * 5
    assert checked.verdict is V.OUR_FAULT


def test_checking_asks_whether_the_key_may_send_and_sends_nothing() -> None:
    with a_sendgrid() as sendgrid:
        assert SendGridTransport(key=KEY, host=sendgrid.url, timeout=5).check().verdict is V.ACCEPTED
    assert sendgrid.requests == 0


def test_neither_key_nor_address_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), a_sendgrid(lambda number: Reply(503) if number == 1 else None) as sendgrid:
        hand_over(sendgrid)
        hand_over(sendgrid)
    assert KEY not in caplog.text
    assert "@mail.example" not in caplog.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"from": {"name": "x"}}, "from"),
        ({"subject": ""}, "subject"),
        ({"categories": ["x"] * 11}, "categories"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"headers": {"Subject": "x"}}, "headers"),
        ({"content": [{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]}, "content"),
        ({"personalizations": [{"to": [{"email": "a@b.example"}], "substitutions": {"-a b-": "x"}}]}, "substitutions"),
        ({"personalizations": [{"to": [{"email": "a@b.example"}], "substitutions": {"-a-": 1}}]}, "substitutions"),
    ],
)
def test_the_stand_in_takes_nothing_that_sendgrid_would_not(changes: dict[str, Any], field: str) -> None:
    good = {**shared_body(ALERT), "personalizations": [personalization(ALERT, a_person())]}
    assert not faults_in(good)
    assert any(field in str(fault["field"]) for fault in faults_in({**good, **changes}))


def test_a_link_that_html_would_read_otherwise_is_refused_not_sent() -> None:
    bent = a_person(1, act_url="https://we-defend.example/a/x?y=1&copy=2")
    with a_sendgrid() as sendgrid:
        outcome = hand_over(sendgrid, [bent, a_person(2)])
    assert verdicts(outcome) == [V.REFUSED, V.ACCEPTED]
    assert sendgrid.taken == {"person2@mail.example": 1}
