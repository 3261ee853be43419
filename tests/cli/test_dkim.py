"""`alerts dkim`: what it prints can be set and published as it stands, and the secret stands nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from alerts.app import create_app
from alerts.cli import doctor, exits
from alerts.cli.main import alerts
from alerts.delivery.dkim_keys import new_keys, read_keys, record_of
from config import Environment, Settings
from tests.support.processes import ROOT, environment_of


def _alerts(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alerts.cli", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_new_keys_can_be_set_as_they_are_printed_and_their_records_are_there(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "MAIL_FROM": "alerts@office.example", "DATA_DIR": str(tmp_path / "var")}
    done = _alerts("dkim", "new", env=env)
    assert (done.returncode, done.stderr) == (exits.DONE, "")
    (setting,) = [line for line in done.stdout.splitlines() if line.startswith("DKIM_KEYS=")]
    keys, faults = read_keys(setting.removeprefix("DKIM_KEYS="))
    assert not faults
    assert len(keys) == 2
    for record in (record_of(key, "office.example") for key in keys):
        assert f"{record.name}. IN TXT {record.strings}\n" in done.stdout
    assert not (tmp_path / "var").exists(), "something was kept"


def test_a_domain_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    alerts(["dkim", "new", "--domain", "mail.office.example"], standalone_mode=False)
    assert "._domainkey.mail.office.example. IN TXT" in capsys.readouterr().out


def test_records_and_doctor_show_what_must_stand_in_dns_and_nothing_secret(
    committed: Session, settings: Settings
) -> None:
    setting = new_keys("202611")
    env = environment_of(settings, DKIM_KEYS=setting)
    wanted = [record_of(key, "we-defend.example") for key in read_keys(setting)[0]]
    records = _alerts("dkim", "records", "--json", env=env)
    assert json.loads(records.stdout) == [{"name": r.name, "type": "TXT", "value": r.value} for r in wanted]
    seen = _alerts("doctor", env=env)
    for record in wanted:
        assert f"{record.name}. IN TXT {record.strings}" in seen.stdout
    for secret in setting.replace(",", ":").split(":")[1::2]:
        assert secret not in records.stdout + records.stderr + seen.stdout + seen.stderr


def test_where_the_relay_signs_it_is_said(committed: Session, settings: Settings) -> None:
    assert "the relay must sign" in _alerts("doctor", env=environment_of(settings)).stdout
    sendgrid = environment_of(
        settings, MAIL_URL="sendgrid:", SENDGRID_API_KEY="SG.x", SENDGRID_API_URL="http://127.0.0.1:9"
    )
    assert "SendGrid signs" in _alerts("doctor", env=sendgrid).stdout


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "as large receivers demand"),
        (
            {"BASE_URL": "https://other.example", "ENVIRONMENT": Environment.PRODUCTION},
            "own host by https: https://other.example/",
        ),
        ({"BOUNCE_MAILBOX": "bounces@other.example"}, "goes to other.example, so DMARC does not count SPF"),
        ({"MAIL_FROM": "a@bücher.example", "BOUNCE_MAILBOX": "b@bücher.example"}, "as large receivers demand"),
    ],
)
def test_the_doctor_judges_a_mail_as_receivers_would(settings: Settings, changed: dict[str, Any], told: str) -> None:
    app = create_app(settings.model_copy(update={name.lower(): value for name, value in changed.items()}))
    with app.app_context():
        (found,) = doctor._letters(app)
    assert told in found.seen
    assert found.well is ("demand" in told)
    assert "BASE_URL" in found.remedy
