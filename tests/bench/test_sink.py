"""The sink counts every recipient that reached it whole, once, and no others."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator

import pytest

from bench.arrivals import Sink, a_sink

AUTHORISED = {"Authorization": "Bearer SG.anything", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def _running() -> Iterator[Sink]:
    with a_sink() as sink:
        yield sink


@pytest.fixture
def sink(_running: Sink) -> Sink:
    """A sink that may have seen requests of other tests: look at what is new."""
    return _running


def a_request(people: int, *, words: str = "Hello", separators: tuple[str, str] = (", ", ": ")) -> bytes:
    body = {
        "content": [{"type": "text/plain", "value": words}],
        "personalizations": [{"custom_args": {"delivery": str(number)}} for number in range(people)],
    }
    return json.dumps(body, separators=separators).encode()


def post(connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str] = AUTHORISED) -> int:
    connection.request("POST", "/v3/mail/send", body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def connected(sink: Sink) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", sink.port, timeout=5)


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
def test_every_recipient_is_counted_however_the_json_is_spaced(sink: Sink, separators: tuple[str, str]) -> None:
    before = sink.people()
    assert post(connected(sink), a_request(7, separators=separators)) == 202
    assert sink.people() - before == 7


def test_words_in_a_mail_count_nobody(sink: Sink) -> None:
    before = sink.people()
    post(connected(sink), a_request(2, words='She wrote "delivery": "1", and "delivery" again.'))
    assert sink.people() - before == 2


def test_requests_on_one_connection_are_told_apart(sink: Sink) -> None:
    before, connection = len(sink.arrivals()), connected(sink)
    sizes = [1, 1000, 3]
    began = time.time()
    for size in sizes:
        assert post(connection, a_request(size, words="x" * 70_000)) == 202
    arrivals = sink.arrivals()[before:]
    assert [arrival.people for arrival in arrivals] == sizes
    assert began <= arrivals[0].at <= arrivals[1].at <= arrivals[2].at <= time.time()


def test_a_request_that_was_cut_short_is_not_counted(sink: Sink) -> None:
    before, body = len(sink.arrivals()), a_request(5)
    with socket.create_connection(("127.0.0.1", sink.port)) as half:
        head = f"POST /v3/mail/send HTTP/1.1\r\nAuthorization: Bearer k\r\nContent-Length: {len(body)}\r\n\r\n"
        half.sendall(head.encode() + body[:-1])
        half.shutdown(socket.SHUT_WR)
        assert half.recv(1) == b""
    assert len(sink.arrivals()) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Type": "application/json"}, 401), ({**AUTHORISED, "Content-Encoding": "gzip"}, 415)],
)
def test_what_cannot_be_counted_is_refused(sink: Sink, headers: dict[str, str], status: int) -> None:
    before = len(sink.arrivals())
    assert post(connected(sink), a_request(5), headers) == status
    assert len(sink.arrivals()) == before


def test_the_bare_loop_posts_the_requests_that_were_seen() -> None:
    with a_sink() as sink:
        for size in (3, 5):
            post(connected(sink), a_request(size))
        assert sink.bare_loop(16) > 0
        assert [arrival.people for arrival in sink.arrivals()] == [3, 5, 3, 5, 3, 5]
