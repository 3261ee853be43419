"""Whether one finished mail is as bulk receivers demand; each rule names where it comes from.

Gmail's and Yahoo's demands: support.google.com/a/answer/81126, senders.yahooinc.com/best-practices.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from alerts.delivery.content import LARGEST
from alerts.delivery.letter import Letter, read_letter

LONGEST_LINE = 998
"""Bytes of a line without its end (RFC 5322 §2.1.1)."""
LONGEST_QUOTED = 76
"""Characters of a quoted-printable line (RFC 2045 §6.7)."""
ALIKE = 0.6
"""Share of words that both parts must have in common: a text that differs from the HTML is a mark of spam. The rest is
what only one part needs, such as a button's label."""
_REQUIRED = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
)
_MAY_REPEAT = {"dkim-signature", "received", "authentication-results"}
_MESSAGE_ID = re.compile(r"<[^\s<>@]+@([^\s<>@]+)>").fullmatch
_LIST_ID = re.compile(r"<([^\s<>@]+)>").fullmatch
_LEAVE = re.compile(r"<([^<>\s]+)>,\s*<([^<>\s]+)>").fullmatch
_FEEDBACK_ID = re.compile(r"(?:[^\s:]+:){1,3}[^\s:]{5,15}").fullmatch

Rule = Callable[["Letter", "Expected"], Iterator[str]]


class Expected:
    """What is known of a mail beside its bytes; see `faults_of`."""

    def __init__(self, domain: str, base_url: str, receipt: bool, withheld: Collection[str]) -> None:
        self.domain, self.base_url = domain.lower(), base_url
        self.receipt, self.withheld = receipt, tuple(withheld)

    def is_ours(self, link: str) -> bool:
        """Whether a link leads to us, by https: to the sender's domain or below it, or to the site's own address."""
        if self.base_url and (link == self.base_url or link.startswith(f"{self.base_url}/")):
            return True
        parts = urlsplit(link)
        return parts.scheme == "https" and _at_or_below(parts.hostname or "", self.domain)


def faults_of(
    message: bytes, *, domain: str, base_url: str = "", receipt: bool = False, withheld: Collection[str] = ()
) -> list[str]:
    """Everything in a mail that large receivers would hold against it, in words; nothing where it is as they demand.

    `domain` is the sender's, in A-labels. Links may also lead to `base_url`. `receipt` marks an answer to something a
    person did. `withheld` are names that must stand nowhere.
    """
    letter = read_letter(message)
    expected = Expected(domain, base_url, receipt, withheld)
    return [fault for rule in RULES for fault in rule(letter, expected)]


def aligned(one: str, other: str) -> bool:
    """Whether DMARC takes two domains for the same sender's (relaxed alignment, RFC 7489 §3.1).

    DMARC asks for the same organisational domain, by a list of public suffixes. We have none, and ask that one is the
    other or below it: two sisters below one parent are refused here though DMARC would take them.
    """
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    return _at_or_below(one, other) or _at_or_below(other, one)


def _at_or_below(host: str, domain: str) -> bool:
    return bool(host) and (host == domain or host.endswith(f".{domain}"))


def _bytes(letter: Letter, _: Expected) -> Iterator[str]:
    """What travels: RFC 5321 §2.3.8 (only CRLF ends a line), RFC 5322 §2.1.1, RFC 6531 (UTF-8 only in an address)."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", letter.raw):
        yield "A CR or LF stands alone, or there is a NUL: servers disagree on where a line ends."
    head, __, body = letter.raw.partition(b"\r\n\r\n")
    if max(map(len, head.split(b"\r\n"))) > LONGEST_LINE:
        yield f"A header's line is longer than {LONGEST_LINE} bytes."
    if max(map(len, body.split(b"\r\n"))) > LONGEST_QUOTED:
        yield f"A line of the body is longer than {LONGEST_QUOTED} characters, the most of quoted-printable."
    unfolded = re.sub(rb"\r\n[ \t]", b" ", head).split(b"\r\n")
    utf8_address = re.compile(rb"(?i)to:[\x00-\x7f]*<[^<>]+@[\x00-\x7f]+>").fullmatch
    if not body.isascii() or not all(line.isascii() or utf8_address(line) for line in unfolded):
        yield "There are bytes beyond ASCII where only an address that needs them (SMTPUTF8) may have some."
    if len(letter.html.encode()) > LARGEST:
        yield f"The HTML is larger than {LARGEST:,} bytes: readers cut it off, and the way to leave with it."


def _headers(letter: Letter, expected: Expected) -> Iterator[str]:
    """Each once (RFC 5322 §3.6), the demanded ones there, none that makes trouble."""
    counts = Counter(name.lower() for name in letter.message.keys())  # noqa: SIM118 - of a Message, not a dict
    for name in _REQUIRED:
        if not counts[name.lower()]:
            yield f"There is no {name}."
    for name, count in counts.items():
        if count > 1 and name not in _MAY_REPEAT:
            yield f"{name} stands {count} times."
    if counts["precedence"]:
        yield "There is a Precedence, which no standard knows and some servers file away by."
    # RFC 3834 §5: a mail that nobody's act answered is bulk, not an automatic answer.
    said = letter.header("Auto-Submitted")
    if said != ("auto-generated" if expected.receipt else ""):
        yield f"Auto-Submitted is “{said}”: it belongs on receipts, as auto-generated, and nowhere else."


def _sender(letter: Letter, expected: Expected) -> Iterator[str]:
    """Who it is from: one From at the domain that signs (DMARC), Message-ID and Date of ours (RFC 5322 §3.6)."""
    address = parseaddr(letter.header("From"))[1]
    if letter.header("From").count("@") != 1 or address.rpartition("@")[2].lower() != expected.domain:
        yield f"From is not one address at {expected.domain}."
    found = _MESSAGE_ID(letter.header("Message-ID"))
    if not found or not _at_or_below(found[1].lower(), expected.domain):
        yield f"Message-ID is none, or not at {expected.domain}."
    try:
        zone = parsedate_to_datetime(letter.header("Date")).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        yield "Date is none that can be read, with its zone."


def _signatures(letter: Letter, _: Expected) -> Iterator[str]:
    """Each signature aligned with From, and both headers to leave by signed (RFC 8058 §4)."""
    sender = parseaddr(letter.header("From"))[1].rpartition("@")[2]
    for value in letter.message.get_all("DKIM-Signature", []):
        tags = dict(tag.partition("=")[::2] for tag in re.sub(r"\s+", "", str(value)).split(";"))
        if not aligned(tags.get("d", ""), sender):
            yield f"A DKIM signature is of {tags.get('d') or 'nobody'}, which is not aligned with From."
        if "l" in tags:
            yield "A DKIM signature has l=: anybody may append to the mail."
        if not {"list-unsubscribe", "list-unsubscribe-post"} <= set(tags.get("h", "").lower().split(":")):
            yield "A DKIM signature leaves out List-Unsubscribe or List-Unsubscribe-Post."


def _leaving(letter: Letter, expected: Expected) -> Iterator[str]:
    """RFC 8058 §3.1 and RFC 2369 §3.2: an https address first, a mailbox second, and the one value of -Post."""
    found = _LEAVE(letter.header("List-Unsubscribe"))
    if not found or not found[2].startswith("mailto:"):
        yield "List-Unsubscribe is not <https://…>, <mailto:…>."
    elif not expected.is_ours(found[1]):
        yield "The first address of List-Unsubscribe is not https on our own host."
    if letter.header("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click."


def _list(letter: Letter, expected: Expected) -> Iterator[str]:
    """List-Id below our domain (RFC 2919 §3); Feedback-ID as support.google.com/a/answer/6254652 wants it."""
    found = _LIST_ID(letter.header("List-Id"))
    if not found or not found[1].lower().endswith(f".{expected.domain}"):
        yield f"List-Id is not <name.{expected.domain}>."
    feedback = letter.header("Feedback-ID")
    if (feedback or not expected.receipt) and not _FEEDBACK_ID(feedback):
        yield f"Feedback-ID is “{feedback}”: two to four fields apart by colons, the last one 5 to 15 characters."


def _parts(letter: Letter, _: Expected) -> Iterator[str]:
    """Both parts, text first (RFC 2046 §5.1.4), neither in base64."""
    kinds = [part.get_content_type() for part in letter.parts]
    if letter.message.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        yield "It is not multipart/alternative of a text and then its HTML."
    parts: list[Message] = [letter.message, *letter.parts]
    if any(part.defects for part in parts):
        yield "Its parts cannot be told apart without guessing."
    for part in letter.parts:
        if str(part.get("Content-Transfer-Encoding")).lower() != "quoted-printable":
            yield f"The {part.get_content_type()} is not quoted-printable."
        if str(part.get_content_charset()).lower() != "utf-8":
            yield f"The {part.get_content_type()} does not say that it is UTF-8."


def _alike(letter: Letter, _: Expected) -> Iterator[str]:
    """Text and HTML say the same, each link whole on one line of the text."""
    text, page = set(letter.text_links), {link for link in letter.page.links if not link.startswith("mailto:")}
    yield from (f"A link of the HTML does not stand whole in the text: {_shown(link)}" for link in sorted(page - text))
    yield from (f"A link of the text is not in the HTML: {_shown(link)}" for link in sorted(text - page))
    one, other = _words(letter.text), _words(letter.page.words)
    if not one or not other or len(one & other) < ALIKE * len(one | other):
        yield "Text and HTML do not say the same."


def _links(letter: Letter, expected: Expected) -> Iterator[str]:
    """Links lead to us, by https, and directly: no shortener, no redirect, none that counts clicks."""
    for link in sorted({link for link in (*letter.page.links, *letter.text_links) if not link.startswith("mailto:")}):
        if not expected.is_ours(link):
            yield f"A link does not lead to our own host by https: {_shown(link)}"
        elif "://" in unquote(link).partition("://")[2]:
            yield f"A link leads on to another address: {_shown(link)}"


def _reading(letter: Letter, _: Expected) -> Iterator[str]:
    """Nothing is fetched when it is opened; screen readers know language and direction."""
    if letter.page.broken:
        yield "The HTML cannot be read to its end."
    if letter.page.loads:
        yield f"The HTML loads something when it is read ({', '.join(sorted(set(letter.page.loads)))})."
    language = letter.header("Content-Language")
    for tag, said in (("html", letter.page.html), ("body", letter.page.body)):
        if said.get("dir") not in {"ltr", "rtl"} or not said.get("lang"):
            yield f"<{tag}> says no language or no direction."
        elif said["lang"] != language:
            yield f"<{tag}> says that it is in {said['lang']}, Content-Language says {language or 'nothing'}."


def _names(letter: Letter, expected: Expected) -> Iterator[str]:
    """A name that is withheld stands neither in the subject nor in either part."""
    places = {"subject": letter.subject, "text": letter.text, "HTML": letter.page.everything}
    for name in expected.withheld:
        for place, words in places.items():
            if name.casefold() in " ".join(words.split()).casefold():
                yield f"A name that is withheld stands in the {place}."


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{2,}", re.sub(r"https?://\S+", " ", text).casefold()))


def _shown(link: str) -> str:
    """A link for a report: without what makes it somebody's."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}/{parts.path.lstrip('/').partition('/')[0]}…"


RULES: tuple[Rule, ...] = (
    *(_bytes, _headers, _sender, _signatures, _leaving, _list),
    *(_parts, _alike, _links, _reading, _names),
)
