"""Commands that run one process of the installation, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import click

from alerts.cli.context import data_dir, settings


@click.command("services")
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as JSON.")
def run_services(as_json: bool) -> None:
    """Run an embedded PostgreSQL and Valkey for development, with their files under DATA_DIR.

    While they run, other commands started in this folder find them by themselves, with keys made for development.

    \b
    Example:
      alerts services
    """
    from alerts.cli.services import development, services, wait_for_signal

    given = {name: os.environ.get(name.upper(), "") for name in ("database_url", "redis_url")}
    with services(data_dir(), **given, also=development(data_dir())) as addresses:
        if as_json:
            click.echo(json.dumps(asdict(addresses)))
        else:
            click.echo(f"DATABASE_URL={addresses.database_url}\nREDIS_URL={addresses.redis_url}\nCtrl-C stops both.")
        wait_for_signal()


@click.command()
def migrate() -> None:
    """Bring the database to the newest migration.

    \b
    Example:
      alerts migrate
    """
    from flask_migrate import upgrade

    from alerts.cli.context import app_context

    with app_context():
        upgrade()
    click.echo("The database is at the newest migration.")


@click.command()
@click.option("--workers", default=1, show_default=True, help="Processes that answer requests.")
def web(workers: int) -> None:
    """Serve the site at HOST and PORT (granian).

    \b
    Example:
      alerts web --workers 2
    """
    chosen = settings()
    serve("alerts.asgi:app", chosen.host, chosen.port, workers=workers)


def serve(target: str, host: str, port: int, *, workers: int, wsgi: bool = False) -> None:
    """Serve an ASGI application (or a WSGI one), `module:name`, until this process is told to end."""
    from granian.constants import Interfaces, Loops
    from granian.server import Server

    Server(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI if wsgi else Interfaces.ASGINL,
        loop=Loops.uvloop,
        workers=workers,
        blocking_threads=min(8, 2 * (os.cpu_count() or 1)) if wsgi else None,
        log_access=False,
        websockets=False,
    ).serve()


@click.command()
@click.option("--burst", is_flag=True, help="Stop when the queues are empty.")
def worker(burst: bool) -> None:
    """Take jobs from the queues: freeze audiences, hand mail over.

    \b
    Example:
      alerts worker
    """
    from alerts.jobs.worker import run

    run(settings(), burst=burst)


@click.command()
def clock() -> None:
    """Ring for everything that is due, each second; one clock for the whole installation.

    \b
    Example:
      alerts clock
    """
    from alerts.jobs.clock import run_clock

    run_clock(settings())


@click.command()
def catcher() -> None:
    """Catch mail at SMTP_PORT instead of delivering it, and show it at MAIL_UI_PORT.

    A request to leave that is sent to LEAVE_MAILBOX through it takes effect at once, as `alerts inbox` does it; so
    does a returned mail for BOUNCE_MAILBOX, as `alerts bounces` does it.

    \b
    Example:
      MAIL_UI_PORT=8026 alerts catcher
    """
    from alerts.app import create_app
    from alerts.appeals.refusing import refuse_by_mail
    from alerts.catcher import run_catcher
    from alerts.events.bouncing import take_returned
    from alerts.extensions import db
    from alerts.subscribers.by_mail import leave_by_mail

    chosen = settings()
    app = create_app(chosen)

    local, _, domain = chosen.bounce_mailbox.casefold().partition("@")

    def is_bounce(recipient: str) -> bool:
        mailbox, _, at = recipient.casefold().rpartition("@")
        return at == domain and mailbox.partition("+")[0] == local

    def heard(recipients: list[str], message: bytes) -> None:
        for returned_to in filter(is_bounce, recipients):
            with app.app_context():
                take_returned(db.session(), message, to=returned_to)
                db.session.commit()
        if chosen.leave_mailbox.casefold() in (recipient.casefold() for recipient in recipients):
            with app.app_context():
                leave_by_mail(db.session(), message) or refuse_by_mail(db.session(), message)
                db.session.commit()

    run_catcher(chosen.smtp_port, chosen.mail_ui_port, chosen.data_dir / "mail", heard=heard)
