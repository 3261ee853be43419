"""The two ways mail leaves, each to a provider on this machine that counts every recipient and fails as it is told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeAlias, assert_never

from chaos.door import Door, a_door
from chaos.sink import Sink, a_sink
from tests.standins.sendgrid_standin import KEY, Reply, SendGrid, a_sendgrid


class Way(StrEnum):
    """How the mail of a scene leaves."""

    SMTP = "SMTP"
    SENDGRID = "SendGrid"


class SmtpProvider:
    """The counting sink; `unit` mails for each of `connections` are the published bound of a kill."""

    connections = 2

    def __init__(self, sink: Sink, window: int) -> None:
        self.sink, self.unit = sink, window

    @property
    def environment(self) -> dict[str, str]:
        return {
            "MAIL_URL": f"smtp://127.0.0.1:{self.sink.port}?tls=none",
            "SMTP_WINDOW": str(self.unit),
            "SMTP_CONNECTIONS": str(self.connections),
        }

    def taken(self) -> Counter[str]:
        return Counter(dict(self.sink.taken.items()))

    def total(self) -> int:
        return self.sink.total

    def lost(self) -> int:
        return self.sink.lost

    def hits(self) -> int:
        return self.sink.hits

    def slow(self) -> None:
        self.sink.delay = 0.02

    def crawl(self) -> None:
        self.sink.delay = 0.25

    def hurry(self) -> None:
        self.sink.delay = 0.0

    def shut_door(self) -> None:
        self.sink.shut_door()

    def open_door(self) -> None:
        self.sink.open_door()

    def mend(self) -> None:
        self.sink.fault = None


class SendGridProvider:
    """The stand-in behind its door; `unit` is a batch. `replies` are answered from request `after` on."""

    connections = 1

    def __init__(self, sendgrid: SendGrid, door: Door, batch: int) -> None:
        self.sendgrid, self.door, self.unit = sendgrid, door, batch
        self.fault: Reply | None = None
        self.after = 0
        self._lost = self._hits = 0
        self._seconds = 0.0
        sendgrid.plan = self._plan

    def _plan(self, number: int) -> Reply | None:
        time.sleep(self._seconds)
        if self.fault is None or number < self.after:
            return None
        self._hits += 1
        self._lost += self.fault.taken
        return self.fault

    @property
    def environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.door.port}"
        return {"MAIL_URL": "sendgrid:", "SENDGRID_API_KEY": KEY, "SENDGRID_API_URL": url}

    def taken(self) -> Counter[str]:
        with self.sendgrid.lock:
            return Counter(self.sendgrid.taken)

    def total(self) -> int:
        return self.taken().total()

    def lost(self) -> int:
        return self._lost

    def hits(self) -> int:
        return self._hits

    def slow(self) -> None:
        self._seconds = 1.0

    def crawl(self) -> None:
        self._seconds = 1.5

    def hurry(self) -> None:
        self._seconds = 0.0

    def shut_door(self) -> None:
        self.door.shut_door()

    def open_door(self) -> None:
        self.door.open_door()

    def mend(self) -> None:
        self.fault, self.door.hang = None, False


AnyProvider: TypeAlias = SmtpProvider | SendGridProvider


@contextmanager
def a_provider(way: Way, *, window: int, batch: int) -> Iterator[AnyProvider]:
    """A provider for as long as the block."""
    match way:
        case Way.SMTP:
            with a_sink() as sink:
                yield SmtpProvider(sink, window)
        case Way.SENDGRID:
            with a_sendgrid() as sendgrid, a_door(sendgrid.port) as door:
                yield SendGridProvider(sendgrid, door, batch)
        case _:
            assert_never(way)
