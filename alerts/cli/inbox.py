"""`alerts inbox`: what a mail server gives a message to that came for the mailbox to leave."""

from __future__ import annotations

import sys

import click

from alerts.cli import exits
from alerts.cli.context import app_context
from alerts.extensions import db


@click.command()
def inbox() -> None:
    """Read one message from standard input and take its sender off, by the token in its subject: a person, or an
    office that letters went to.

    For the mail server that receives LEAVE_MAILBOX, as the command of an alias. A message without a good token is no
    error (exit code 0, so that the server does not answer): there is nobody to take off.

    \b
    Example, in the aliases of Postfix:
      leave: "|/srv/we-defend/.venv/bin/alerts inbox"
    """
    from alerts.appeals.refusing import refuse_by_mail
    from alerts.subscribers.by_mail import LARGEST, leave_by_mail

    message = sys.stdin.buffer.read(LARGEST)
    with app_context():
        left = leave_by_mail(db.session(), message) or refuse_by_mail(db.session(), message)
        db.session.commit()
    click.echo("Taken off." if left else "No good token in this message: nobody was taken off.")
    sys.exit(exits.DONE)
