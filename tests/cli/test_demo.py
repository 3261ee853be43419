"""The demo as a newcomer meets it: one command, one launched alert, all of it found again, nothing left running."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.processes import ROOT, wait_until

SECRETS_OF_TESTS = ("DATABASE_URL", "REDIS_URL", "ENVIRONMENT")
RUNNING = "Ctrl-C stops everything."
SENT = "went to 152 people, and a digest to 48"


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="wd-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


def _free_ports() -> dict[str, str]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(3)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        names = ("PORT", "MAIL_UI_PORT", "SMTP_PORT")
        return {name: str(probe.getsockname()[1]) for name, probe in zip(names, probes, strict=True)}


def _environment(folder: Path, ports: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS_OF_TESTS}
    return {**kept, **ports, "DATA_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1"}


@contextmanager
def _demo(environment: dict[str, str], *, ended_by: signal.Signals) -> Iterator[str]:
    """A demo that runs as long as the block; gives what it printed when it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "alerts.cli", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    assert process.stdout is not None
    listener = threading.Thread(target=lambda out: said.extend(iter(out.readline, "")), args=(process.stdout,))
    listener.start()
    try:
        wait_until(
            lambda: any(RUNNING in line for line in said) or process.poll() is not None, seconds=60, what="the demo"
        )
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        yield "".join(said)
    finally:
        process.send_signal(ended_by)
        code = process.wait(30)
        listener.join()
        process.stdout.close()
    assert (code, psutil.wait_procs(family, timeout=1)[1]) == (0, []), "".join(said)


def _page(port: str, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        body: bytes = response.read()
    return body.decode()


def _policy(port: str, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        policy: str = response.headers["Content-Security-Policy"]
    return policy


def _to_people(mail: Path) -> int:
    """How many alerts and digests were caught; letters to targets and mails to confirm come in their own time."""
    return sum(b"\nList-Id: <alerts." in file.read_bytes() for file in mail.glob("*.eml"))


def test_it_launches_one_alert_and_its_digests_stops_clean_and_finds_everything_the_next_time(folder: Path) -> None:
    ports = _free_ports()
    environment = _environment(folder, ports)
    mail = folder / "var" / "mail"
    with _demo(environment, ended_by=signal.SIGINT) as said:
        assert SENT in said
        assert all(f"{role}@demo.example" in said for role in ("author", "reviewer", "sender"))
        assert "Milashina" in _page(ports["PORT"])
        assert 'id="outcomes"' in _page(ports["PORT"])
        assert "Embed this action" in _page(ports["PORT"], "/en/ua/3-26")
        assert f"frame-ancestors http://localhost:{ports['PORT']};" in _policy(ports["PORT"], "/en/embed/3-26")
        assert "@mail.example" in _page(ports["MAIL_UI_PORT"])
        kept = _to_people(mail)
        doctor = [sys.executable, "-m", "alerts.cli", "doctor"]
        found = {name: environment[name] for name in ("PATH", "DATA_DIR")}
        assert subprocess.run(doctor, cwd=ROOT, env=found, capture_output=True).returncode == 0
    assert kept == 200
    with _demo(environment, ended_by=signal.SIGTERM) as said:
        assert SENT in said
    assert _to_people(mail) == kept


def test_ports_in_use_are_told_at_once_with_what_to_set(folder: Path) -> None:
    ports = _free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(ports["MAIL_UI_PORT"])))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "alerts.cli", "demo"],
            cwd=ROOT,
            env=_environment(folder, {**ports, "SMTP_PORT": ports["PORT"]}),
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 1
    assert f"MAIL_UI_PORT={ports['MAIL_UI_PORT']}: this port is in use" in done.stderr
    assert f"PORT={ports['PORT']}: this port is named twice" in done.stderr
    assert "make demo PORT=" in done.stderr
    assert not (folder / "var").exists()


def test_it_stays_out_of_production(folder: Path) -> None:
    environment = {**_environment(folder, _free_ports()), "ENVIRONMENT": "production"}
    done = subprocess.run(
        [sys.executable, "-m", "alerts.cli", "demo"], cwd=ROOT, env=environment, capture_output=True, timeout=30
    )
    assert done.returncode == 1
    assert not (folder / "var").exists()
