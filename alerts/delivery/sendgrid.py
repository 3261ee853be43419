"""SendGrid through its own package: one request for up to 1,000 people, each with values for the slots."""

from __future__ import annotations

import logging
import re
import time
import urllib.error
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from alerts.delivery.answers import NO_ANSWER, Lost, http_verdict
from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.sendgrid_request import Body, personalizations, request_body, shared_json
from alerts.delivery.transport import NOT_TRIED, Answer, Outcome, Verdict

MOST = 1000
"""Personalizations in one request (Mail Send reference)."""
LARGEST = 19_000_000
"""Bytes of one request: documents say 20 to 30 MB."""
A_MOMENT = 1_000_000_000
"""From here on a number is a moment (Unix seconds), below it a wait."""
_ABOUT_ONE = re.compile(r"personalizations[.\[](\d+)\]?\.to\b")

# At DEBUG the package logs whole requests: every address, every link, and the key.
logging.getLogger("python_http_client").setLevel(logging.INFO)

JSON = {"Content-Type": "application/json; charset=utf-8"}
"""The package encodes a body itself unless the type differs from its own; ours is encoded, part by part, already."""


@dataclass(frozen=True)
class _Result:
    """What one request came to: for all in it, and the places of those whose address alone is at fault."""

    answer: Answer
    wait: float | None = None
    at_fault: frozenset[int] = frozenset()


class SendGridTransport:
    """Hands windows to SendGrid's Mail Send; an answer is about the whole window.

    `timeout` is how many seconds SendGrid may stay silent: fewer than the window is leased for.
    """

    name = "sendgrid"
    resend_unknown = False
    window = MOST

    def __init__(self, *, key: str, host: str, timeout: float) -> None:
        self.key = key_of(host)
        self._api = SendGridAPIClient(api_key=key, host=host)
        self._api.client.timeout = timeout

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        """One request for all; one that is too large is halved, one with a bad address is sent without it."""
        answers = [NOT_TRIED] * len(recipients)
        personalization = personalizations(compiled)
        items: dict[int, str] = {}
        for number, recipient in enumerate(recipients):
            try:
                items[number] = personalization(recipient)
            except ValueError as error:
                answers[number] = Answer(Verdict.REFUSED, "5.1.3", str(error))
        wait = self._send(shared_json(compiled), items, answers)
        return Outcome(answers, wait)

    def check(self) -> Answer:
        """Whether the key may send (`GET /v3/scopes`)."""
        try:
            response = self._api.client.scopes.get()
            scopes = response.to_dict.get("scopes") or ()
        except (HTTPError, OSError, HTTPException, ValueError, AttributeError) as error:
            return _failure(error).answer
        if "mail.send" not in scopes:
            return Answer(Verdict.OUR_FAULT, "403", "The key may not send mail: give it the scope mail.send.")
        return Answer(Verdict.ACCEPTED, str(response.status_code))

    def close(self) -> None:
        """The package opens a connection per request: there is nothing to let go."""

    def _send(self, shared: str, items: dict[int, str], answers: list[Answer]) -> float | None:
        """Send to `items`, write each one's answer, give the wait that was asked for."""
        if not items:
            return None
        size = len(shared) + sum(map(len, items.values())) + len(items)
        if len(items) > 1 and (len(items) > MOST or size > LARGEST):
            return self._send_halves(shared, items, answers)
        result = self._post(request_body(shared, items.values()))
        if result.answer.code == "413" and len(items) > 1:
            return self._send_halves(shared, items, answers)
        at_fault = [number for place, number in enumerate(items) if place in result.at_fault]
        for number in at_fault:
            answers[number] = replace(result.answer, verdict=Verdict.REFUSED)
            del items[number]
        if at_fault:
            return self._send(shared, items, answers)
        for number in items:
            answers[number] = result.answer
        return result.wait

    def _send_halves(self, shared: str, items: dict[int, str], answers: list[Answer]) -> float | None:
        """Send the first half; the second follows where nothing stands against it."""
        pairs = list(items.items())
        middle = len(pairs) // 2
        wait = self._send(shared, dict(pairs[:middle]), answers)
        if all(answers[number].verdict in (Verdict.ACCEPTED, Verdict.REFUSED) for number, _ in pairs[:middle]):
            wait = self._send(shared, dict(pairs[middle:]), answers)
        return wait

    def _post(self, body: Body) -> _Result:
        try:
            response = self._api.client.mail.send.post(request_body=body, request_headers=JSON)
        except (HTTPError, OSError, HTTPException) as error:
            return _failure(error)
        status = response.status_code
        verdict = http_verdict(status)
        words = "" if verdict is Verdict.ACCEPTED else "This is no answer of SendGrid's Mail Send."
        return _Result(Answer(verdict, str(status), words, response.headers.get("X-Message-Id")))


def key_of(host: str) -> str:
    """What `Transport.key` is for this host of SendGrid's."""
    return f"sendgrid:{host.partition('://')[2]}"


def _failure(error: Exception) -> _Result:
    match error:
        case HTTPError(status_code=status):
            answer = Answer(http_verdict(status), str(status), _words(error))
            return _Result(answer, _wait(error) if answer.verdict is Verdict.SLOW_DOWN else None, _at_fault(error))
        case urllib.error.URLError():
            # Raised while connecting or sending: the request never was whole.
            return _Result(Answer(NO_ANSWER[Lost.BEFORE], "", f"SendGrid cannot be reached: {error.reason}"))
        case _:
            return _Result(Answer(NO_ANSWER[Lost.AFTER], "", f"No answer from SendGrid: {type(error).__name__}."))


def _faults(error: HTTPError) -> list[dict[str, Any]]:
    """`errors` of SendGrid's answer: each with `message` and `field`; none where the answer is not theirs."""
    try:
        faults = error.to_dict["errors"]
        return [fault for fault in faults if isinstance(fault, dict)]
    except (ValueError, TypeError, KeyError):
        return []


def _words(error: HTTPError) -> str:
    """SendGrid's own words, and the field they are about."""
    faults = _faults(error)
    if not faults:
        return str(error.reason)
    return "; ".join(f"{fault.get('message', '')} ({fault.get('field') or 'request'})" for fault in faults)[:500]


def _at_fault(error: HTTPError) -> frozenset[int]:
    """The places of those whose address SendGrid does not take, where that is all that is wrong (a 400)."""
    if error.status_code != HTTPStatus.BAD_REQUEST:
        return frozenset()
    found = [_ABOUT_ONE.match(str(fault.get("field"))) for fault in _faults(error)]
    return frozenset(int(match[1]) for match in found if match) if all(found) else frozenset()


def _wait(error: HTTPError) -> float | None:
    """Seconds to wait, at least one: `Retry-After` (seconds or a date), or `X-RateLimit-Reset` (Unix seconds)."""
    after = str(error.headers.get("Retry-After") or "").strip()
    reset = str(error.headers.get("X-RateLimit-Reset") or "").strip()
    for value in (after, reset):
        if value.isascii() and value.isdigit():
            seconds = float(value)
            return max(1.0, seconds - time.time() if seconds > A_MOMENT else seconds)
    try:
        return max(1.0, parsedate_to_datetime(after).timestamp() - time.time())
    except ValueError:
        return None
