"""The catcher as a process: real mail in, a real page out, ports said plainly, gone when told."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerts.catcher.server import check_free, run_catcher
from alerts.core.errors import Refused
from alerts.delivery.opening import open_transport
from alerts.delivery.transport import Verdict
from tests.delivery.letters import a_person, an_alert

RUN = """
import sys
from pathlib import Path
from alerts.catcher import run_catcher
run_catcher(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def a_catcher(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, str]]:
    """A running catcher: its process, its SMTP port, its page's address."""
    smtp_port, ui_port = free_port(), free_port()
    command = [sys.executable, "-c", RUN, str(smtp_port), str(ui_port), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    page = f"http://127.0.0.1:{ui_port}"
    try:
        until = time.monotonic() + 20
        while True:
            try:
                read(f"{page}/api/messages")
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        yield process, smtp_port, page
    finally:
        process.kill()
        process.communicate()


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
        return body.decode()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_what_is_sent_to_it_is_kept_shown_and_still_there_next_time(tmp_path: Path, told: signal.Signals) -> None:
    people = [a_person(1), a_person(2, email="büro@bücher.example", name="Büro")]
    with a_catcher(tmp_path) as (process, port, page):
        transport = open_transport(
            "catcher:",
            sendgrid_key="",
            sendgrid_url="",
            catcher_port=port,
            window=20,
            bounce_mailbox="bounces@we-defend.example",
        )
        outcome = transport.hand_over(an_alert(text="One\n.\n..two\n"), people)
        assert [answer.verdict for answer in outcome.answers] == [Verdict.ACCEPTED] * 2
        listed = json.loads(read(f"{page}/api/messages"))["messages"]
        assert [one["to"] for one in listed] == [["büro@xn--bcher-kva.example"], ["person1@mail.example"]]
        assert [one["id"] for one in reversed(listed)] == [answer.provider_id for answer in outcome.answers]
        assert json.loads(read(f"{page}/api/messages/{listed[1]['id']}"))["text"].split() == ["One", ".", "..two"]
        assert "Caught mail" in read(page)
        assert "color-scheme" in read(f"{page}/static/css/catcher.css")
        process.send_signal(told)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0, errors.decode()
    with a_catcher(tmp_path) as (_, _, page):
        assert json.loads(read(f"{page}/api/messages"))["total"] == 2


@pytest.mark.parametrize("setting", ["SMTP_PORT", "MAIL_UI_PORT"])
def test_a_port_in_use_is_said_with_the_setting_to_change(tmp_path: Path, setting: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        smtp_port, ui_port = (taken, free_port()) if setting == "SMTP_PORT" else (free_port(), taken)
        with pytest.raises(Refused, match=f"Port {taken} is in use by another program. Set {setting}"):
            run_catcher(smtp_port, ui_port, tmp_path)


def test_a_free_port_is_nothing_to_speak_of() -> None:
    check_free(free_port(), "SMTP_PORT")
