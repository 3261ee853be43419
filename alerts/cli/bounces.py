"""`alerts bounces`: what a mail server gives a message to that came for the bounce mailbox."""

from __future__ import annotations

import sys

import click

from alerts.cli import exits
from alerts.cli.context import app_context
from alerts.extensions import db


@click.command()
@click.option(
    "--to", envvar=["ORIGINAL_RECIPIENT", "RECIPIENT"], default="", help="The address it came for; Postfix tells it."
)
def bounces(to: str) -> None:
    """Read one returned mail or complaint from standard input, and act on it where it proves to be about one of ours.

    For the mail server that receives BOUNCE_MAILBOX, as the command of an alias. The exit code is 0 whatever the
    message says, so that the server does not answer it; 4 where the database is away.

    \b
    Example, in the aliases of Postfix (with recipient_delimiter = +):
      bounces: "|/srv/we-defend/.venv/bin/alerts bounces"
    """
    from alerts.events.bouncing import take_returned
    from alerts.events.returned import LARGEST

    message = sys.stdin.buffer.read(LARGEST)
    with app_context():
        became = take_returned(db.session(), message, to=to)
        db.session.commit()
    click.echo(became.value)
    sys.exit(exits.DONE)
