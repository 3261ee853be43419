"""A relay and the way to it: connect, greet, protect, log in (smtplib)."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.delivery.answers import NO_ANSWER, Lost, Stage, enhanced_code, smtp_verdict
from alerts.delivery.transport import Answer, Verdict

CONNECT_TIMEOUT = 10.0


class Tls(StrEnum):
    """How the way to the relay is protected; certificates are verified in both protected ways."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class Relay:
    """Where mail is handed to, and as whom."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str = field(default="", repr=False)


def key_of(relay: Relay) -> str:
    """What `Transport.key` is for this relay."""
    return f"smtp:{relay.host}:{relay.port}"


class Refusal(Exception):
    """A reply that ends an attempt."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


def connect(relay: Relay, *, timeout: float = CONNECT_TIMEOUT) -> smtplib.SMTP:
    """A session ready for mail; `timeout` is seconds for each answer on the way to it.

    Raises Refusal where the relay cannot be reached or does not take us.
    """
    stage = Stage.CONNECT
    client: smtplib.SMTP | None = None
    try:
        client = _open(relay, timeout)
        client.ehlo_or_helo_if_needed()
        if relay.tls is Tls.STARTTLS:
            # smtplib forgets what it learnt and what was sent in front of the handshake (RFC 3207 §4.2).
            client.starttls(context=ssl.create_default_context())
            client.ehlo()
        if relay.user:
            stage = Stage.LOGIN
            client.login(relay.user, relay.password)
    except (OSError, UnicodeEncodeError) as error:  # smtplib's errors are OSErrors
        if client is not None:
            client.close()
        raise Refusal(_why(relay, stage, error)) from error
    return client


def send_at_once(sock: socket.socket) -> None:
    """Let what we write go out as it is written; else the last piece of each mail waits for an acknowledgement."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def acknowledge_at_once(sock: socket.socket) -> None:
    """Acknowledge what comes next without delay (Linux; it holds for a while only): a relay that writes its replies
    one by one waits for that before the next, 40 ms a mail otherwise."""
    if hasattr(socket, "TCP_QUICKACK"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def answer_to(stage: Stage, code: int, text: str) -> Answer:
    """A reply, classed."""
    return Answer(smtp_verdict(stage, code, text), enhanced_code(code, text), f"{code} {text}".strip())


def _open(relay: Relay, timeout: float) -> smtplib.SMTP:
    if relay.tls is Tls.TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(relay.host, relay.port, timeout=timeout, context=context)
    return smtplib.SMTP(relay.host, relay.port, timeout=timeout)


def _why(relay: Relay, stage: Stage, error: Exception) -> Answer:
    where = f"{relay.host}:{relay.port}"
    match error:
        case smtplib.SMTPResponseException():
            words = error.smtp_error
            text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
            return answer_to(stage, error.smtp_code, text.replace("\n", " "))
        case ssl.SSLCertVerificationError():
            words = f"The certificate of {where} is not good ({error.verify_message}), so it may be another's machine."
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
            words = f"{where} does not begin with TLS. Write ?tls=starttls in MAIL_URL, or ?tls=none on a safe network."
        case UnicodeEncodeError():
            words = "User and password in MAIL_URL must be ASCII."
        case smtplib.SMTPNotSupportedError() if stage is Stage.CONNECT:
            words = f"{where} offers no STARTTLS. Write ?tls=tls in MAIL_URL, or ?tls=none on a safe network."
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPConnectError():
            return Answer(NO_ANSWER[Lost.BEFORE], "", f"{where} closed the connection.")
        case smtplib.SMTPException():
            words = (
                f"{where} offers no way to log in that we know. Leave user and password out of MAIL_URL, or protect it."
            )
        case _:
            return Answer(NO_ANSWER[Lost.BEFORE], "", f"{where} cannot be reached: {error}")
    return Answer(Verdict.OUR_FAULT, stage.value, words)
