"""A compiled mail, filled: whatever the values are, they are read back as they were, and the lines hold."""

from __future__ import annotations

import email
import quopri
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.content import LARGEST, BadContent, Recipient, Sender, compile_content, replace_slots, slot
from alerts.delivery.headers import unstructured
from alerts.delivery.quoting import quoted_printable
from tests.delivery.letters import DOMAIN, HTML, TEXT, a_content, a_person, an_alert

ANY = st.characters(codec="utf-8")
VISIBLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
"""What names are made of: a control character in one would not come from a person."""
NAMES = st.text(VISIBLE, min_size=1, max_size=120).map(lambda name: " ".join(name.split())).filter(bool)
ALERT = an_alert()


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def lines_hold(raw: bytes) -> None:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76


@given(NAMES)
def test_any_name_is_read_back_from_the_header(name: str) -> None:
    raw = ALERT.fill(a_person(name=name))
    lines_hold(raw)
    shown, address = parseaddr(email.message_from_bytes(raw)["To"])
    assert (str(make_header(decode_header(shown))), address) == (name, "person1@mail.example")


@given(NAMES.filter(lambda name: len(name.encode()) <= 42))
def test_a_name_as_people_have_them_is_read_back_by_any_reader(name: str) -> None:
    (address,) = read(ALERT.fill(a_person(name=name)))["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "person1@mail.example")


@given(st.text(ANY, max_size=300))
def test_any_greeting_is_read_back_from_both_parts(greeting: str) -> None:
    raw = ALERT.fill(a_person(greeting=greeting))
    lines_hold(raw)
    message = read(raw)
    person = a_person(greeting=greeting.replace("\r\n", "\n"))
    assert part(message, "plain") == replace_slots(TEXT, lambda name: person.slots[name])
    escaped = greeting.replace("\r\n", "\n").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    html = escaped.replace('"', "&quot;").replace("'", "&#x27;")
    assert f"<p>{html}</p><p>She was" in part(message, "html")


@given(st.text(ANY, max_size=200), st.text(ANY, max_size=200), st.text(ANY, max_size=200))
def test_slots_stand_anywhere_in_any_words(before: str, value: str, after: str) -> None:
    text = f"{before}{slot('greeting')}{slot('greeting')}{after}"
    raw = an_alert(text=text).fill(a_person(greeting=value))
    lines_hold(raw)
    assert part(read(raw), "plain") == f"{before}{value}{value}{after}".replace("\r\n", "\n")


@given(st.text(VISIBLE, min_size=1, max_size=300))
def test_any_subject_is_read_back(subject: str) -> None:
    raw = an_alert(subject=subject).fill(a_person())
    lines_hold(raw)
    assert read(raw)["Subject"] == subject


@given(st.text(ANY, max_size=2000))
def test_quoted_text_is_lines_of_76_and_reads_back(text: str) -> None:
    quoted = quoted_printable(text)
    assert max(map(len, quoted.split(b"\r\n"))) <= 76
    assert quopri.decodestring(quoted).decode().replace("\r\n", "\n") == text.replace("\r\n", "\n")


def test_the_headers_of_an_alert_are_those_that_receivers_ask_for() -> None:
    person = a_person(7)
    message = read(ALERT.fill(person))
    assert message["From"] == f"We Defend <alerts@{DOMAIN}>"
    assert message["Message-ID"] == f"<d7@{DOMAIN}>" == ALERT.message_id(person)
    assert message["List-Id"] == f"<alerts.{DOMAIN}>"
    leave = f"<{person.slots['leave_url']}>, <{person.slots['leave_mailto']}>"
    assert message["List-Unsubscribe"] == leave
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Feedback-ID"] == "ua-1-26:en:alert:we-defend"
    assert message["Content-Language"] == "en"
    assert message["MIME-Version"] == "1.0"
    assert message["Date"].datetime.utcoffset().total_seconds() == 0
    assert message["Auto-Submitted"] is message["Precedence"] is message["Reply-To"] is None
    names = [name.lower() for name in message]
    assert len(names) == len(set(names))


def test_text_comes_first_and_both_parts_are_there() -> None:
    message = read(ALERT.fill(a_person()))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects
    assert not any(part.defects for part in message.walk())


def test_only_a_receipt_says_that_it_was_made_by_a_machine() -> None:
    assert read(an_alert(receipt=True).fill(a_person()))["Auto-Submitted"] == "auto-generated"


def test_kinds_of_mail_that_are_numbered_apart_have_message_ids_apart() -> None:
    confirm = compile_content(a_content(receipt=True), domain=DOMAIN, id_prefix="c")
    assert confirm.message_id(a_person(5)) != ALERT.message_id(a_person(5))
    assert confirm.reference(a_person(5)).startswith("c5-")
    assert ALERT.reference(a_person(5)).startswith("d5-")


def test_the_same_person_gets_the_same_message_at_each_try() -> None:
    def without_date(raw: bytes) -> bytes:
        return re.sub(rb"Date: [^\r]*", b"", raw)

    assert without_date(ALERT.fill(a_person(3))) == without_date(an_alert().fill(a_person(3)))


def test_an_address_beyond_ascii_stands_as_it_is_and_its_domain_as_machines_write_it() -> None:
    raw = ALERT.fill(a_person(email="büro@bücher.example", name=None))
    assert "To: <büro@xn--bcher-kva.example>\r\n".encode() in raw


@pytest.mark.parametrize("name", ["A\nBcc: x@mail.example", "A\rB", "A\x00B"])
def test_a_line_break_in_a_name_is_refused_and_not_cleaned(name: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        ALERT.fill(a_person(name=name))


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: x@mail.example",
        "a b@mail.example",
        "a@b@mail.example",
        "<a@mail.example>",
        "a@",
        "@b.example",
        "",
        "a@b\x00",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        ALERT.fill(Recipient(1, address, None, a_person().slots))


@pytest.mark.parametrize(
    "person",
    [
        a_person(leave_url="https://x.example/\r\nBcc: y@mail.example"),
        a_person(leave_mailto="mailto:x@mail.example\nBcc: y@mail.example"),
    ],
)
def test_a_line_break_in_a_link_of_a_header_is_refused(person: Recipient) -> None:
    with pytest.raises(ValueError, match="line break"):
        ALERT.fill(person)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Two\nlines"},
        {"subject": f"Dear {slot('greeting')}"},
        {"list_id": "a\r\nb"},
        {"feedback_id": "a\nb"},
        {"reply_to": "a\nb@mail.example"},
        {"sender": Sender("We\r\nDefend", "a@mail.example")},
        {"sender": Sender("We Defend", "büro@mail.example")},
        {"html": "x" * (LARGEST + 1)},
        {"html": "ж" * (LARGEST // 2 + 1)},
    ],
)
def test_words_that_cannot_be_sent_are_refused_before_anyone_gets_them(changes: dict[str, object]) -> None:
    with pytest.raises(BadContent):
        an_alert(**changes)


def test_a_long_story_in_cyrillic_counts_as_its_readers_count_it() -> None:
    an_alert(html="<p>" + "ж" * 45_000 + "</p>")


def test_a_long_plain_subject_is_folded_and_read_back() -> None:
    subject = "Stand with the lawyer who speaks for the families " * 5
    raw = an_alert(subject=subject.strip()).fill(a_person())
    assert read(raw)["Subject"] == subject.strip()
    folded = unstructured("Subject", subject.strip())
    assert max(map(len, f"Subject: {folded}".split("\r\n"))) <= 76
    assert "=?" not in folded


def test_html_is_escaped_where_values_stand_in_it() -> None:
    raw = ALERT.fill(a_person(greeting="<script>alert(1)</script>"))
    assert "<script>" not in part(read(raw), "html")
    assert "<script>" in part(read(raw), "plain")


def test_a_missing_value_is_a_fault_of_ours_and_not_an_empty_link() -> None:
    person = a_person()
    values = {name: value for name, value in person.slots.items() if name != "act_url"}
    with pytest.raises(KeyError):
        ALERT.fill(Recipient(1, person.email, None, values))


def test_filling_changes_nothing_in_what_was_compiled() -> None:
    compiled = an_alert()
    first = compiled.fill(a_person(1, greeting="One"))
    compiled.fill(a_person(2, greeting="Two"))
    assert b"Two" not in first
    assert b"One" in first
    assert compiled.content.html == HTML
