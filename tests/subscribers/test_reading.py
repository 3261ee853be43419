"""A large list is read by a process of its own: the same slices, the same faults, and it is gone afterwards."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from alerts.core import keys
from alerts.core.errors import Busy, Refused
from alerts.subscribers.files import open_list
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.reader import Order
from alerts.subscribers.reading import LARGE, Apart, ahead
from alerts.subscribers.slices import slices_of
from tests.subscribers.lists import a_file
from tests.support.processes import ROOT

pytestmark = pytest.mark.usefixtures("whole_app")

LINES = [
    "a@mail.example,Ana Núñez,es,MX,America/Mexico_City",
    '"b@mail.example","Bo, the ""second""",de,,',
    "nobody,Ana",
    "A@mail.example,Again",
    'c@mail.example,"never closed',
    r"d@mail.example,back\slash \N,ru",
    "",
    "е@mail.example,Елена",
]


def order_for(path: Path, encoding: str, *, size: int = 3) -> tuple[Order, io.BufferedReader]:
    """The order to read this file, and the file, which must stay open."""
    file = path.open("rb")
    return Order(file.fileno(), 0, encoding, size, keys.current().address), file


def readers() -> list[psutil.Process]:
    """The processes that this one has started to read lists."""
    found = []
    for child in psutil.Process().children():
        try:
            if "alerts.subscribers.reader" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A list that is just large enough for a process, in which nothing is wrong."""
    path = tmp_path / "large.csv"
    line = "person{:07}@mail.example," + "x" * 100
    rows = LARGE // len(line) + 1
    path.write_text("\n".join(["email,name", *map(line.format, range(rows))]), encoding="utf-8")
    assert path.stat().st_size >= LARGE
    return path


@pytest.mark.parametrize(
    ("encoding", "end"), [("utf-8", "\n"), ("utf-16", "\r\n"), ("cp1251", "\r"), ("utf-8-sig", "\n")]
)
def test_another_process_reads_what_this_one_would(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "list.csv"
    lines = [line.replace("ú", "u").replace("ñ", "n") for line in LINES] if encoding == "cp1251" else LINES
    path.write_bytes(a_file(*lines, encoding=encoding, end=end).getvalue())
    order, file = order_for(path, encoding)
    with file, Apart(order) as slices, path.open("rb") as again:
        there, here = list(slices), list(slices_of(SubscriberList(again, encoding), 3))
    assert there == here
    assert sum(slice_.good for slice_ in there) == 5
    assert sum(len(slice_.bad) for slice_ in there) == 2


def test_large_files_get_a_process_and_all_else_a_thread(large: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.csv"
    small.write_text("email\na@mail.example\n")
    with large.open("rb") as file, ahead(SubscriberList(file), 1000) as slices:
        next(slices)
        assert len(readers()) == 1
    made_up = io.BytesIO(large.read_bytes())
    for file_ in (small.open("rb"), made_up):
        with file_, ahead(SubscriberList(file_), 1000) as slices:
            next(slices)
            assert readers() == []


def test_the_process_is_gone_when_the_block_is_left_wherever_it_was(large: Path) -> None:
    with open_list(large) as file, ahead(SubscriberList(file), 100) as slices:
        next(slices)
        (reader,) = readers()
    assert not reader.is_running()
    with open_list(large) as file, ahead(SubscriberList(file), 10_000) as slices:
        assert sum(slice_.good for slice_ in slices) == large.read_text().count("\n")
    assert readers() == []


def test_a_reader_that_is_killed_is_told_and_does_not_look_like_the_end_of_the_list(large: Path) -> None:
    with open_list(large) as file, ahead(SubscriberList(file), 100) as slices:
        next(slices)
        (reader,) = readers()
        os.kill(reader.pid, signal.SIGKILL)
        with pytest.raises(Busy, match=r"SIGKILL.*run it again"):
            list(slices)
    assert readers() == []


def test_what_is_refused_there_is_refused_here(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(a_file(*LINES).getvalue())
    order, file = order_for(path, "utf-16")
    with file, Apart(order) as slices, pytest.raises(Refused, match="cannot be read as utf-16"):
        list(slices)


def test_the_key_is_where_others_on_the_machine_cannot_see_it(large: Path) -> None:
    key = keys.current().address
    with open_list(large) as file, ahead(SubscriberList(file), 100) as slices:
        next(slices)
        (reader,) = readers()
        shown = " ".join(reader.cmdline()).encode() + b"".join(
            os.fsencode(value) for value in reader.environ().values()
        )
    for written in (key, key.hex().encode(), repr(key).encode()):
        assert written not in shown
    assert repr(key) not in repr(Order(3, 0, "utf-8", 1, key))


def test_a_reader_that_nobody_listens_to_ends_by_itself_and_without_a_word(large: Path) -> None:
    with large.open("rb") as file:
        order = Order(file.fileno(), 0, "utf-8", 100, keys.current().address)
        reader = subprocess.Popen(
            [sys.executable, "-m", "alerts.subscribers.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(file.fileno(),),
            cwd=ROOT,
        )
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stderr is not None
        pickle.dump(tuple(order), reader.stdin)
        reader.stdin.flush()
        assert pickle.load(reader.stdout).good == 100
        reader.stdout.close()
        assert reader.wait(10) == 0
        assert reader.stderr.read() == b""
        reader.stdin.close()
        reader.stderr.close()
