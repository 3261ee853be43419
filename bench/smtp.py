"""Handing over by SMTP, beside Postfix' own generator of mail against the same sink, with mails of the same size."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from sqlalchemy import text

from bench.crew import a_crew
from bench.mailings import a_sender, approved, checked, ended, launched
from bench.stage import Servers, a_stage
from tests.standins.relay import a_relay

MISSING = "not measured: smtp-source and smtp-sink are not installed (Debian: apt install postfix)"
SESSIONS = 8
SAMPLE = 20
_WHERE = f"/usr/sbin:/usr/bin:/usr/local/sbin:{os.environ.get('PATH', '')}"
_LAST = text("SELECT max(at) FROM ledger WHERE mailing_id = :mailing")


@dataclass(frozen=True)
class Rates:
    """Mails a second: ours from launch to the last one accepted, and the generator's; `mail_bytes` is one mail."""

    per_second: float
    source_per_second: float
    source_reconnecting_per_second: float
    mail_bytes: int


def tools() -> tuple[str, str] | None:
    """Where smtp-sink and smtp-source are; None where they are not installed."""
    sink, source = shutil.which("smtp-sink", path=_WHERE), shutil.which("smtp-source", path=_WHERE)
    return (sink, source) if sink and source else None


def measure(running: Servers, people: int) -> Rates | None:
    """Two workers against smtp-sink, then smtp-source with as many mails; None where those are not installed."""
    found = tools()
    if found is None:
        return None
    sink, source = found
    size = _real_size(running)
    with _smtp_sink(sink) as port:
        ours = _ours(running, people, port)
        kept_open = _source(source, port, people, size, "-d")
        reconnecting = _source(source, port, people, size)
    return Rates(ours, kept_open, reconnecting, size)


def _ours(running: Servers, people: int, port: int) -> float:
    with (
        a_stage(running, people, mail_url=f"smtp://127.0.0.1:{port}?tls=none") as stage,
        a_crew(stage),
        stage.session() as session,
    ):
        mailing = launched(stage, session, approved(session), actor=a_sender(session))
        at = ended(session, mailing)
        checked(session, mailing, people)
        last = session.execute(_LAST, {"mailing": mailing}).scalar_one()
    return people / float((last - at.launched_at).total_seconds())


def _real_size(running: Servers) -> int:
    """Bytes of a mail as workers really send it, the middle one of a few."""
    with (
        a_relay() as relay,
        a_stage(running, SAMPLE, mail_url=relay.mail_url) as stage,
        a_crew(stage),
        stage.session() as session,
    ):
        ended(session, launched(stage, session, approved(session), actor=a_sender(session)))
    return int(median(map(len, relay.messages)))


def _source(source: str, port: int, mails: int, size: int, *options: str) -> float:
    """Its mails a second, each of exactly this size: `-o` leaves out the header that it would put in front."""
    command = [source, "-o", *options, "-s", str(SESSIONS), "-l", str(size), "-m", str(mails)]
    command += ["-f", "bounces@we-defend.example", "-t", "person@mail.example", f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return mails / (time.perf_counter() - began)


@contextmanager
def _smtp_sink(sink: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([sink, *user, f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("smtp-sink should have answered within five seconds")
