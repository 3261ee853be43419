"""SMTP: any relay, over one connection that is kept open, each message's commands in one flight (RFC 2920)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.delivery.answers import Stage, enhanced_code, smtp_verdict
from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.headers import envelope
from alerts.delivery.transport import NOT_TRIED, Answer, Outcome, Verdict

CONNECT_TIMEOUT = 15.0
REPLY_TIMEOUT = 120.0
HALTS = frozenset({Verdict.SLOW_DOWN, Verdict.PROVIDER_DOWN, Verdict.OUR_FAULT})
"""Verdicts after which the rest of the window is not tried."""


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


class _Refusal(Exception):  # noqa: N818 - not an error, an answer
    """A reply that ends this recipient's attempt."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


class SmtpTransport:
    """Hands mails to a relay, `window` at a time. Not for use by several threads at once."""

    name = "smtp"
    resend_unknown = True

    def __init__(self, relay: Relay, *, window: int, bounce_mailbox: str, timeout: float = REPLY_TIMEOUT) -> None:
        self.relay = relay
        self.window = window
        self._bounce_local, _, self._bounce_domain = bounce_mailbox.partition("@")
        self._timeout = timeout
        self._client: smtplib.SMTP | None = None

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        """Hand the mails over one after the other; after a halt the rest is not tried."""
        answers: list[Answer] = []
        for recipient in recipients:
            answer = self._one(compiled, recipient)
            answers.append(answer)
            if answer.verdict in HALTS or (answer.verdict is Verdict.UNKNOWN and self._client is None):
                break
        answers += [NOT_TRIED] * (len(recipients) - len(answers))
        return Outcome(answers)

    def check(self) -> Answer:
        """Connect, greet, protect, log in."""
        try:
            self._connected()
        except _Refusal as refusal:
            return refusal.answer
        return Answer(Verdict.ACCEPTED)

    def close(self) -> None:
        """Say goodbye, if anyone is there."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.quit()
            except (OSError, smtplib.SMTPException):
                client.close()

    def _one(self, compiled: Compiled, recipient: Recipient) -> Answer:
        try:
            message = compiled.fill(recipient)
        except ValueError as error:
            return Answer(Verdict.REFUSED, "data", str(error))
        kept = self._client is not None
        answer = self._try(recipient, message)
        if kept and answer.verdict is Verdict.PROVIDER_DOWN:
            # Relays close a kept connection after a while, or after so many mails: that is no outage.
            answer = self._try(recipient, message)
        return answer

    def _try(self, recipient: Recipient, message: bytes) -> Answer:
        try:
            return self._transact(self._connected(), recipient, message)
        except _Refusal as refusal:
            return refusal.answer
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Verdict.PROVIDER_DOWN, "", f"The connection broke: {type(error).__name__}.")

    def _transact(self, client: smtplib.SMTP, recipient: Recipient, message: bytes) -> Answer:
        commands = self._commands(client, recipient)
        self._open_message(client, commands)
        if b"\r\n." in message:
            message = message.replace(b"\r\n.", b"\r\n..")
        try:
            client.send(message + b".\r\n")
            code, text = _reply(client)
        except (OSError, smtplib.SMTPException) as error:
            # The relay may have the mail or not (RFC 1047): nobody can know.
            self._drop()
            return Answer(Verdict.UNKNOWN, "", f"No answer to the whole message: {type(error).__name__}.")
        answer = _answer(Stage.DOT, code, text)
        if answer.verdict is Verdict.PROVIDER_DOWN:
            self._drop()
        return answer

    def _commands(self, client: smtplib.SMTP, recipient: Recipient) -> list[tuple[Stage, bytes]]:
        to = envelope(recipient.email)
        options = ""
        if not to.isascii():
            if not client.has_extn("smtputf8"):
                raise _Refusal(Answer(Verdict.REFUSED, "5.6.7", "The relay takes no addresses beyond ASCII (SMTPUTF8)."))
            options = " SMTPUTF8 BODY=8BITMIME"
        sender = f"{self._bounce_local}+{recipient.delivery_id}@{self._bounce_domain}"
        return [
            (Stage.MAIL, f"MAIL FROM:<{sender}>{options}\r\n".encode()),
            (Stage.RCPT, f"RCPT TO:<{to}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        ]

    def _open_message(self, client: smtplib.SMTP, commands: list[tuple[Stage, bytes]]) -> None:
        """Bring the session to where the message may follow. Raises _Refusal, the session clean again."""
        pipelined = client.has_extn("pipelining")
        if pipelined:
            client.send(b"".join(command for _, command in commands))
        refused: Answer | None = None
        for stage, command in commands:
            if not pipelined:
                client.send(command)
            code, text = _reply(client)
            answer = _answer(stage, code, text)
            if answer.verdict is Verdict.PROVIDER_DOWN:
                self._drop()
                raise _Refusal(refused or answer)
            if answer.verdict is not Verdict.ACCEPTED:
                refused = refused or answer
                if not pipelined:
                    break
            elif stage is Stage.DATA and refused:
                client.send(b".\r\n")
                _reply(client)
        if refused:
            client.send(b"RSET\r\n")
            _reply(client)
            raise _Refusal(refused)

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> smtplib.SMTP:
        stage = Stage.CONNECT
        context = ssl.create_default_context()
        try:
            if self.relay.tls is Tls.TLS:
                client: smtplib.SMTP = smtplib.SMTP_SSL(
                    self.relay.host, self.relay.port, timeout=CONNECT_TIMEOUT, context=context
                )
            else:
                client = smtplib.SMTP(self.relay.host, self.relay.port, timeout=CONNECT_TIMEOUT)
            client.ehlo_or_helo_if_needed()
            if self.relay.tls is Tls.STARTTLS:
                client.starttls(context=context)
                client.ehlo()
            stage = Stage.LOGIN
            if self.relay.user:
                client.login(self.relay.user, self.relay.password)
        except ssl.SSLCertVerificationError as error:
            raise _Refusal(Answer(Verdict.OUR_FAULT, "tls", f"The relay's certificate is not good: {error}")) from error
        except smtplib.SMTPNotSupportedError as error:
            raise _Refusal(Answer(Verdict.OUR_FAULT, "tls", f"{error} Say ?tls=none in MAIL_URL if so meant.")) from error
        except smtplib.SMTPResponseException as error:
            text = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
            raise _Refusal(_answer(stage, error.smtp_code, text)) from error
        except (OSError, smtplib.SMTPException) as error:
            words = f"{self.relay.host}:{self.relay.port} cannot be reached: {error}"
            raise _Refusal(Answer(Verdict.PROVIDER_DOWN, "", words)) from error
        if client.sock is not None:
            client.sock.settimeout(self._timeout)
        return client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _reply(client: smtplib.SMTP) -> tuple[int, str]:
    code, text = client.getreply()
    if code == -1:
        raise smtplib.SMTPServerDisconnected("The relay answered with something that is no reply.")
    return code, text.decode("utf-8", "replace").replace("\n", " ")


def _answer(stage: Stage, code: int, text: str) -> Answer:
    verdict = smtp_verdict(stage, code, text)
    return Answer(verdict, enhanced_code(code, text), f"{code} {text}", _queue_id(text) if code == 250 else None)


def _queue_id(text: str) -> str:
    """What the relay calls the mail, as far as its words tell ("2.0.0 Ok: queued as 4XyZ")."""
    return text.rpartition("queued as ")[2].strip()[:120]
