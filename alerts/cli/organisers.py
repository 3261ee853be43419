"""Commands on organisers: make an account, list who there is."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from alerts.cli.context import actor, answer, app_context, json_option
from alerts.extensions import db
from alerts.organisers import SYSTEM, Role
from alerts.organisers import queries as reads
from alerts.organisers import service as verbs

_ROLES = [role.value.replace("_", "-") for role in Role]
_LONGEST_PASSWORD = 1000


@click.group()
def organisers() -> None:
    """Organisers: accounts of the people who run the campaign."""


@organisers.command()
@click.option("--email", required=True, help="The address they sign in with.")
@click.option("--name", required=True, help="The name colleagues see.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(_ROLES), help="May be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@click.option("--as", "acting", metavar="EMAIL", help="The administrator who does this; else the operator.")
@json_option
def add(email: str, name: str, roles: tuple[str, ...], password_stdin: bool, acting: str | None, as_json: bool) -> None:
    """Make an account. The password is asked for, twice, and never shown.

    \b
    Example:
      alerts organisers add --email ada@office.example --name "Ada Okoye" --role author --role reviewer
    """
    with app_context():
        session = db.session()
        who = actor(acting) if acting else SYSTEM
        held = [Role(role.replace("-", "_")) for role in roles]
        made = verbs.add_organiser(
            session, who, email=email, name=name, password=_password(from_stdin=password_stdin), roles=held
        )
        session.commit()
        facts = {"id": str(made.id), "email": made.email, "name": made.name, "roles": sorted(held)}
    words = f"{facts['name']} can sign in with {facts['email']} ({', '.join(sorted(roles))})."
    answer(facts, as_json=as_json, words=lambda: words)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline(_LONGEST_PASSWORD).rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return typed


@organisers.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Who has an account, and with which roles.

    \b
    Example:
      alerts organisers list --json
    """
    with app_context():
        found = reads.accounts(db.session())
    width = max((len(account.email) for account in found), default=0)
    lines = [
        f"{account.email:<{width}}  {account.name}: {', '.join(account.roles).replace('_', '-')}"
        + ("" if account.active else " (may not sign in)")
        for account in found
    ]
    nobody = "There is nobody yet. `alerts organisers add --help` says how to make the first account."
    answer([asdict(account) for account in found], as_json=as_json, words=lambda: "\n".join(lines) or nobody)
