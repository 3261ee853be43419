"""Reading a post: whatever the bytes are, what can be used is used, and the rest is told apart."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alerts.events.kinds import BOUNCED, IGNORED, NOT_THEIR_FAULT, PLAIN, RETURNED, effect_of
from alerts.events.reading import LARGEST_NUMBER, Unreadable, read_post
from alerts.mailings.reports import Fact
from alerts.suppression.models import Reason
from tests.standins.sendgrid_events import an_event

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DESCRIPTION = Path(__file__).parent.parent / "standins" / "tsg_webhooks_v3.yaml"
SPELT = {"spam_report": "spamreport"}
"""Kinds that a post spells otherwise than the settings do (Event Webhook reference)."""

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=6),
    max_leaves=20,
)
ODD_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(max_size=3), max_size=2)
)
FIELDS = ("event", "sg_event_id", "sg_message_id", "timestamp", "delivery", "type", "reason", "status", "response")


@cache
def described() -> dict[str, Any]:
    """The settings of the event webhook, as Twilio publishes them."""
    schemas = yaml.safe_load(DESCRIPTION.read_text())["components"]["schemas"]
    found: dict[str, Any] = schemas["EventWebhookBaseResponseProps"]["properties"]
    return found


def only(event: dict[str, Any]) -> Any:
    """The one event of a post, read."""
    (found,) = read_post(json.dumps([event]).encode(), NOW).events
    return found


def test_every_kind_that_can_be_switched_on_has_a_meaning() -> None:
    kinds = {SPELT.get(name, name) for name, value in described().items() if value.get("type") == "boolean"} - {
        "enabled"
    }
    assert len(kinds) > 10
    assert kinds == set(PLAIN) | IGNORED | {"bounce", "dropped"}


def test_every_reason_for_a_drop_that_is_published_says_whose_fault_it_is() -> None:
    words = described()["dropped"]["description"].partition("include:")[2]
    reasons = [re.sub(r"\s+", " ", reason).strip(" .") for reason in words.split(",")]
    meant = {reason: effect_of("dropped", {"reason": reason}) for reason in reasons}
    assert {reason: effect.suppress for reason, effect in meant.items() if effect} == {
        "Invalid SMTPAPI header": None,
        "Spam Content (if spam checker app enabled)": None,
        "Unsubscribed Address": Reason.LEFT,
        "Bounced Address": Reason.BOUNCED,
        "Spam Reporting Address": Reason.COMPLAINED,
        "Invalid": Reason.BOUNCED,
        "Recipient List over Package Quota": None,
    }


@pytest.mark.parametrize(
    ("given", "effect"),
    [
        ({"type": "bounce", "bounce_classification": "Invalid Address"}, BOUNCED),
        ({"type": "bounce"}, BOUNCED),
        ({}, BOUNCED),
        ({"type": "blocked"}, RETURNED),
        ({"type": "bounce", "bounce_classification": "Reputation"}, NOT_THEIR_FAULT),
        ({"type": "bounce", "bounce_classification": "Content"}, NOT_THEIR_FAULT),
        ({"type": 7}, BOUNCED),
    ],
)
def test_a_bounce_is_held_against_an_address_only_where_it_is_at_fault(given: dict[str, Any], effect: Any) -> None:
    assert effect_of("bounce", given) is effect


def test_an_event_is_read_with_what_we_sent_along_and_nothing_of_the_person() -> None:
    event = an_event(
        "bounce", 77, timestamp=1_700_000_000, sg_message_id="abc.recvd-1.0", useragent="M", ip="192.0.2.1"
    )
    found = only(event)
    assert (found.about, found.number, found.kind, found.effect) == ("d", 77, "bounce", BOUNCED)
    assert (found.at, found.code, found.provider_id) == (datetime.fromtimestamp(1_700_000_000, UTC), "5.1.1", "abc")
    assert not {event["email"], "192.0.2.1", "M"} & {str(value) for value in found}


def test_a_mail_that_asks_to_confirm_is_told_from_a_delivery() -> None:
    found = only(an_event("bounce", None, participation="9"))
    assert (found.about, found.number) == ("c", 9)


@pytest.mark.parametrize("timestamp", [None, "soon", -1, 0, True, 10**30, 4_000_000_000, 1e300, [1]])
def test_a_moment_that_cannot_be_is_the_moment_it_was_reported(timestamp: Any) -> None:
    assert only(an_event("delivered", 1, timestamp=timestamp)).at == NOW


@pytest.mark.parametrize("kind", sorted(IGNORED))
def test_hints_are_counted_and_nothing_of_them_is_kept(kind: str) -> None:
    read = read_post(json.dumps([an_event(kind, 1)]).encode(), NOW)
    assert (read.events, read.odd, dict(read.dropped)) == ([], [], {kind: 1})


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (7, "not an event"),
        ([], "not an event"),
        ({}, "unknown kind"),
        (an_event("teleported", 1), "unknown kind"),
        (an_event("delivered", 1, sg_event_id=None), "no id"),
        (an_event("delivered", 1, sg_event_id=""), "no id"),
        (an_event("delivered", 1, sg_event_id="x" * 101), "no id"),
        (an_event("delivered", 1, sg_event_id="a\x00b"), "no id"),
        (an_event("delivered", 1, sg_event_id=5), "no id"),
        (an_event("delivered", None), "no delivery"),
        (an_event("delivered", "-1"), "no delivery"),
        (an_event("delivered", "٣"), "no delivery"),
        (an_event("delivered", str(LARGEST_NUMBER + 1)), "no delivery"),
        (an_event("delivered", None, delivery=1), "no delivery"),
    ],
)
def test_what_is_odd_is_told_apart_with_the_reason_and_the_rest_goes_on(event: Any, why: str) -> None:
    read = read_post(json.dumps([an_event("delivered", 1), event, an_event("delivered", 2)]).encode(), NOW)
    assert [found.number for found in read.events] == [1, 2]
    assert [odd.why for odd in read.odd] == [why]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"no JSON",
        b"{}",
        b"7",
        b'"x"',
        b"null",
        b"[1,",
        b"[" * 100_000,
        b"9" * 10_000,
        b"[" + b"9" * 5_000,
    ],
)
def test_what_is_no_list_of_events_is_said_to_be_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_post(body, NOW)


def test_half_a_surrogate_in_one_event_spoils_no_other() -> None:
    body = b'[{"event":"x\\ud800"},' + json.dumps(an_event("delivered", 3)).encode() + b"]"
    read = read_post(body, NOW)
    assert [event.number for event in read.events] == [3]
    assert read.odd[0].kind == "x?"


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    try:
        read = read_post(body, NOW)
    except Unreadable:
        return
    assert len(read.events) + len(read.odd) + read.dropped.total() == len(json.loads(body))


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ODD_VALUES), max_size=4), st.booleans())
def test_whatever_stands_in_a_field_what_is_used_can_be_stored(changes: list[dict[str, Any]], escaped: bool) -> None:
    events = [{**an_event("bounce", 1), **change} for change in changes]
    try:
        read = read_post(json.dumps(events, ensure_ascii=escaped).encode("utf-8", "replace"), NOW)
    except Unreadable:
        return
    assert len(read.events) + len(read.odd) + read.dropped.total() == len(events)
    for event in read.events:
        assert event.effect.fact in Fact
        for value in (event.event_id, event.code, event.reason, event.provider_id):
            assert value is None or ("\x00" not in value and value.encode())
    for odd in read.odd:
        assert "\x00" not in odd.names + (odd.kind or "")
