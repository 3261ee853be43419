"""One connection, its other end in our hands."""

from __future__ import annotations

import smtplib
import socket

import pytest

from alerts.delivery.connection import Connection
from alerts.delivery.transport import Verdict
from alerts.delivery.window import Window
from tests.delivery.letters import a_person, an_alert

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
