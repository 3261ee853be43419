"""A Mail Send request: what all share written once, each person's part joined from values encoded one by one.

Each slot of the words becomes a tag that the provider replaces (`substitutions`): a link has one tag, since it reads
the same in text and HTML; other values have two, one as it is and one escaped. Nothing of a person but name, address
and their links goes out, and only opaque ids are kept there (`custom_args`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from alerts.delivery.content import Compiled, Recipient, replace_slots, slots_in
from alerts.delivery.headers import envelope, unsubscribe

LARGEST_VALUES = 10_000
"""Bytes of one person's substitutions (Mail Send reference)."""
ABOUT = {"d": "delivery", "c": "participation", "a": "appeal", "m": "page_request", "s": "sign_up"}
"""What the ids of each kind of mail are called in `custom_args`, by which an event says what it is about."""
_NEEDS_ESCAPING = re.compile("[&<>\"']").search
_ONE_CLICK = '"List-Unsubscribe-Post":"List-Unsubscribe=One-Click"'


def shared_body(compiled: Compiled) -> dict[str, Any]:
    """What is the same for everyone in a Mail Send request: the words, with tags where the slots are."""
    content = compiled.content
    body: dict[str, Any] = {
        "from": {"email": envelope(content.sender.email), "name": content.sender.name},
        "subject": content.subject,
        "content": [
            {"type": "text/plain", "value": replace_slots(content.text, _text_tag)},
            {"type": "text/html", "value": replace_slots(content.html, _html_tag)},
        ],
        "headers": _headers(compiled),
        "categories": ["receipt" if content.receipt else "alert", f"language-{content.language}"],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }
    if content.reply_to:
        body["reply_to"] = {"email": content.reply_to}
    return body


class Body(bytes):
    """A request that is encoded already and that no log shows: the package formats what it posts, to log it."""

    def encode(self, _charset: str) -> Body:
        """Itself: the package asks each body that is no JSON of its own for its bytes."""
        return self

    def __format__(self, _how: str) -> str:
        return f"{len(self):,} bytes"


def request_body(shared: str, personal: Iterable[str]) -> Body:
    """The whole request as ASCII JSON: `shared` is the JSON of `shared_body`, `personal` are personalizations."""
    return Body(f'{shared[:-1]},"personalizations":[{",".join(personal)}]}}'.encode("ascii"))


def shared_json(compiled: Compiled) -> str:
    """`shared_body` as JSON."""
    return json.dumps(shared_body(compiled), separators=(",", ":"))


def personalizations(compiled: Compiled) -> Callable[[Recipient], str]:
    """What makes one person's part of a request, as JSON. It raises ValueError for who cannot be sent to."""
    names = sorted(slots_in(compiled.content.text) | slots_in(compiled.content.html))
    links = [(name, f'"{_text_tag(name)}":') for name in names if _is_link(name)]
    words = [(name, f'"{_text_tag(name)}":', f'"{_html_tag(name)}":') for name in names if not _is_link(name)]
    kind = ABOUT.get(compiled.id_prefix, "other")

    def personalization(recipient: Recipient) -> str:
        slots = recipient.slots
        values = [tag + quoted(_plain(slots[name])) for name, tag in links]
        for name, text_tag, html_tag in words:
            value = slots[name]
            values += (text_tag + quoted(value), html_tag + quoted(escape(value)))
        substitutions = ",".join(values)
        if len(substitutions) > LARGEST_VALUES:  # JSON has no fewer bytes than the values themselves
            _check_size(slots, names)
        name = f',"name":{quoted(recipient.name)}' if recipient.name else ""
        return (
            f'{{"to":[{{"email":{quoted(envelope(recipient.email))}{name}}}],"substitutions":{{{substitutions}}},'
            f'"headers":{{"List-Unsubscribe":{quoted(unsubscribe(recipient, fold=" "))},{_ONE_CLICK}}},'
            f'"custom_args":{{"{kind}":"{recipient.delivery_id}"}}}}'
        )

    return personalization


def _is_link(name: str) -> bool:
    return name.endswith("_url")


def _plain(link: str) -> str:
    if _NEEDS_ESCAPING(link):
        raise ValueError("A link that HTML would read otherwise than text cannot be sent.")
    return link


def _check_size(slots: Any, names: Sequence[str]) -> None:
    size = 0
    for name in names:
        value = slots[name]
        size += len(value.encode()) + (0 if _is_link(name) else len(escape(value).encode()))
    if size > LARGEST_VALUES:
        raise ValueError(f"The values for this person have {size:,} bytes; SendGrid takes {LARGEST_VALUES:,}.")


def _headers(compiled: Compiled) -> dict[str, str]:
    content = compiled.content
    headers = {"List-Id": f"<{content.list_id}>", "Content-Language": content.language}
    if content.feedback_id:
        headers["Feedback-ID"] = content.feedback_id
    if content.receipt:
        headers["Auto-Submitted"] = "auto-generated"
    return headers


def _text_tag(name: str) -> str:
    return f"-{name}-" if _is_link(name) else f"-text-{name}-"


def _html_tag(name: str) -> str:
    return f"-{name}-" if _is_link(name) else f"-html-{name}-"
