"""`alerts demo`: the whole product on one machine, with a campaign, people, one launched alert and its digests."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import IO, NoReturn

import click
from honcho.manager import Manager
from honcho.printer import Printer

from alerts.cli import demo_content
from alerts.cli.context import data_dir
from alerts.cli.services import Addresses, as_environment, development, services
from alerts.core.errors import Refused

ROOT = Path(__file__).parent.parent.parent
PORTS = {"PORT": "8000", "MAIL_UI_PORT": "8026", "SMTP_PORT": "8025"}
LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65_535
READY_WITHIN = 60
STOPPED = {0, 128 + signal.SIGINT, 128 + signal.SIGTERM, -signal.SIGINT, -signal.SIGTERM}
"""Exit codes of a demo that somebody stopped."""


@click.command()
def demo() -> None:
    """Run everything on this machine: services, site, workers, clock, mail catcher, a campaign, one launched alert.

    PORT, MAIL_UI_PORT, SMTP_PORT and DATA_DIR can be set. Ctrl-C stops all of it; the next start finds what this one
    left.

    \b
    Example:
      PORT=8080 alerts demo
    """
    began = time.monotonic()
    _listen()
    folder = data_dir()
    _set_environment(folder)
    given = {name: os.environ.get(name.upper(), "") for name in ("database_url", "redis_url")}
    also = {name: os.environ[name] for name in (*PORTS, *development(folder), "BASE_URL", "MAIL_URL")}
    with services(folder, **given, also=also) as addresses:
        os.environ.update(as_environment(addresses))
        click.echo("Preparing the database and the campaign …")
        demo_content.prepare(folder)
        code = _run(addresses, folder, began)
    sys.exit(code)


def _listen() -> None:
    """End cleanly also on SIGTERM before honcho listens for it, and where the terminal is closed."""

    def end(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def _set_environment(folder: Path) -> None:
    """What the processes of the demo are told; ports are tried before anything starts. Raises Refused."""
    if os.environ.get("ENVIRONMENT") == "production":
        raise Refused(
            "ENVIRONMENT is production, and the demo launches mail. Run it in another folder, without this .env."
        )
    _check_ports()
    base = f"http://localhost:{os.environ['PORT']}"
    os.environ.setdefault("EMBED_ANCESTORS", base)  # each case then shows what other people's pages need
    os.environ.update(
        development(folder),
        DATA_DIR=str(folder),
        BASE_URL=base,
        LOG_FORMAT="console",
        MAIL_URL="catcher:",
    )


def _check_ports() -> None:
    """Each port has to be free, and another one than the others. Raises Refused, naming ports that are free."""
    chosen = {name: os.environ.setdefault(name, default) for name, default in PORTS.items()}
    faults, instead = [], []
    free = (port for port in range(8080, 65_000) if str(port) not in chosen.values() and _trouble(str(port)) is None)
    for name, port in chosen.items():
        trouble = "is named twice" if list(chosen.values()).count(port) > 1 else _trouble(port)
        if trouble:
            faults.append(f"{name}={port}: this port {trouble}.")
            instead.append(f"{name}={next(free)}")
    if faults:
        raise Refused("The demo cannot start.", faults=[*faults, f"Set free ones: make demo {' '.join(instead)}"])


def _trouble(port: str) -> str | None:
    """Why nobody can listen at this port; None where somebody can."""
    if not port.isdigit() or not 0 < int(port) <= HIGHEST_PORT:
        return f"is not a number from 1 to {HIGHEST_PORT}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, int(port)))
        except PermissionError:
            return "is for the system alone"
        except OSError:
            return "is in use by another program"
    return None


class _Manager(Manager):  # type: ignore[misc]
    """Honcho, with its log in a file and something to do once every process was started (and forked) off."""

    def __init__(self, output: IO[str], started: Callable[[], None]) -> None:
        super().__init__(Printer(output=output, colour=False))
        self._tell = started

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=self._tell, daemon=True).start()


def _run(addresses: Addresses, data_dir: Path, began: float) -> int:
    """Start the processes and stay with them; the exit code of the first that ended on its own, or 0."""
    log = data_dir / "demo.log"
    with log.open("w") as output:
        manager = _Manager(output, lambda: _tell(log, began))
        command = f"exec {shlex.quote(sys.executable)} -m alerts.cli"
        for name in ("catcher", "web", "worker", "worker", "clock"):
            unique = f"{name}.{sum(process.startswith(name) for process in manager._processes) + 1}"
            manager.add_process(unique, f"{command} {name}", env=as_environment(addresses), cwd=str(ROOT))
        manager.loop()
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the services end in their own time
            signal.signal(ending, signal.SIG_IGN)
    code: int = manager.returncode or 0
    if code in STOPPED:
        click.echo("Stopped. The next `make demo` finds everything as it was.")
        return 0
    click.echo(f"A process ended by itself (exit code {code}): {log} tells why.", err=True)
    return 1


def _tell(log: Path, began: float) -> None:
    """Wait for the site and the catcher, launch, wait until the mail is handed over, then say where to look."""
    base = os.environ["BASE_URL"]
    pages = (f"http://{LOOPBACK}:{os.environ['MAIL_UI_PORT']}/", f"http://{LOOPBACK}:{os.environ['PORT']}/readyz")
    ready = all(map(_wait_for, pages))
    number = demo_content.launch_once()
    alerted, digested = demo_content.wait_until_handed_over(number)
    seconds = time.monotonic() - began
    if not ready:
        click.echo(f"The site does not answer yet; {log} tells why.", err=True)
    click.echo(f"""
We Defend is running, {seconds:.0f} seconds after it was asked to.
{number} went to {alerted:,} people, and a digest to {digested:,}.

  The campaign   {base}/
  The mail       http://localhost:{os.environ["MAIL_UI_PORT"]}/
  The console    {base}/console/
{demo_content.sign_in_lines()}

Log: {log}   {datetime.now(UTC):%H:%M} UTC   Ctrl-C stops everything.""")


def _wait_for(url: str) -> bool:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own address
                return bool(response.status == HTTPStatus.OK)
        except OSError:
            time.sleep(0.2)
    return False
