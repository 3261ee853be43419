"""The command line as a whole: help for everything, errors in words, exit codes that mean something."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sqlalchemy.orm import Session

from alerts.cli import exits
from alerts.cli.main import COMMANDS, alerts
from config import Settings
from tests.support.processes import ROOT, environment_of


def _leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from _leaves(found, f"{name} {inner}".strip())
    else:
        yield name, command


ALL = dict(_leaves(alerts, ""))


def _alerts(*arguments: str, env: dict[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alerts.cli", *arguments], env=env, cwd=cwd, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", ALL)
def test_every_command_says_what_it_does_with_an_example(name: str) -> None:
    text = ALL[name].help or ""
    assert "Example" in text
    assert f"alerts {name}" in text
    assert all(parameter.help for parameter in ALL[name].params if isinstance(parameter, click.Option))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_quick_help_names_commands_that_are_there(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


def test_help_comes_without_loading_the_product() -> None:
    code = (
        "import sys; sys.argv = ['alerts', '--help']\n"
        "import atexit; from alerts.cli import main\n"
        "atexit.register(lambda: sys.stderr.write(str('flask' in sys.modules)))\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr) == (exits.DONE, "False")


def test_a_command_that_is_not_understood_has_its_own_exit_code(settings: Settings) -> None:
    done = _alerts("mailings", "lunch", env=environment_of(settings))
    assert done.returncode == exits.USAGE
    assert "lunch" in done.stderr


def test_bad_settings_are_told_all_at_once_in_words(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PORT": "none", "SMTP_PORT": "0"}
    done = _alerts("migrate", env=env, cwd=tmp_path)
    assert done.returncode == exits.REFUSED
    assert all(name in done.stderr for name in ("PORT", "SMTP_PORT"))
    assert "Traceback" not in done.stderr


def test_settings_are_read_from_a_file_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\nPORT=none\nSMTP_PORT='none'\n")
    done = _alerts("migrate", env={"PATH": os.environ["PATH"], "SMTP_PORT": "0"}, cwd=tmp_path)
    assert "PORT: Input should be a valid integer" in done.stderr
    assert "SMTP_PORT: Input should be greater" in done.stderr


def test_a_database_that_is_away_is_told_in_words(settings: Settings) -> None:
    env = environment_of(settings, DATABASE_URL="postgresql://nobody@127.0.0.1:9/none?connect_timeout=2")
    done = _alerts("mailings", "show", "UA 1/26", env=env)
    assert done.returncode == exits.AWAY
    assert "Traceback" not in done.stderr


def test_what_is_unknown_is_refused_in_words(committed: Session, settings: Settings) -> None:
    done = _alerts("mailings", "show", "UA 1/26", env=environment_of(settings))
    assert done.returncode == exits.REFUSED
    assert "UA 1/26" in done.stderr


def test_the_doctor_says_what_is_missing_and_what_to_do(committed: Session, settings: Settings) -> None:
    done = _alerts("doctor", "--json", env=environment_of(settings))
    assert done.returncode == exits.AWAY
    found = {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert {name for name, finding in found.items() if finding["well"]} >= {
        "settings",
        "keys",
        "database",
        "migrations",
    }
    for missing, command in (("clock", "alerts clock"), ("workers", "alerts worker"), ("mail", "MAIL_URL")):
        assert not found[missing]["well"]
        assert command in found[missing]["remedy"]
