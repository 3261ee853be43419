"""What arrived at the sink: starting it, asking it, and posting to it what it has seen before."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.standins.sendgrid_standin import KEY
from tests.support.processes import ROOT


@dataclass(frozen=True)
class Arrival:
    """One request: when it was complete (Unix seconds), for how many people, of how many bytes."""

    at: float
    people: int
    size: int


@dataclass(frozen=True)
class Sink:
    """A running sink."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """SENDGRID_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    def arrivals(self) -> list[Arrival]:
        """All requests since the last time it was told to forget."""
        return [Arrival(*line) for line in json.loads(self._ask("GET", "/arrivals"))]

    def people(self) -> int:
        """Recipients so far."""
        return int(self._ask("GET", "/people"))

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        return float(json.loads(self._ask("GET", "/cpu")))

    def bare_loop(self, people: int) -> float:
        """Recipients a second of a loop that posts the requests seen before, on one connection, to `people` in all."""
        kept = [self._ask("GET", f"/kept/{number}") for number in range(min(60, len(self.arrivals())))]
        sizes = [arrival.people for arrival in self.arrivals()]
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        sent, number, began = 0, 0, time.perf_counter()
        while sent < people:
            connection.request("POST", "/v3/mail/send", body=kept[number % len(kept)], headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == http.HTTPStatus.ACCEPTED
            sent += sizes[number % len(kept)]
            number += 1
        seconds = time.perf_counter() - began
        connection.close()
        return sent / seconds

    def _ask(self, verb: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(verb, path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == http.HTTPStatus.OK, path
        return body


@contextmanager
def a_sink() -> Iterator[Sink]:
    """A sink for as long as the block."""
    process = subprocess.Popen([sys.executable, "-m", "bench.sink"], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Sink(int(process.stdout.readline()), process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
