"""What people type and mail servers pipe: returned mail taken in, reports shown, a missing key told."""

from __future__ import annotations

import json
import smtplib
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.cli import exits
from alerts.core.returnpaths import signed
from config import Settings
from tests.events.mails import dsn
from tests.events.posts import counts, expand, report, store
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import a_relay
from tests.standins.sendgrid_events import Signer, an_event
from tests.support.processes import ROOT, environment_of, running, wait_until


def alerts(
    settings: Settings, *arguments: str, message: bytes = b"", **changed: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "alerts.cli", *arguments],
        env=environment_of(settings, **changed),
        cwd=ROOT,
        input=message,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def handed_over(session: Session) -> tuple[Launch, list[int]]:
    """A mailing to two people that was handed over, and its deliveries."""
    people(session, 2)
    mailing = Launch(session)
    with a_relay() as relay:
        mailing.hand_over(smtp(relay.mail_url))
    return mailing, list(session.scalars(text("SELECT id FROM deliveries ORDER BY id")))


def path_of(delivery: int) -> str:
    """The return path of a delivery."""
    return f"bounces+{signed('d', delivery)}@we-defend.example"


def test_a_mail_server_pipes_what_came_back_and_names_the_address_it_came_for(
    committed: Session, settings: Settings
) -> None:
    mailing, (first, second) = handed_over(committed)
    path = path_of(first)
    done = alerts(settings, "bounces", message=dsn(), ORIGINAL_RECIPIENT=path)
    assert (done.returncode, done.stdout) == (exits.DONE, "bounced: suppressed\n")
    assert (
        alerts(settings, "bounces", "--to", path_of(second), message=dsn(status="5.2.2")).stdout == "bounced: for now\n"
    )
    assert committed.scalar(text("SELECT count(*) FROM suppressions")) == 1
    shown = json.loads(alerts(settings, "mailings", "show", mailing.case.number, "--json").stdout)
    assert (shown["handed_over"], shown["reported"]["bounced"], shown["reported"]["returned"]) == (2, 1, 1)
    words = alerts(settings, "mailings", "show", mailing.case.number).stdout
    assert "1  reported since: bounced" in words
    assert "delivered" not in words


def test_what_proves_nothing_is_no_error_and_is_counted(committed: Session, settings: Settings) -> None:
    done = alerts(settings, "bounces", message=dsn())
    assert (done.returncode, done.stdout) == (exits.DONE, "bounce without proof\n")
    assert alerts(settings, "bounces", message=b"\xff\x00").returncode == exits.DONE
    assert counts(committed, "mail") == {"bounce without proof": 1, "nothing known": 1}


def test_a_database_that_is_away_lets_the_server_try_again(settings: Settings) -> None:
    away = "postgresql://nobody@127.0.0.1:9/none?connect_timeout=2"
    assert alerts(settings, "bounces", message=dsn(), DATABASE_URL=away).returncode == exits.AWAY


def test_what_was_reported_is_shown_with_what_is_odd_and_what_nobody_could_read(
    committed: Session, settings: Settings
) -> None:
    _, (first, _) = handed_over(committed)
    store(committed, b"no JSON")
    report(committed, [an_event("delivered", first), an_event("teleported", first), an_event("open", first)])
    store(committed, b"[]")
    found = json.loads(alerts(settings, "events", "show", "--json").stdout)
    assert found["waiting"] == 1
    assert {one["what"]: one["times"] for one in found["counts"]} == {
        "delivered": 1,
        "odd: unknown kind": 1,
        "open": 1,
        "unreadable post": 1,
    }
    assert [post["trouble"] for post in found["unreadable"]] == ["No JSON: JSONDecodeError."]
    assert [odd["kind"] for odd in found["odd"]] == ["teleported"]
    words = alerts(settings, "events", "show").stdout
    assert "1 post(s) wait" in words
    assert "Unreadable: post" in words
    assert "Odd: unknown kind (teleported)" in words
    assert alerts(settings, "events", "retry").stdout == "1 post(s) wait again.\n"
    expand(committed)
    assert counts(committed)["unreadable post"] == 2


def _finding(settings: Settings, **changed: str) -> dict[str, Any] | None:
    found = json.loads(alerts(settings, "doctor", "--json", message=b"", **changed).stdout)["findings"]
    return next((finding for finding in found if finding["check"] == "events"), None)


def test_the_doctor_misses_the_event_key_where_sendgrid_sends(committed: Session, settings: Settings) -> None:
    sendgrid = {"MAIL_URL": "sendgrid:", "SENDGRID_API_KEY": "SG.none", "SENDGRID_API_URL": "http://127.0.0.1:9"}
    missing = _finding(settings, **sendgrid)
    assert missing is not None
    assert not missing["well"]
    assert "SENDGRID_EVENT_KEY" in missing["remedy"]
    assert f"{settings.base_url}/hooks/sendgrid" in missing["remedy"]
    given = _finding(settings, **sendgrid, SENDGRID_EVENT_KEY=Signer().public_key)
    assert given is not None
    assert given["well"]
    assert _finding(settings) is None, "a relay reports by mail"


def test_the_catcher_takes_in_what_is_sent_to_the_bounce_mailbox(
    committed: Session, settings: Settings, tmp_path: Path
) -> None:
    _, (first, _) = handed_over(committed)
    smtp_port, ui_port = _free(), _free()
    environment = environment_of(
        settings,
        SMTP_PORT=str(smtp_port),
        MAIL_UI_PORT=str(ui_port),
        DATA_DIR=str(tmp_path),
        BASE_URL="http://localhost",
    )
    with running("catcher", environment, log=tmp_path / "log"):
        wait_until(lambda: _answers(smtp_port), what="the catcher to be up")
        with smtplib.SMTP("127.0.0.1", smtp_port) as client:
            client.sendmail("<>", [path_of(first).upper()], dsn())
            client.sendmail("<>", ["person@mail.example"], dsn(to=path_of(first)))
    assert counts(committed, "mail") == {"bounced: suppressed": 1}, "and nobody else's mail is looked at"


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
