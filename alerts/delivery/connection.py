"""One connection to a relay that never makes us wait: what can be written or read now, now; the rest later."""

from __future__ import annotations

import smtplib
import socket
import ssl

from alerts.delivery.answers import NO_ANSWER, Lost
from alerts.delivery.conversation import Conversation
from alerts.delivery.relay import acknowledge_at_once, send_at_once
from alerts.delivery.transport import Answer
from alerts.delivery.window import Window

_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_READ = 4_096
_RECORD = 16_384
"""Bytes of a TLS record. One is sent at a time: what is in one that could not be sent whole, the relay cannot read."""
_GOODBYE = 2.0
"""Seconds that saying goodbye may take."""


class Connection:
    """A session that smtplib has opened, and the conversation over it."""

    def __init__(self, client: smtplib.SMTP) -> None:
        assert client.sock is not None
        self.sock: socket.socket = client.sock
        self.conversation = Conversation(pipelining=client.has_extn("pipelining"), smtputf8=client.has_extn("smtputf8"))
        self._client = client
        self._tls = isinstance(self.sock, ssl.SSLSocket)
        self._unsent: bytes | memoryview = b""
        self.sock.setblocking(False)
        send_at_once(self.sock)

    @property
    def idle(self) -> bool:
        """Whether nothing is outstanding."""
        return self.conversation.idle

    @property
    def writing(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._unsent)

    def begin(self, window: Window) -> None:
        """Take a first mail of the window. Raises OSError, Refusal as `attend`."""
        self._say(self.conversation.begin(window), window)

    def attend(self, window: Window) -> None:
        """Read and write what can be. Raises OSError where the way broke, Refusal where the relay ended it."""
        if self._unsent:
            self._write(window)
        elif received := self._read():
            self._hear(received, window)

    def lost(self, error: BaseException) -> Answer:
        """What became of the mail that is first here, when the way broke."""
        if self.conversation.message is not None and len(self._unsent) <= self.conversation.behind_dot:
            return Answer(NO_ANSWER[Lost.AFTER], "", f"No answer to the whole message: {type(error).__name__}.")
        return Answer(NO_ANSWER[Lost.BEFORE], "", f"The connection to the relay broke: {type(error).__name__}.")

    def drop(self) -> None:
        """Hang up."""
        self._client.close()

    def close(self) -> None:
        """Say goodbye, if anyone is there."""
        try:
            self.sock.settimeout(_GOODBYE)
            self._client.quit()
        except OSError:
            self._client.close()

    def _say(self, words: bytes, window: Window) -> None:
        self._unsent = words
        if words:
            self._write(window)

    def _write(self, window: Window) -> None:
        try:
            while self._unsent:
                sent = self.sock.send(self._unsent[:_RECORD] if self._tls else self._unsent)
                self._unsent = memoryview(self._unsent)[sent:] if sent < len(self._unsent) else b""
        except _NOT_NOW:
            return
        except OSError:
            self._last_words(window)
            raise

    def _last_words(self, window: Window) -> None:
        """A relay that hung up may have answered before; what it said then still counts."""
        if self.conversation.message is not None and len(self._unsent) > self.conversation.behind_dot:
            return
        while received := self._read():
            self._unsent = self.conversation.hear(received, window) or self._unsent

    def _hear(self, received: bytes, window: Window) -> None:
        words = self.conversation.hear(received, window)
        if words:
            self._say(words, window)
        elif not self.conversation.idle:
            # Replies come one by one; a relay that waits for our acknowledgement between them gets it.
            acknowledge_at_once(self.sock)

    def _read(self) -> bytes:
        """What is there to be read, which may be nothing. Raises OSError where nothing will come any more."""
        try:
            received = self.sock.recv(_READ)
            while self._tls and received and self.sock.pending():  # type: ignore[attr-defined]
                received += self.sock.recv(_READ)
        except _NOT_NOW:
            return b""
        if not received:
            raise ConnectionResetError("The relay closed the connection.")
        return received
