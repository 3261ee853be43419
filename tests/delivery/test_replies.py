"""Bytes from and for the wire: replies that may end anywhere, lines that begin with a dot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.dots import stuffed
from alerts.delivery.replies import NoReply, read_reply

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40).map(lambda text: text.strip())
REPLIES = st.lists(st.tuples(st.integers(200, 599), st.lists(TEXTS, min_size=1, max_size=3)), min_size=1, max_size=4)


def wire(code: int, lines: list[str]) -> bytes:
    *first, last = lines
    return "".join([*(f"{code}-{line}\r\n" for line in first), f"{code} {last}\r\n"]).encode()


@given(REPLIES, st.data())
def test_replies_are_read_whole_and_in_order_however_they_come_in(
    replies: list[tuple[int, list[str]]], data: st.DataObject
) -> None:
    sent = b"".join(wire(code, lines) for code, lines in replies)
    heard, start = b"", 0
    read: list[tuple[int, str]] = []
    while len(read) < len(replies):
        while reply := read_reply(heard, start):
            read.append(reply[:2])
            start = reply[2]
        if len(heard) < len(sent):
            heard += sent[len(heard) :][: data.draw(st.integers(1, 30))]
    assert start == len(sent)
    assert [code for code, _ in read] == [code for code, _ in replies]
    for (_, text), (_, lines) in zip(read, replies, strict=True):
        assert text.split() == " ".join(lines).split()


@pytest.mark.parametrize("heard", [b"what?\r\n", b"\r\n", b"25\r\n", b"250-Ok\r\nand more\r\n", b"x" * 70_000])
def test_what_is_no_reply_is_said_so(heard: bytes) -> None:
    with pytest.raises(NoReply):
        read_reply(heard, 0)


@given(st.text("\r\n.a", max_size=60).map(str.encode))
def test_each_line_that_begins_with_a_dot_gets_one_more(body: bytes) -> None:
    message = b"Subject: x\r\n\r\n" + body
    assert stuffed(message) == message.replace(b"\r\n.", b"\r\n..")
