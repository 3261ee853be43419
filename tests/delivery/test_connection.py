"""One connection, its other end in our hands."""

from __future__ import annotations

import select
import smtplib
import socket
import threading
from pathlib import Path

import pytest

from alerts.delivery.connection import Connection
from alerts.delivery.relay import Relay as Address
from alerts.delivery.relay import Tls, connect
from alerts.delivery.transport import Verdict
from alerts.delivery.window import Window
from tests.delivery.certificates import a_server_context
from tests.delivery.letters import a_person, an_alert
from tests.standins.relay import Script, a_relay

V = Verdict


@pytest.mark.parametrize(
    ("said", "verdicts"),
    [(b"250 2.0.0 Ok\r\n", [V.ACCEPTED, V.NOT_TRIED]), (b"", [V.UNKNOWN, V.NOT_TRIED])],
)
def test_a_yes_that_came_before_the_relay_hung_up_counts_though_we_were_still_writing(
    said: bytes, verdicts: list[V]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = smtplib.SMTP()
        client.sock = socket.create_connection(server.getsockname())
        client.esmtp_features = {"pipelining": ""}
        relay, _ = server.accept()
    window = Window(an_alert(), [a_person(1), a_person(2)], bounce_mailbox="b@we-defend.example", patience=10)
    window.allowed = 2
    connection = Connection(client)
    connection.begin(window)
    relay.sendall(b"250 Ok\r\n250 Ok\r\n354 Go on\r\n")
    connection.attend(window)
    assert relay.recv(65_536).endswith(b"DATA\r\n")
    relay.sendall(said)
    relay.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    relay.close()
    connection._unsent = b"DATA\r\n"  # as if the last of the flight had found no room yet
    with pytest.raises(OSError, match=r".") as broke:
        connection.attend(window)
    connection.conversation.end(window, connection.lost(broke.value), again=True)
    connection.drop()
    assert [answer.verdict for answer in window.answers] == verdicts


def test_over_tls_it_is_known_how_much_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a message that left whole with its flight unfinished would count as never sent, and go out twice."""
    context, authority = a_server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    read_on = threading.Event()
    person = a_person(1, greeting="x" * 6_000_000)
    window = Window(an_alert(), [person], bounce_mailbox="b@we-defend.example", patience=10)
    window.allowed = 1
    with a_relay(Script(tls=context, drop_in_message=lambda _: not read_on.wait(5))) as relay:
        connection = Connection(connect(Address("127.0.0.1", relay.port, Tls.TLS)))
        connection.begin(window)
        while not connection.writing:
            select.select([connection.sock], [], [], 5)
            connection.attend(window)
        assert 0 < len(connection._unsent) < len(an_alert().fill(person))
        assert connection.lost(OSError()).verdict is V.PROVIDER_DOWN
        read_on.set()
        while connection.writing:
            select.select([], [connection.sock], [], 5)
            connection.attend(window)
        assert connection.lost(OSError()).verdict is V.UNKNOWN
        while not connection.idle:
            select.select([connection.sock], [], [], 5)
            connection.attend(window)
        connection.close()
    assert [answer.verdict for answer in window.answers] == [V.ACCEPTED]
