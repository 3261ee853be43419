"""Mails and people for tests of delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.delivery.content import Compiled, Content, Recipient, Sender, compile_content, slot

DOMAIN = "we-defend.example"
TEXT = (
    f"{slot('greeting')}\n\nShe was threatened.\n.\n\nSign here: {slot('act_url')} now\n\nLeave:\n{slot('leave_url')}\n"
)
HTML = (
    f'<html lang="en" dir="ltr"><body><p>{slot("greeting")}</p><p>She was threatened.</p>'
    f'<a href="{slot("act_url")}">{slot("act_url")}</a><a href="{slot("leave_url")}">Leave</a></body></html>'
)


def a_content(**changes: Any) -> Content:
    """The words of an alert, but for the changes."""
    usual = {
        "language": "en",
        "direction": "ltr",
        "subject": "Defend journalist Elena Milashina!",
        "text": TEXT,
        "html": HTML,
        "sender": Sender("We Defend", f"alerts@{DOMAIN}"),
        "reply_to": None,
        "list_id": f"alerts.{DOMAIN}",
        "feedback_id": "ua-1-26:en:alert:we-defend",
        "receipt": False,
    }
    return Content(**{**usual, **changes})


def an_alert(**changes: Any) -> Compiled:
    """A compiled alert."""
    return compile_content(a_content(**changes), domain=DOMAIN)


def a_person(number: int = 1, *, email: str | None = None, name: str | None = "Amina Smith", **slots: str) -> Recipient:
    """Somebody to mail; `slots` are values that differ from the usual ones."""
    values: Mapping[str, str] = {
        "greeting": f"Dear {name},",
        "act_url": f"https://{DOMAIN}/a/{number:043d}",
        "leave_url": f"https://{DOMAIN}/u/{number:065d}",
        "leave_mailto": f"mailto:leave@{DOMAIN}?subject={number:065d}",
        **slots,
    }
    return Recipient(number, email or f"person{number}@mail.example", name, values)
