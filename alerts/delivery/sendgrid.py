"""SendGrid through its own package: one request for up to 1,000 people, each with values for the slots.

Values stand in for tags (`substitutions`), once escaped for HTML and once as they are for text; nothing of a person
but name, address and their links is sent, and only opaque ids are kept there (`custom_args`).
"""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Sequence
from html import escape
from http.client import HTTPException
from typing import Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from alerts.core.text import one_line
from alerts.delivery.answers import http_verdict
from alerts.delivery.content import Compiled, Recipient, replace_slots, slots_in
from alerts.delivery.headers import envelope, unsubscribe
from alerts.delivery.transport import NOT_TRIED, Answer, Outcome, Verdict

REQUEST_TIMEOUT = 60.0
MOST = 1000
"""Personalizations in one request (Mail Send reference)."""


class SendGridTransport:
    """Hands windows to SendGrid's Mail Send; an answer is about the whole window."""

    name = "sendgrid"
    resend_unknown = False
    window = MOST

    def __init__(self, *, key: str, host: str, timeout: float = REQUEST_TIMEOUT) -> None:
        self._api = SendGridAPIClient(api_key=key, host=host)
        self._api.client.timeout = timeout

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        """One request for all; one that is too large is halved."""
        good, answers = _without_unsendable(recipients)
        if not good:
            return Outcome(answers)
        answer, wait = self._post(request_body(compiled, good))
        if answer.code == "413" and len(good) > 1:
            middle = len(good) // 2
            halves = [self.hand_over(compiled, half) for half in (good[:middle], good[middle:])]
            return _merged(recipients, good, answers, [*halves[0].answers, *halves[1].answers], halves)
        return _merged(recipients, good, answers, [answer] * len(good), [Outcome([], wait)])

    def check(self) -> Answer:
        """Whether the key may send (`GET /v3/scopes`)."""
        try:
            response = self._api.client.scopes.get()
        except Exception as error:  # noqa: BLE001 - every failure has an answer in the table
            return _failure(error)[0]
        scopes = response.to_dict.get("scopes", [])
        if "mail.send" not in scopes:
            return Answer(Verdict.OUR_FAULT, "403", "The key may not send mail: give it the scope mail.send.")
        return Answer(Verdict.ACCEPTED, str(response.status_code))

    def close(self) -> None:
        """The package opens a connection per request: there is nothing to let go."""

    def _post(self, body: dict[str, Any]) -> tuple[Answer, float | None]:
        try:
            response = self._api.client.mail.send.post(request_body=body)
        except Exception as error:  # noqa: BLE001 - every failure has an answer in the table
            return _failure(error)
        verdict = http_verdict(response.status_code)
        return Answer(verdict, str(response.status_code), "", response.headers.get("X-Message-Id")), None


def request_body(compiled: Compiled, recipients: Sequence[Recipient]) -> dict[str, Any]:
    """The JSON of one Mail Send request: the words once, a personalization for each recipient."""
    content = compiled.content
    names = sorted(slots_in(content.text) | slots_in(content.html))
    body: dict[str, Any] = {
        "personalizations": [_personalization(recipient, names) for recipient in recipients],
        "from": {"email": content.sender.email, "name": content.sender.name},
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


def _personalization(recipient: Recipient, names: Sequence[str]) -> dict[str, Any]:
    to = {"email": envelope(recipient.email)}
    if recipient.name:
        to["name"] = recipient.name
    substitutions = {}
    for name in names:
        value = recipient.slots[name]
        substitutions[_text_tag(name)] = value
        substitutions[_html_tag(name)] = escape(value, quote=True)
    return {
        "to": [to],
        "substitutions": substitutions,
        "headers": {"List-Unsubscribe": unsubscribe(recipient).replace("\r\n", "")},
        "custom_args": {"delivery": str(recipient.delivery_id)},
    }


def _headers(compiled: Compiled) -> dict[str, str]:
    content = compiled.content
    headers = {
        "List-Id": f"<{content.list_id}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Content-Language": content.language,
    }
    if content.feedback_id:
        headers["Feedback-ID"] = content.feedback_id
    if content.receipt:
        headers["Auto-Submitted"] = "auto-generated"
    return headers


def _text_tag(name: str) -> str:
    return f"-text-{name.replace('_', '-')}-"


def _html_tag(name: str) -> str:
    return f"-html-{name.replace('_', '-')}-"


def _without_unsendable(recipients: Sequence[Recipient]) -> tuple[list[Recipient], list[Answer]]:
    """Those who can be sent to, and an answer for each recipient that stands unless the provider gives one."""
    good, answers = [], []
    for recipient in recipients:
        try:
            one_line(recipient.email)
            one_line(recipient.name or "")
        except ValueError as error:
            answers.append(Answer(Verdict.REFUSED, "data", str(error)))
        else:
            good.append(recipient)
            answers.append(NOT_TRIED)
    return good, answers


def _merged(
    recipients: Sequence[Recipient],
    good: Sequence[Recipient],
    answers: Sequence[Answer],
    given: Sequence[Answer],
    outcomes: Sequence[Outcome],
) -> Outcome:
    by_delivery = {recipient.delivery_id: answer for recipient, answer in zip(good, given, strict=True)}
    waits = [outcome.slow_down for outcome in outcomes if outcome.slow_down is not None]
    return Outcome(
        [by_delivery.get(recipient.delivery_id, own) for recipient, own in zip(recipients, answers, strict=True)],
        max(waits, default=None),
    )


def _failure(error: Exception) -> tuple[Answer, float | None]:
    match error:
        case HTTPError():
            wait = _wait(error) if error.status_code == 429 else None
            return Answer(http_verdict(error.status_code), str(error.status_code), _words(error)), wait
        case urllib.error.URLError():
            # Raised while connecting or sending: the request never was whole, so nothing was queued.
            return Answer(Verdict.PROVIDER_DOWN, "", f"SendGrid cannot be reached: {error.reason}"), None
        case OSError() | HTTPException():
            # The request was sent whole and no answer came: it may have been queued, and there is no way to ask.
            return Answer(Verdict.UNKNOWN, "", f"No answer from SendGrid: {type(error).__name__}."), None
    raise error


def _words(error: HTTPError) -> str:
    """SendGrid's own words: `errors[].message` and the field they are about."""
    try:
        faults = error.to_dict.get("errors", [])
    except (ValueError, AttributeError):
        return str(error.reason)
    return "; ".join(f"{fault.get('message', '')} ({fault.get('field') or 'request'})" for fault in faults)[:500]


def _wait(error: HTTPError) -> float | None:
    """Seconds to wait: `Retry-After`, or `X-RateLimit-Reset` (Unix seconds)."""


    for name in ("Retry-After", "X-RateLimit-Reset"):
        value = str(error.headers.get(name, ""))
        if value.isdigit():
            seconds = float(value)
            return max(1.0, seconds - time.time()) if seconds > 1_000_000_000 else max(1.0, seconds)
    return None
