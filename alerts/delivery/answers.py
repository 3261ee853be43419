"""What each answer of a provider means: one table for SMTP, one for SendGrid's HTTP, one for no answer at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from alerts.delivery.transport import Verdict

V = Verdict


class Stage(StrEnum):
    """Where in an SMTP session a reply came; `DOT` is the answer to a whole message."""

    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


class Lost(StrEnum):
    """How far a mail or request had come when the way broke: not whole, or whole with its answer outstanding."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class _Rule:
    stages: frozenset[Stage]
    reply: re.Pattern[str]
    verdict: Verdict


def _rule(stages: str, reply: str, verdict: Verdict) -> _Rule:
    return _Rule(frozenset(Stage(name) for name in stages.split()), re.compile(reply, re.IGNORECASE), verdict)


ALL = "connect login mail rcpt data dot"
SMTP: tuple[_Rule, ...] = (
    # The first rule that fits the stage and the reply ("550 5.1.1 text") decides. RFC 5321 §4.2, RFC 3463.
    _rule("connect login mail rcpt dot", r"2\d\d", V.ACCEPTED),
    _rule("data", r"354", V.ACCEPTED),
    _rule(ALL, r"421", V.PROVIDER_DOWN),
    _rule("connect", r"[45]\d\d", V.PROVIDER_DOWN),
    _rule("login", r"4\d\d", V.PROVIDER_DOWN),
    _rule("login", r"5\d\d", V.OUR_FAULT),
    _rule("mail data", r"4\d\d", V.SLOW_DOWN),
    _rule("mail data", r"5\d\d", V.OUR_FAULT),
    # One person's mailbox or domain is slow or full: only this delivery waits, the others go on.
    _rule("rcpt", r"4\d\d", V.DEFERRED),
    # The relay does not take mail from us at all. As a refusal of this person, the whole audience would be lost to it.
    _rule("rcpt", r"503|530|535|5\d\d .*(\brelay|authenticat)", V.OUR_FAULT),
    _rule("rcpt", r"5\d\d", V.REFUSED),
    _rule("dot", r"4\d\d 4\.[12]\.\d", V.DEFERRED),
    _rule("dot", r"452|4\d\d 4\.(3|7)\.\d", V.SLOW_DOWN),
    _rule("dot", r"4\d\d", V.DEFERRED),
    _rule("dot", r"5\d\d 5\.([12]\.\d|6\.7)", V.REFUSED),
    _rule("dot", r"552|5\d\d 5\.(3\.4|6\.\d|7\.\d)", V.OUR_FAULT),
    _rule("dot", r"5\d\d", V.REFUSED),
)

HTTP: dict[int, Verdict] = {
    202: V.ACCEPTED,
    400: V.OUR_FAULT,
    401: V.OUR_FAULT,
    403: V.OUR_FAULT,
    404: V.OUR_FAULT,
    405: V.OUR_FAULT,
    413: V.OUR_FAULT,
    429: V.SLOW_DOWN,
    500: V.UNKNOWN,
    502: V.PROVIDER_DOWN,
    503: V.PROVIDER_DOWN,
    504: V.UNKNOWN,
}
"""SendGrid's answers (Mail Send reference); what is not here is no answer of theirs, and so `unknown`."""

NO_ANSWER: dict[Lost, Verdict] = {
    # What is not whole cannot have been taken. What is whole may have been (RFC 1047), and nobody can be asked.
    Lost.BEFORE: V.PROVIDER_DOWN,
    Lost.AFTER: V.UNKNOWN,
}


def smtp_verdict(stage: Stage, code: int, text: str) -> Verdict:
    """What an SMTP reply means at this stage. A reply that fits nothing is `unknown` after the dot, else down."""
    reply = f"{code} {text}"
    for rule in SMTP:
        if stage in rule.stages and rule.reply.match(reply):
            return rule.verdict
    return V.UNKNOWN if stage is Stage.DOT else V.PROVIDER_DOWN


def http_verdict(status: int) -> Verdict:
    """What SendGrid's answer to a Mail Send request means."""
    return HTTP.get(status, V.UNKNOWN)


def enhanced_code(code: int, text: str) -> str:
    """The enhanced status code of a reply where it has one (RFC 3463), else the reply code."""
    found = re.match(r"([245]\.\d{1,3}\.\d{1,3})\b", text)
    return found[1] if found else str(code)
