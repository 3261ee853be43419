"""Commands on the audit log."""

from __future__ import annotations

import sys

import click

from alerts.cli import exits
from alerts.cli.context import app_context
from alerts.extensions import db


@click.group()
def audit() -> None:
    """The audit log: who did what, append-only."""


@audit.command()
def verify() -> None:
    """Check that no entry was changed or taken out since it was written.

    \b
    Example:
      alerts audit verify
    """
    from alerts.audit.service import first_broken_link

    with app_context():
        broken = first_broken_link(db.session())
    if broken is not None:
        click.echo(
            f"The log was changed: entry {broken} does not fit the one before it. Compare with a backup.", err=True
        )
        sys.exit(exits.REFUSED)
    click.echo("The audit log is whole.")
