"""Commands on what providers report: what came, what is odd, what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from alerts.cli.context import answer, app_context, json_option
from alerts.events import inbox
from alerts.events.queries import Overview, overview
from alerts.extensions import db

BY = {"hook": "SendGrid's events", "mail": "Returned mail"}


@click.group()
def events() -> None:
    """What providers report back: see what came, try again what could not be read."""


@events.command()
@json_option
def show(as_json: bool) -> None:
    """What waits for a worker, what was counted in the last seven days, what is odd or could not be read.

    \b
    Example:
      alerts events show --json
    """
    with app_context():
        found = overview(db.session())
        answer(asdict(found), as_json=as_json, words=lambda: "\n".join(_words(found)))


@events.command()
def retry() -> None:
    """Let posts that could not be read wait for a worker again, after something was mended.

    \b
    Example:
      alerts events retry
    """
    with app_context():
        again = inbox.retry_unreadable(db.session())
        db.session.commit()
    click.echo(f"{again:,} post(s) wait again.")


def _words(found: Overview) -> Iterator[str]:
    oldest = f", the oldest since {found.oldest_waiting:%Y-%m-%d %H:%M:%S} UTC" if found.oldest_waiting else ""
    yield f"{found.waiting:,} post(s) wait for a worker{oldest}."
    for by, title in BY.items():
        yield f"{title} since {found.since}:"
        lines = [f"  {one.times:>10,}  {one.what}" for one in found.counts if one.by == by]
        yield from lines or ["           0"]
    for post in found.unreadable:
        yield f"Unreadable: post {post.post} of {post.received_at:%Y-%m-%d %H:%M}, {post.bytes:,} bytes. {post.trouble}"
    for odd in found.odd:
        yield f"Odd: {odd.why} ({odd.kind or 'no kind'}) at {odd.seen_at:%Y-%m-%d %H:%M}; it has: {odd.names}"
