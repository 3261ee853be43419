"""What large receivers demand of a mail: a good one has no fault, and each rule finds what it is there for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.content import Content
from alerts.delivery.dkim import Signer
from alerts.delivery.dkim_keys import new_keys, read_keys
from alerts.delivery.format import RULES, aligned, faults_of
from tests.delivery.letters import DOMAIN, a_content, a_person, an_alert
from tests.guards.test_mails import rendered

KEYS = read_keys(new_keys("202611"))[0]
MAIL = rendered("alert", "en")
WORDS = {"text": MAIL.text, "html": MAIL.html}
Change = Callable[[bytes], bytes]


def a_mail(**changes: str) -> bytes:
    """A signed alert with the product's words, but for the changes."""
    compiled = an_alert(**(WORDS | changes))
    return Signer(DOMAIN, KEYS).sign(compiled.fill(a_person(name="Ana Núñez")), shared=compiled.shared_headers)


GOOD = a_mail()


def swap(old: str, new: str) -> Change:
    """A header's beginning or any other bytes, changed wherever they stand."""

    def change(message: bytes) -> bytes:
        assert old.encode() in message, old
        return message.replace(old.encode(), new.encode())

    return change


def put(line: str) -> Change:
    """One more header."""
    return lambda message: line.encode() + b"\r\n" + message


def drop(name: str) -> Change:
    """A header gone, with the lines it goes on in."""
    return lambda message: re.sub(rb"(?m)^%s:.*\r\n(?:[ \t].*\r\n)*" % name.encode(), b"", message, count=1)


def test_a_mail_of_ours_has_no_fault() -> None:
    assert faults_of(GOOD, domain=DOMAIN) == []


def test_a_receipt_has_no_fault_as_a_receipt_and_an_alert_has_one() -> None:
    receipt = an_alert(**WORDS, receipt=True, feedback_id=None).fill(a_person())
    assert faults_of(receipt, domain=DOMAIN, receipt=True) == []
    assert any("Auto-Submitted is “auto-generated”" in fault for fault in faults_of(receipt, domain=DOMAIN))
    assert any("Auto-Submitted is “”" in fault for fault in faults_of(GOOD, domain=DOMAIN, receipt=True))


BAD_BYTES: list[tuple[Change, str]] = [
    (lambda m: m + b"x\ny\r\n", "stands alone"),
    (lambda m: m + b"x\ry\r\n", "stands alone"),
    (lambda m: m + b"\x00\r\n", "NUL"),
    (put("X-Long: " + "x" * 991), "longer than 998"),
    (lambda m: m + b"x" * 77 + b"\r\n", "longer than 76"),
    (lambda m: m + "é\r\n".encode(), "beyond ASCII"),
    (put("X-Name: é"), "beyond ASCII"),
    (swap("To: =?utf-8?b?QW5hIE7DusOxZXo=?=", "To: Ana Núñez"), "beyond ASCII"),
]
BAD_HEADERS: list[tuple[Change, str]] = [
    *((drop(name), f"There is no {name}.") for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Id")),
    *((drop(name), f"There is no {name}.") for name in ("MIME-Version", "List-Unsubscribe", "List-Unsubscribe-Post")),
    (drop("Content-Type"), "There is no Content-Type."),
    (put("Subject: another"), "subject stands 2 times"),
    (put("reply-to: a@b.example\r\nReply-To: a@b.example"), "reply-to stands 2 times"),
    (put("Precedence: bulk"), "Precedence"),
    (put("Auto-Submitted: auto-generated"), "belongs on receipts"),
    (swap(f"<alerts@{DOMAIN}>", "<alerts@other.example>"), "From is not one address"),
    (swap(f"<alerts@{DOMAIN}>", f"<alerts@{DOMAIN}>, b@{DOMAIN}"), "From is not one address"),
    (swap(f"Message-ID: <d1@{DOMAIN}>", "Message-ID: <d1@other.example>"), "Message-ID"),
    (swap(f"Message-ID: <d1@{DOMAIN}>", "Message-ID: d1"), "Message-ID"),
    (swap("\r\nDate: ", "\r\nDate: on "), "Date is none"),
    (lambda m: re.sub(rb"(Date: .*) \+0000", rb"\1 -0000", m), "Date is none"),
    (swap(f"; d={DOMAIN};", "; d=relay.example;"), "not aligned with From"),
    (swap("; c=relaxed/relaxed;", "; c=relaxed/relaxed; l=10;"), "anybody may append"),
    (lambda m: re.sub(rb"list-unsubscribe-post:", b"", m), "leaves out List-Unsubscribe"),
    (swap("List-Unsubscribe: <https:", "List-Unsubscribe: <http:"), "List-Unsubscribe is not https on our own"),
    (swap(f"List-Unsubscribe: <https://{DOMAIN}", "List-Unsubscribe: <https://o.example"), "not https on our own"),
    (swap("<mailto:", "<https:"), "is not <https://…>, <mailto:…>"),
    (swap("=One-Click", "=1"), "is not List-Unsubscribe=One-Click"),
    (swap(f"<alerts.{DOMAIN}>", "<alerts.other.example>"), "List-Id"),
    (swap("List-Id: <", "List-Id: "), "List-Id"),
    (swap("Feedback-ID: ", "Feedback-ID: a:"), "Feedback-ID is “a:ua"),
    (swap("alert:we-defend", "alert:we"), "Feedback-ID"),
    (swap("alert:we-defend", "alert:"), "Feedback-ID"),
    (drop("Feedback-ID"), "Feedback-ID is “”"),
]
BAD_PARTS: list[tuple[Change, str]] = [
    (swap("multipart/alternative", "multipart/mixed"), "not multipart/alternative"),
    (
        lambda m: m.replace(b"text/plain", b"text/x").replace(b"text/html", b"text/plain").replace(b"/x;", b"/html;"),
        "not multipart/alternative",
    ),
    (swap("Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: 7bit"), "not quoted-printable"),
    (swap("charset=utf-8", "charset=latin-1"), "does not say that it is UTF-8"),
    (lambda m: m[: m.rindex(b"\r\n--=_")] + b"\r\n", "without guessing"),
]


@pytest.mark.parametrize(("change", "told"), [*BAD_BYTES, *BAD_HEADERS, *BAD_PARTS])
def test_a_mail_that_was_made_otherwise_is_found_at_fault(change: Change, told: str) -> None:
    bad = change(GOOD)
    assert bad != GOOD
    assert any(told in fault for fault in faults_of(bad, domain=DOMAIN)), faults_of(bad, domain=DOMAIN)


ELSEWHERE = '<a href="https://short.example/x">here</a>'
REDIRECT = f"https://{DOMAIN}/go?to=https%3A%2F%2Fshort.example"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"html": MAIL.html.replace("</body>", f"{ELSEWHERE}</body>")}, "own host by https: https://short.example/"),
        ({"text": f"{MAIL.text}http://{DOMAIN}/\n"}, f"own host by https: http://{DOMAIN}/"),
        ({"text": f"{MAIL.text}https://{DOMAIN}.evil.example/\n"}, "does not lead to our own host"),
        ({"text": f"{MAIL.text}{REDIRECT}\n"}, "leads on to another address"),
        ({"html": MAIL.html.replace("</body>", f"{ELSEWHERE}</body>")}, "does not stand whole in the text"),
        ({"text": MAIL.text.replace("https://we-defend.example/en/ua", "https://we-defend.example/en/\nua")}, "whole"),
        ({"text": f"{MAIL.text}https://{DOMAIN}/more\n"}, "A link of the text is not in the HTML"),
        ({"text": f"Quite other words. {DOMAIN}"}, "do not say the same"),
        ({"text": ""}, "do not say the same"),
        ({"html": MAIL.html.replace("</body>", '<img src="https://we-defend.example/1.gif"></body>')}, "(img)"),
        ({"html": MAIL.html.replace("</body>", '<p style="background:url(x)"></p></body>')}, "(background)"),
        ({"html": MAIL.html.replace("</head>", "<style>@import 'x'</style></head>")}, "(style)"),
        ({"html": MAIL.html.replace("</body>", "<![broken[ </body>")}, "cannot be read to its end"),
        ({"html": MAIL.html.replace('dir="ltr"', "")}, "<html> says no language"),
        ({"html": re.sub(r"(<body[^>]*) lang=\"en\"", r"\1", MAIL.html)}, "<body> says no language"),
        ({"html": MAIL.html.replace('lang="en"', 'lang="fr"')}, "is in fr, Content-Language says en"),
        ({"html": "x" * 99_000 + MAIL.html[-900:]}, "do not say the same"),
    ],
)
def test_a_mail_with_other_words_is_found_at_fault(changes: dict[str, str], told: str) -> None:
    bad = a_mail(**changes)
    assert any(told in fault for fault in faults_of(bad, domain=DOMAIN)), faults_of(bad, domain=DOMAIN)


def test_a_mail_that_readers_would_cut_off_is_found_at_fault() -> None:
    # Our own compiler refuses such words, so the mail is made by hand.
    large = GOOD.replace(b"</body>", b"=\r\n".join([b"word " * 14] * 1500) + b"</body>")
    assert any("larger than 100,000 bytes" in fault for fault in faults_of(large, domain=DOMAIN))


@pytest.mark.parametrize("place", ["subject", "text", "html"])
def test_a_withheld_name_is_found_wherever_it_stands(place: str) -> None:
    content: Content = a_content(**WORDS)
    words = getattr(content, place)
    named = words.replace("</p>", " AMAL\n Sabri</p>", 1) if place == "html" else f"{words} Amal Sabri"
    shown = "HTML" if place == "html" else place
    clean = a_mail()
    assert faults_of(clean, domain=DOMAIN, withheld=["Nobody At All"]) == []
    faults = faults_of(a_mail(**{place: named}), domain=DOMAIN, withheld=["Amal Sabri"])
    assert f"A name that is withheld stands in the {shown}." in faults


def test_a_name_in_an_attribute_or_a_comment_is_found_too() -> None:
    for hidden in ('<p title="Amal Sabri">x</p>', "<!-- Amal Sabri -->"):
        faults = faults_of(
            a_mail(html=MAIL.html.replace("</body>", f"{hidden}</body>")), domain=DOMAIN, withheld=["Amal Sabri"]
        )
        assert faults == ["A name that is withheld stands in the HTML."]


def test_links_may_lead_to_the_site_wherever_it_stands() -> None:
    local = GOOD.replace(f"https://{DOMAIN}/".encode(), b"http://localhost:8000/")
    assert faults_of(local, domain=DOMAIN)
    assert faults_of(local, domain=DOMAIN, base_url="http://localhost:8000") == []
    assert faults_of(local, domain=DOMAIN, base_url="http://localhost:80")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("office.example", "office.example", True),
        ("Bounces.Office.example", "office.example.", True),
        ("office.example", "mail.office.example", True),
        ("office.example", "backoffice.example", False),
        ("a.office.example", "b.office.example", False),
        ("", "office.example", False),
    ],
)
def test_domains_are_aligned_where_one_is_the_other_or_below_it(one: str, other: str, same: bool) -> None:
    assert aligned(one, other) is same


def test_an_address_beyond_ascii_is_no_fault() -> None:
    raw = an_alert(**WORDS).fill(a_person(email="büro@bücher.example", name=None))
    assert faults_of(raw, domain=DOMAIN) == []


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=40).map(lambda junk: GOOD[:900] + junk + GOOD[900:])))
def test_any_bytes_are_judged_and_none_is_an_error(message: bytes) -> None:
    assert isinstance(faults_of(message, domain=DOMAIN), list)


def test_no_fault_shows_a_personal_link() -> None:
    token = a_person().slots["act_url"].rpartition("/")[2]
    faults = faults_of(a_mail(text="Other words."), domain="other.example")
    assert any("/a/…" in fault or "/a…" in fault for fault in faults)
    assert not any(token in fault for fault in faults)


def test_no_rule_stands_twice() -> None:
    assert len(set(RULES)) == len(RULES)
