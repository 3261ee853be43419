"""The group `alerts`: commands found when they are asked for, and errors printed for people."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError

from alerts.cli import exits
from alerts.core.errors import AlertsError, Busy
from config import BadSettings

COMMANDS = {
    "audit": ("alerts.cli.audit:audit", "The audit log: check that it is whole."),
    "bounces": ("alerts.cli.bounces:bounces", "Take in a returned mail or complaint: one message on standard input."),
    "campaigns": ("alerts.cli.campaigns:campaigns", "Campaigns: load their pages from files."),
    "appeals": ("alerts.cli.appeals:appeals", "Appeals: take out the names of a case."),
    "cases": ("alerts.cli.cases:cases", "Cases: load them from folders."),
    "catcher": ("alerts.cli.processes:catcher", "Catch mail instead of delivering it, and show it."),
    "clock": ("alerts.cli.processes:clock", "Ring for everything that is due, each second."),
    "demo": ("alerts.cli.demo:demo", "Run everything on this machine, with a campaign and a launched alert."),
    "dkim": ("alerts.cli.dkim:dkim", "Keys that sign mail (DKIM): make them, show their DNS records."),
    "doctor": ("alerts.cli.doctor:doctor", "Check what the product needs, and say what to do."),
    "events": ("alerts.cli.events:events", "What providers report back: what came, what is odd."),
    "inbox": ("alerts.cli.inbox:inbox", "Take off whoever asked by mail: one message on standard input."),
    "mailings": ("alerts.cli.mailings:mailings", "Mailings: launch, watch, pause, cancel, who got what."),
    "migrate": ("alerts.cli.processes:migrate", "Bring the database to the newest migration."),
    "organisers": ("alerts.cli.organisers:organisers", "Organisers: their accounts and roles."),
    "services": ("alerts.cli.processes:run_services", "Run an embedded PostgreSQL and Valkey for development."),
    "subscribers": ("alerts.cli.subscribers:subscribers", "Subscribers: import them from a CSV file."),
    "web": ("alerts.cli.processes:web", "Serve the site."),
    "worker": ("alerts.cli.processes:worker", "Take jobs from the queues: freeze audiences, hand mail over."),
}


class Commands(click.Group):
    """A group whose commands are imported only when used, so that `alerts --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each command does, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Commands, epilog="Exit codes: 0 done, 1 refused, 2 not understood, 3 done in part, 4 try again later.")
@click.version_option("0.1.0", prog_name="We Defend")
def alerts() -> None:
    """We Defend: raise the alarm for people in danger.

    Settings come from the environment and from the file .env in this folder; .env.example explains them.

    \b
    Example:
      alerts doctor
      alerts mailings launch "UA 3/26" --as sender@office.example
    """


def main() -> None:
    """Run the command that was typed; what goes wrong is said in words, with an exit code that means something."""
    _read_env_file(Path(".env"))
    try:
        alerts(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except BadSettings as error:
        _say(f"{error}\nSet them in the environment or in .env; .env.example explains each.", exits.REFUSED)
    except Busy as error:
        _say(str(error), exits.AWAY)
    except AlertsError as error:
        _say(str(error), exits.REFUSED)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        _say(
            f"PostgreSQL does not answer: {reason}\nIs it running? `alerts services` starts one for development.",
            exits.AWAY,
        )


def _say(message: str, code: int) -> None:
    click.echo(message, err=True)
    sys.exit(code)


def _read_env_file(file: Path) -> None:
    """Lines `NAME=value` of `.env`, for names that the environment does not set."""
    if not file.is_file():
        return
    for line in file.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))
