"""`alerts dkim`: keys that sign mail, and the DNS records that let receivers verify."""

from __future__ import annotations

import os

import click

from alerts.cli.context import answer, json_option, settings
from alerts.core import clock
from config import Settings


@click.group()
def dkim() -> None:
    """Keys that sign mail where the relay does not (DKIM)."""


@dkim.command()
@click.option("--domain", help="Domain that mail is sent from; without it, that of MAIL_FROM.")
def new(domain: str | None) -> None:
    """Make two keys, and print what belongs into .env and into DNS. Nothing is kept: the output is the only copy.

    Publish the records first and wait until DNS shows them; set DKIM_KEYS then, and restart the workers. When keys are
    replaced, the old records stay for ten more days, for mail that is still on its way.

    \b
    Example:
      alerts dkim new
      alerts dkim new --domain office.example
    """
    from alerts.delivery.dkim_keys import new_keys, read_keys, record_of
    from alerts.delivery.headers import domain_of

    setting = new_keys(f"{clock.now():%Y%m}")
    domain = domain or domain_of(os.environ.get("MAIL_FROM") or Settings.model_fields["mail_from"].default)
    click.echo(
        "1. In DNS, a TXT record for each key (the value as zone files hold it; some forms want it in one piece,"
    )
    click.echo("   without quotes and the blank between):\n")
    for record in (record_of(key, domain) for key in read_keys(setting)[0]):
        click.echo(f"{record.name}. IN TXT {record.strings}\n")
    click.echo("2. In .env or the environment, secret, on one line:\n")
    click.echo(f"DKIM_KEYS={setting}\n")
    click.echo("3. Restart the workers, and ask `alerts doctor`.")


@dkim.command()
@json_option
def records(as_json: bool) -> None:
    """Print the DNS record that must stand for each key that is set; none of it is secret.

    \b
    Example:
      alerts dkim records --json
    """
    from alerts.delivery.dkim_keys import record_of
    from alerts.delivery.headers import domain_of

    ours = settings()
    found = [record_of(key, domain_of(ours.mail_from)) for key in ours.dkim_key_ring()]
    answer(
        [{"name": record.name, "type": "TXT", "value": record.value} for record in found],
        as_json=as_json,
        words=lambda: (
            "\n".join(f"{record.name}. IN TXT {record.strings}" for record in found)
            or "DKIM_KEYS is empty: the relay signs, or nobody does."
        ),
    )
