"""A whole installation that runs, and what machines do with the links in its mails."""

from __future__ import annotations

import email
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config import Settings
from tests.standins.relay import Relay, a_relay
from tests.support.processes import environment_of, running, wait_until

LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass
class Site:
    """A whole installation that runs: where it is, what its relay has taken, what its processes logged."""

    base: str
    relay: Relay
    log: Path

    def mail_to(self, address: str) -> EmailMessage:
        """The newest mail this address got."""
        wait_until(lambda: self.relay.taken[address] > 0, what="a mail to arrive")
        parsed = [email.message_from_bytes(raw, policy=default) for raw in self.relay.messages]
        return next(mail for mail in reversed(parsed) if address in str(mail["To"]))

    def links_of(self, mail: EmailMessage) -> list[str]:
        """Every address in the mail, headers included."""
        found = LINK.findall(str(mail["List-Unsubscribe"]))
        for type_ in ("plain", "html"):
            body = mail.get_body((type_,))
            assert body is not None
            found += LINK.findall(body.get_content().replace("&amp;", "&"))
        return sorted({link.rstrip(".,;>)") for link in found if link.startswith(self.base)})


@pytest.fixture(name="site")
def a_site(settings: Settings, committed: Session, tmp_path: Path) -> Iterator[Site]:
    """Web, worker and clock as processes of their own, and a relay that counts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base, log = f"http://localhost:{port}", tmp_path / "log"
    with a_relay() as relay:
        environment = environment_of(settings, BASE_URL=base, PORT=str(port), MAIL_URL=relay.mail_url)
        with (
            running("web", environment, log=log),
            running("worker", environment, log=log),
            running("clock", environment, log=log),
        ):
            wait_until(lambda: _answers(f"{base}/readyz"), what="the site to be ready")
            yield Site(base, relay, log)


def _answers(url: str) -> bool:
    try:
        return fetch(url) == 200
    except OSError:
        return False


def fetch(url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None) -> int:
    """As a machine fetches: no cookies, redirects followed for reading only."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def counted(session: Session) -> tuple[int, int, int]:
    """What a scanner could have changed: acts, suppressions, people who left."""
    session.rollback()
    row = session.execute(
        text(
            "SELECT (SELECT count(*) FROM participations), (SELECT count(*) FROM suppressions),"
            " (SELECT count(*) FROM subscribers WHERE state = 'left')"
        )
    ).one()
    return tuple(row)  # type: ignore[return-value]
