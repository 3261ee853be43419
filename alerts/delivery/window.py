"""A window on its way: whose mail is next, and one answer for each person, whichever connection it comes over."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.delivery.answers import Stage
from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.dkim import Signer
from alerts.delivery.dots import stuffed
from alerts.delivery.headers import envelope
from alerts.delivery.transport import NOT_TRIED, Answer, Verdict

HALTS = frozenset({Verdict.SLOW_DOWN, Verdict.PROVIDER_DOWN, Verdict.OUR_FAULT, Verdict.UNKNOWN})
"""Verdicts after which no further mail of the window is begun, on any connection."""
NO_SMTPUTF8 = Answer(Verdict.REFUSED, "5.6.7", "The relay takes no addresses beyond ASCII (SMTPUTF8).")

Step = tuple[Stage | None, bytes]
"""Something to say, and what its reply will be about; None where it only clears up."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, filled: its place in the window, the commands before it, the message as it goes over the wire."""

    place: int
    commands: tuple[Step, Step, Step]
    message: bytes


class Window:
    """The mails of one call, shared by the connections.

    Mails are filled one by one, as connections ask for them: two a connection is all that is held of a window.
    `patience` is how many seconds the window may take; after half of it no mail is begun. `allowed` is how many may be
    begun in all, which grows with the connections: it is the bound on duplicates.
    """

    def __init__(
        self,
        compiled: Compiled,
        recipients: Sequence[Recipient],
        *,
        bounce_mailbox: str,
        patience: float,
        signer: Signer | None = None,
    ) -> None:
        now = time.monotonic()
        self.until = now + patience
        self._late = now + patience / 2
        self._compiled = compiled
        self._recipients = recipients
        self._signer = signer
        self._bounce_local, _, self._bounce_domain = bounce_mailbox.partition("@")
        self._waiting = deque(range(len(recipients)))
        self._begun = 0
        self.allowed = 0
        self._halted = False
        self.answers = [NOT_TRIED] * len(recipients)

    @property
    def open(self) -> bool:
        """Whether a mail may still be begun."""
        return not self._halted and time.monotonic() <= self._late

    @property
    def longing(self) -> bool:
        """Whether one more connection would have a mail."""
        return bool(self._waiting) and self.open

    @property
    def wanting(self) -> bool:
        """Whether there is a mail that may be begun."""
        return self._begun < self.allowed and self.longing

    def take(self, *, smtputf8: bool) -> Mail | None:
        """The next mail, filled. Who cannot be written to is answered here; None where nothing may be begun."""
        while self.wanting:
            place = self._waiting.popleft()
            try:
                mail = self._filled(place)
            except ValueError as error:
                self.answer(place, Answer(Verdict.REFUSED, "5.1.3", str(error)))
                continue
            if smtputf8 or mail.commands[1][1].isascii():
                self._begun += 1
                return mail
            self.answer(place, NO_SMTPUTF8)
        return None

    def answer(self, place: int, answer: Answer) -> None:
        """Write down what became of a mail."""
        self.answers[place] = answer
        if answer.verdict in HALTS:
            self._halted = True

    def answer_next(self, answer: Answer) -> None:
        """Write down what became of the mail whose turn it is, without its having been begun."""
        self.answer(self._waiting.popleft(), answer)

    def fail(self, place: int, answer: Answer, *, again: bool) -> None:
        """A connection ended with this mail not taken: it waits for another, where there is `again` reason to try."""
        if answer.verdict is Verdict.PROVIDER_DOWN and not again and not self._halted:
            self.answer(place, answer)
        elif answer.verdict in (Verdict.PROVIDER_DOWN, Verdict.NOT_TRIED):
            self.give_back(place)
        else:
            self.answer(place, answer)

    def give_back(self, place: int) -> None:
        """A mail that was taken and not begun is next again."""
        self._begun -= 1
        self._waiting.appendleft(place)

    def _filled(self, place: int) -> Mail:
        """Raises ValueError for what no header or command can hold."""
        recipient, compiled = self._recipients[place], self._compiled
        message = compiled.fill(recipient)
        if self._signer is not None:
            message = self._signer.sign(message, shared=compiled.shared_headers)
        to = envelope(recipient.email)
        options = "" if to.isascii() else " SMTPUTF8 BODY=8BITMIME"
        sender = f"{self._bounce_local}+{compiled.reference(recipient)}@{self._bounce_domain}"
        commands = (
            (Stage.MAIL, f"MAIL FROM:<{sender}>{options}\r\n".encode()),
            (Stage.RCPT, f"RCPT TO:<{to}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        )
        return Mail(place, commands, stuffed(message))
