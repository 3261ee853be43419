"""SMTP: any relay, over a few connections that are kept open and driven by one loop."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Sequence

from alerts.delivery.connection import Connection
from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.dkim import Signer
from alerts.delivery.relay import CONNECT_TIMEOUT, Refusal, Relay, connect, key_of
from alerts.delivery.transport import Answer, Outcome, Verdict
from alerts.delivery.window import Window

WORTH_OPENING = 10
"""Mails of a window for which one more connection is opened: greeting and protecting it takes as long as some mails."""
_FURTHER_TIMEOUT = 3.0
"""Seconds for opening a connection beside others, which wait meanwhile."""
_FEWER_FOR = 60.0
"""Seconds for which a relay that would not have one more connection is not asked for it again."""


class SmtpTransport:
    """Hands mails to a relay over up to `connections`, at most `window` mails a call for each that is open.

    Not for use by several threads at once.

    `patience` is how many seconds a window may take. Its lease must be longer: who waits past it finds that another
    worker has sent the same window. `signer` signs each mail (DKIM), for a relay that does not.
    """

    name = "smtp"
    resend_unknown = True

    def __init__(
        self,
        relay: Relay,
        *,
        window: int,
        bounce_mailbox: str,
        patience: float,
        connections: int = 1,
        signer: Signer | None = None,
    ) -> None:
        self.relay = relay
        self.key = key_of(relay)
        self.window = window * connections
        self._each = window
        self._bounce_mailbox = bounce_mailbox
        self._patience = patience
        self._signer = signer
        self._most = self._limit = connections
        self._limited_until = 0.0
        self._connections: list[Connection] = []
        self._selector = selectors.DefaultSelector()

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        """Hand the mails over, each to the connection that is free next.

        After a halt, or half of the patience, no mail is begun. Those that are under way are waited for, and the rest
        is not tried.
        """
        self.window = self._each * self._allowed()
        window = Window(
            compiled,
            recipients,
            bounce_mailbox=self._bounce_mailbox,
            patience=self._patience,
            signer=self._signer,
        )
        window.allowed = self._each * len(self._connections)
        for connection in self._connections:
            connection.conversation.proven = True
        wanted = -(-len(recipients) // min(self._each, WORTH_OPENING))
        try:
            while self._spread(window, wanted):
                left = window.until - time.monotonic()
                if left <= 0:
                    break
                for key, _ in self._selector.select(left):
                    connection = key.data
                    self._guarded(connection, connection.attend, window)
        finally:
            for connection in [connection for connection in self._connections if not connection.idle]:
                self._lose(connection, window, connection.lost(TimeoutError()))
        return Outcome(window.answers)

    def check(self) -> Answer:
        """Connect, greet, protect, log in."""
        try:
            if not self._connections:
                self._open(CONNECT_TIMEOUT)
        except Refusal as refusal:
            return refusal.answer
        return Answer(Verdict.ACCEPTED)

    def close(self) -> None:
        """Say goodbye, if anyone is there."""
        connections, self._connections = self._connections, []
        for connection in connections:
            self._selector.unregister(connection.sock)
            connection.close()

    def _spread(self, window: Window, wanted: int) -> bool:
        """Give each idle connection a mail, and open as many as are wanted; whether anything is outstanding."""
        if window.wanting:
            for connection in [connection for connection in self._connections if connection.idle]:
                self._guarded(connection, connection.begin, window)
        while len(self._connections) < min(wanted, self._allowed()) and window.longing:
            self._one_more(window)
        return any(not connection.idle for connection in self._connections)

    def _one_more(self, window: Window) -> None:
        """Open a connection and give it a mail. One that cannot be opened beside others means fewer, else an outage."""
        timeout = _FURTHER_TIMEOUT if self._connections else CONNECT_TIMEOUT
        try:
            connection = self._open(min(timeout, max(0.1, window.until - time.monotonic())))
        except Refusal as refusal:
            if self._connections:
                self._be_content()
            else:
                window.answer_next(refusal.answer)
            return
        window.allowed = max(window.allowed, self._each * len(self._connections))
        self._guarded(connection, connection.begin, window)

    def _open(self, timeout: float) -> Connection:
        connection = Connection(connect(self.relay, timeout=timeout))
        self._connections.append(connection)
        self._selector.register(connection.sock, selectors.EVENT_READ, connection)
        return connection

    def _guarded(self, connection: Connection, move: Callable[[Window], None], window: Window) -> None:
        """Let a connection do its part; where it ends by that, see to its mails."""
        was_writing = connection.writing
        try:
            move(window)
        except Refusal as refusal:
            self._lose(connection, window, refusal.answer)
        except OSError as error:
            self._lose(connection, window, connection.lost(error))
        except BaseException as error:
            # A fault of ours has left this session nobody knows where: what is said next could be read as a mail.
            self._lose(connection, window, connection.lost(error))
            raise
        else:
            if connection.writing is not was_writing:
                event = selectors.EVENT_WRITE if connection.writing else selectors.EVENT_READ
                self._selector.modify(connection.sock, event, connection)

    def _lose(self, connection: Connection, window: Window, answer: Answer) -> None:
        """A connection is of no use any more. Was it one that worked, or does another, this is no outage."""
        self._connections.remove(connection)
        self._selector.unregister(connection.sock)
        connection.drop()
        proven = connection.conversation.proven
        others = any(other.conversation.proven for other in self._connections)
        if others and not proven:
            self._be_content()
        connection.conversation.end(window, answer, again=proven or others)

    def _allowed(self) -> int:
        if self._limit < self._most and time.monotonic() > self._limited_until:
            self._limit = self._most
        return self._limit

    def _be_content(self) -> None:
        """Do with the connections there are, for a while."""
        self._limit = max(1, len(self._connections))
        self._limited_until = time.monotonic() + _FEWER_FOR
        self.window = self._each * self._limit
