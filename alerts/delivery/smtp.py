"""SMTP: any relay, over one connection that is kept open, each message's commands in one flight (RFC 2920)."""

from __future__ import annotations

import re
import smtplib
import time
from collections.abc import Iterator, Sequence

from alerts.delivery.answers import NO_ANSWER, Lost, Stage
from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.dkim import Signer
from alerts.delivery.headers import envelope
from alerts.delivery.relay import Refusal, Relay, acknowledge_at_once, answer_to, connect, send_at_once
from alerts.delivery.transport import NOT_TRIED, Answer, Outcome, Verdict

HALTS = frozenset({Verdict.SLOW_DOWN, Verdict.PROVIDER_DOWN, Verdict.OUR_FAULT, Verdict.UNKNOWN})
"""Verdicts after which the rest of the window is not tried."""
_QUEUE_ID = re.compile(r"(?:queued as |\bid=)(\S+)")

Commands = list[tuple[Stage, bytes]]


class SmtpTransport:
    """Hands mails to a relay, `window` at a time. Not for use by several threads at once.

    `patience` is how many seconds a window may take. Its lease must be longer: who waits past it finds that another
    worker has sent the same window. `signer` signs each mail (DKIM), for a relay that does not.
    """

    name = "smtp"
    resend_unknown = True

    def __init__(
        self, relay: Relay, *, window: int, bounce_mailbox: str, patience: float, signer: Signer | None = None
    ) -> None:
        self.relay = relay
        self.window = window
        self._bounce_local, _, self._bounce_domain = bounce_mailbox.partition("@")
        self._patience = patience
        self._signer = signer
        self._until = 0.0
        self._client: smtplib.SMTP | None = None

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        """Hand the mails over one after the other. After a halt, or half of the patience, the rest is not tried."""
        answers: list[Answer] = []
        begun = time.monotonic()
        self._until = begun + self._patience
        for recipient in recipients:
            if time.monotonic() > begun + self._patience / 2:
                break
            answers.append(self._one(compiled, recipient))
            if answers[-1].verdict in HALTS:
                break
        answers += [NOT_TRIED] * (len(recipients) - len(answers))
        return Outcome(answers)

    def check(self) -> Answer:
        """Connect, greet, protect, log in."""
        try:
            self._connected()
        except Refusal as refusal:
            return refusal.answer
        return Answer(Verdict.ACCEPTED)

    def close(self) -> None:
        """Say goodbye, if anyone is there."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.quit()
            except OSError:
                client.close()

    def _one(self, compiled: Compiled, recipient: Recipient) -> Answer:
        try:
            message = compiled.fill(recipient)
            if self._signer:
                message = self._signer.sign(message, shared=compiled.shared_headers)
            to = envelope(recipient.email)
        except ValueError as error:
            return Answer(Verdict.REFUSED, "5.1.3", str(error))
        sender = f"{self._bounce_local}+{compiled.reference(recipient)}@{self._bounce_domain}"
        kept = self._client is not None
        answer = self._try(sender, to, message)
        if kept and answer.verdict is Verdict.PROVIDER_DOWN:
            # Relays close a kept connection after a while, or after so many mails: that is no outage.
            answer = self._try(sender, to, message)
        return answer

    def _try(self, sender: str, to: str, message: bytes) -> Answer:
        try:
            client = self._connected()
            commands = _commands(client, sender, to)
            self._open_message(client, commands)
            if b"\r\n." in message:
                message = message.replace(b"\r\n.", b"\r\n..")
            client.send(message + b".\r\n")
        except Refusal as refusal:
            return refusal.answer
        except OSError as error:  # smtplib's errors are OSErrors; what could not be sent whole ends without its dot
            self._drop()
            return Answer(NO_ANSWER[Lost.BEFORE], "", f"The connection to the relay broke: {type(error).__name__}.")
        return self._answer_to_message(client)

    def _answer_to_message(self, client: smtplib.SMTP) -> Answer:
        try:
            code, text = self._reply(client)
        except OSError as error:
            self._drop()
            return Answer(NO_ANSWER[Lost.AFTER], "", f"No answer to the whole message: {type(error).__name__}.")
        answer = answer_to(Stage.DOT, code, text)
        if answer.verdict in (Verdict.PROVIDER_DOWN, Verdict.UNKNOWN):
            self._drop()
        elif answer.verdict is Verdict.ACCEPTED:
            return Answer(answer.verdict, answer.code, answer.text, _queue_id(text))
        return answer

    def _open_message(self, client: smtplib.SMTP, commands: Commands) -> None:
        """Bring the session to where the message may follow. Raises Refusal, the session clean again."""
        refused: Answer | None = None
        for stage, answer in self._answers(client, commands):
            if answer.verdict is Verdict.PROVIDER_DOWN:
                self._drop()
                raise Refusal(refused or answer)
            if answer.verdict is not Verdict.ACCEPTED:
                refused = refused or answer
            elif refused and stage is Stage.DATA:
                # RFC 2920 §3.1: a DATA that was taken with no valid recipient is ended with a lone dot.
                client.send(b".\r\n")
                self._reply(client)
        if refused:
            client.send(b"RSET\r\n")
            self._reply(client)
            raise Refusal(refused)

    def _answers(self, client: smtplib.SMTP, commands: Commands) -> Iterator[tuple[Stage, Answer]]:
        """The answers to commands: sent in one flight where the relay offers it, else up to the first refusal."""
        pipelined = client.has_extn("pipelining")
        if pipelined:
            client.send(b"".join([command for _, command in commands]))
        for stage, command in commands:
            if not pipelined:
                client.send(command)
            code, text = self._reply(client)
            answer = answer_to(stage, code, text)
            yield stage, answer
            if not pipelined and answer.verdict is not Verdict.ACCEPTED:
                return

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            self._client = connect(self.relay)
            if self._client.sock is not None:
                send_at_once(self._client.sock)
        return self._client

    def _reply(self, client: smtplib.SMTP) -> tuple[int, str]:
        """The next reply, waited for as long as this window has. Raises OSError where none comes that is one."""
        if client.sock is not None:
            client.sock.settimeout(max(0.1, self._until - time.monotonic()))
            acknowledge_at_once(client.sock)
        code, text = client.getreply()
        if code == -1:
            raise smtplib.SMTPServerDisconnected("The relay answered with something that is no reply.")
        return code, text.decode("utf-8", "replace").replace("\n", " ")

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _commands(client: smtplib.SMTP, sender: str, to: str) -> Commands:
    """The commands of one mail. Raises Refusal for an address that the relay cannot take."""
    options = ""
    if not to.isascii():
        if not client.has_extn("smtputf8"):
            raise Refusal(Answer(Verdict.REFUSED, "5.6.7", "The relay takes no addresses beyond ASCII (SMTPUTF8)."))
        options = " SMTPUTF8 BODY=8BITMIME"
    return [
        (Stage.MAIL, f"MAIL FROM:<{sender}>{options}\r\n".encode()),
        (Stage.RCPT, f"RCPT TO:<{to}>\r\n".encode()),
        (Stage.DATA, b"DATA\r\n"),
    ]


def _queue_id(text: str) -> str | None:
    """What the relay calls the mail, where its words tell ("2.0.0 Ok: queued as 4XyZ", "OK id=1qAbC-07")."""
    found = _QUEUE_ID.search(text)
    return found[1][:120] if found else None
