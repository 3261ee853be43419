"""What is said to a relay over one connection: mail after mail, each reply matched to what it answers. No I/O.

With PIPELINING (RFC 2920) a mail's message and the next mail's MAIL, RCPT and DATA travel in one flight: "the actual
transfer of message content is explicitly allowed to be the first command in a group". So a mail costs one flight
and one reading of its four replies. Without it, one command is said at a time.
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache

from alerts.delivery.answers import Stage
from alerts.delivery.relay import Refusal, answer_to
from alerts.delivery.replies import NoReply, read_reply
from alerts.delivery.transport import NOT_TRIED, Answer, Verdict
from alerts.delivery.window import Mail, Step, Window

_GOING_DOWN = 421
_QUEUE_ID = re.compile(r"(?:queued as |\bid=)(\S+)")
_END = b".\r\n"
_RESET: Step = (None, b"RSET\r\n")
_answer_to_command = lru_cache(maxsize=64)(answer_to)
"""Relays say the same to most commands."""


class Conversation:
    """One session, from the moment that mail may follow.

    `message` is the mail whose message is on its way, or out with its answer outstanding; `opening` the one whose
    commands are. `behind_dot` is how many bytes of the last flight stand behind the message's final dot. `proven` says
    that this session is no new one: relays close those after a while, or after so many mails, which is no outage.
    """

    def __init__(self, *, pipelining: bool, smtputf8: bool) -> None:
        self.proven = False
        self.message: Mail | None = None
        self.opening: Mail | None = None
        self.behind_dot = 0
        self._pipelining = pipelining
        self._smtputf8 = smtputf8
        self._heard = b""
        self._expected: deque[Stage | None] = deque()
        self._unsaid: deque[Step] = deque()
        self._refused: Answer | None = None
        self._accepted: set[Stage] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing is outstanding."""
        return not self._expected

    def begin(self, window: Window) -> bytes:
        """What to say first, nothing where the window has no mail for us."""
        return self._say([], window)

    def hear(self, received: bytes, window: Window) -> bytes:
        """Take in what the relay said; what to say next, nothing while replies are outstanding or all is done.

        Raises Refusal with what became of the mail that is first here, or NoReply; the session is over then.
        """
        self._heard += received
        start = 0
        while self._expected and (reply := read_reply(self._heard, start)):
            code, text, start = reply
            self._take_in(self._expected.popleft(), code, text, window)
        self._heard = self._heard[start:]
        if self._expected:
            return b""
        if self._heard:
            raise NoReply("The relay said more than it was asked.")
        if self._unsaid:
            stage, words = self._unsaid.popleft()
            self._expected.append(stage)
            return words
        return self._go_on(window)

    def end(self, window: Window, answer: Answer, *, again: bool) -> None:
        """The connection is gone. `answer` is what became of the mail that is first; a second one was not begun."""
        first, second = self.message or self.opening, self.opening
        if second is not None and second is not first:
            window.give_back(second.place)
        if first is not None:
            window.fail(first.place, answer, again=again)

    def _take_in(self, stage: Stage | None, code: int, text: str, window: Window) -> None:
        match stage:
            case Stage.DOT:
                self._message_answered(code, text, window)
            case None if code != _GOING_DOWN:
                pass
            case _:
                self._command_answered(stage or Stage.MAIL, _answer_to_command(stage or Stage.MAIL, code, text))

    def _message_answered(self, code: int, text: str, window: Window) -> None:
        answer = answer_to(Stage.DOT, code, text)
        if answer.verdict is Verdict.PROVIDER_DOWN:
            raise Refusal(answer)
        if answer.verdict is Verdict.ACCEPTED:
            answer = Answer(answer.verdict, answer.code, answer.text, _queue_id(text))
        self._settle(self.message, answer, window)
        self.message = None
        if answer.verdict is Verdict.UNKNOWN:
            raise Refusal(NOT_TRIED)

    def _command_answered(self, stage: Stage, answer: Answer) -> None:
        if answer.verdict is Verdict.ACCEPTED:
            self._accepted.add(stage)
            return
        if answer.verdict is Verdict.PROVIDER_DOWN:
            raise Refusal(self._refused or answer)
        self._refused = self._refused or answer
        self._unsaid.clear()

    def _go_on(self, window: Window) -> bytes:
        """What to say when everything was answered: the opened mail's message, or what clears up after a refusal."""
        if self.opening is None:
            return self._say([], window)
        if self._refused:
            return self._say(self._after_refusal(self._refused, window), window)
        if not window.open:
            # DATA was taken, and there is no way back from there but to hang up: a dot would be an empty mail.
            raise Refusal(NOT_TRIED)
        self.message, self.opening = self.opening, None
        return self._say([(Stage.DOT, self.message.message + _END)], window)

    def _after_refusal(self, refused: Answer, window: Window) -> list[Step]:
        if {Stage.RCPT, Stage.DATA} <= self._accepted:
            raise Refusal(refused)
        self._settle(self.opening, refused, window)
        self.opening = None
        # RFC 2920 §3.1: a DATA that was taken with no valid recipient is ended with a lone dot.
        return [(None, _END), _RESET] if Stage.DATA in self._accepted else [_RESET]

    def _settle(self, mail: Mail | None, answer: Answer, window: Window) -> None:
        self.proven = True
        if mail is not None:
            window.answer(mail.place, answer)

    def _say(self, steps: list[Step], window: Window) -> bytes:
        """These, and the next mail's commands behind them where that may be."""
        self._refused = None
        self._accepted.clear()
        before = len(steps)
        if self._pipelining or not steps:
            self.opening = window.take(smtputf8=self._smtputf8)
            if self.opening is not None:
                steps.extend(self.opening.commands)
        if not steps:
            return b""
        if not self._pipelining:
            self._unsaid.extend(steps[1:])
            del steps[1:]
        words = [words for _, words in steps]
        self.behind_dot = sum(map(len, words[before:]))
        self._expected.extend([stage for stage, _ in steps])
        return b"".join(words)


def _queue_id(text: str) -> str | None:
    """What the relay calls the mail, where its words tell ("2.0.0 Ok: queued as 4XyZ", "OK id=1qAbC-07")."""
    found = _QUEUE_ID.search(text)
    return found[1][:120] if found else None
