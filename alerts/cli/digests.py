"""`alerts mailings digest`: what the next digest would hold."""

from __future__ import annotations

import click

from alerts.cli.context import answer, app_context, json_option
from alerts.extensions import db


@click.command()
@click.argument("kind", type=click.Choice(["daily", "weekly"]))
@json_option
def digest(kind: str, as_json: bool) -> None:
    """Show what the next KIND digest would hold, if it were made now. Nothing is sent.

    \b
    Example:
      alerts mailings digest daily
    """
    from alerts.mailings.digests import next_cases
    from alerts.subscribers.models import HowOften
    from alerts.subscribers.queries import how_many_get

    with app_context():
        since, cases = next_cases(db.session(), HowOften(kind))
        people = how_many_get(db.session(), HowOften(kind), since)
    numbers = [case.number for case in cases]
    named = ", ".join(numbers) or "nothing"
    told = f"New since {since:%d %B %Y, %H:%M} UTC and open: {named}. It would look for {people:,} people."
    values = {"kind": kind, "since": since.isoformat(), "cases": numbers, "people": people}
    answer(values, as_json=as_json, words=lambda: told)
