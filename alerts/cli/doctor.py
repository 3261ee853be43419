"""`alerts doctor`: is everything there that the product needs, and what to do where it is not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from alerts.cli import exits
from alerts.cli.context import answer, app_context, json_option
from alerts.cli.sample import sample_alert
from alerts.core import clock
from alerts.core.schema import current_revision, newest_revision
from alerts.delivery.dkim_keys import record_of
from alerts.delivery.format import aligned, faults_of
from alerts.delivery.headers import domain_of
from alerts.delivery.opening import BadMailUrl
from alerts.delivery.transport import Verdict
from alerts.extensions import current_pace, current_site, current_transport_key, db
from alerts.jobs.clock import HEARTBEAT
from alerts.jobs.turns import transport
from alerts.mailings import holds
from alerts.mailings.waiting import sentences
from config import BadSettings, Environment, Settings

OLDEST_POSTGRES = 140_000


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is well, what was seen, and what to do where it is not."""

    check: str
    well: bool
    seen: str
    remedy: str = ""


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check settings, database, migrations, Redis, mail, keys, clock and workers; say what to do about each.

    Exit code 0 where all is well, 4 where something is not.

    \b
    Example:
      alerts doctor --json
    """
    try:
        with app_context() as app:
            findings = [finding for check in CHECKS for finding in check(app)]
    except BadSettings as error:
        findings = [
            Finding("settings", False, str(error), "Set them in the environment or in .env (see .env.example).")
        ]
    well = all(finding.well for finding in findings)
    rows = [asdict(finding) for finding in findings]
    answer({"well": well, "findings": rows}, as_json=as_json, words=lambda: _words(findings))
    sys.exit(exits.DONE if well else exits.AWAY)


def _words(findings: list[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(f"{'ok ' if finding.well else 'BAD'} {finding.check:<11} {finding.seen}")
        if not finding.well:
            lines.append(f"{'':<16}→ {finding.remedy}")
    return "\n".join(lines)


def _settings(app: Flask) -> Iterator[Finding]:
    settings = app.extensions["settings"]
    # They were checked when the app was made: had they been bad, we would not be here.
    yield Finding("settings", True, f"{settings.environment.value}, {settings.base_url}")
    development = settings.environment is Environment.DEVELOPMENT
    yield Finding(
        "keys", True, f"{len(settings.token_key_ring())} for links" + (" (development)" if development else "")
    )


def _database(_: Flask) -> Iterator[Finding]:
    try:
        with db.engine.connect() as connection:
            version = int(connection.scalar(text("SHOW server_version_num")) or 0)
            at, newest = current_revision(connection), newest_revision()
    except SQLAlchemyError as error:
        remedy = "Check DATABASE_URL, and that the server runs; `alerts services` starts one for development."
        yield Finding("database", False, type(error).__name__, remedy)
        return
    yield Finding(
        "database", version >= OLDEST_POSTGRES, f"PostgreSQL {version // 10000}", "PostgreSQL 14 or later is needed."
    )
    yield Finding("migrations", at == newest, f"at {at}, newest is {newest}", "Run `alerts migrate`.")


def _redis(app: Flask) -> Iterator[Finding]:
    redis: Redis = app.extensions["redis"]
    try:
        redis.ping()
    except RedisError as error:
        yield Finding(
            "redis", False, type(error).__name__, "Check REDIS_URL, and that the server runs. No mail is lost."
        )
        return
    yield Finding("redis", True, "answers")
    beats = bool(redis.exists(HEARTBEAT))
    yield Finding("clock", beats, "ticks" if beats else "no sign of life for ten seconds", "Start it: `alerts clock`.")
    workers = Worker.count(connection=redis)
    yield Finding("workers", workers > 0, f"{workers} at work", "Start at least one: `alerts worker`.")


def _mail(app: Flask) -> Iterator[Finding]:
    way = app.extensions["settings"].mail_url.partition(":")[0]
    try:
        told = transport().check()
    except BadMailUrl as error:
        yield Finding("mail", False, "MAIL_URL", str(error))
        return
    remedy = "Check MAIL_URL and, for SendGrid, SENDGRID_API_KEY; `alerts catcher` catches mail for development."
    yield Finding("mail", told.verdict is Verdict.ACCEPTED, f"{way} {told.text or 'answers'}".strip(), remedy)


def _pace(_: Flask) -> Iterator[Finding]:
    try:
        standing = holds.standing(db.session(), current_transport_key())
    except SQLAlchemyError:
        return  # told by the check of the database
    said = sentences(standing, current_pace(), clock.now())
    remedy = "It goes on by itself. “Try now” on a mailing's page, or `alerts mailings resume`, asks at once."
    yield Finding("pace", standing.held_until is None, " ".join(said) or "as fast as it goes", remedy)


def _dkim(app: Flask) -> Iterator[Finding]:
    settings: Settings = app.extensions["settings"]
    keys = settings.dkim_key_ring()
    if settings.mail_url.startswith("sendgrid"):
        yield Finding("dkim", True, "SendGrid signs; its records for your domain must stand in DNS")
    elif not keys:
        yield Finding("dkim", True, "DKIM_KEYS is empty: the relay must sign, or `alerts dkim new` makes keys")
    else:
        for key in keys:
            record = record_of(key, domain_of(settings.mail_from))
            seen = f"{key.algorithm.value} signs; DNS must hold: {record.name}. IN TXT {record.strings}"
            yield Finding("dkim", True, seen)


def _letters(app: Flask) -> Iterator[Finding]:
    settings: Settings = app.extensions["settings"]
    site, domain = current_site(), domain_of(settings.mail_from)
    # On one's own machine links lead to the site wherever it stands; receivers want them at the sender's domain.
    local = settings.base_url if settings.environment is Environment.DEVELOPMENT else ""
    faults = faults_of(sample_alert(site), domain=domain, base_url=local)
    if not settings.mail_url.startswith("sendgrid") and not aligned(domain_of(settings.bounce_mailbox), domain):
        faults.append(f"Returned mail goes to {domain_of(settings.bounce_mailbox)}, so DMARC does not count SPF.")
    remedy = f"Set BASE_URL and BOUNCE_MAILBOX at {domain} or below it, or MAIL_FROM at theirs."
    yield Finding("letters", not faults, " ".join(faults) or "as large receivers demand them", remedy)


def _reports(app: Flask) -> Iterator[Finding]:
    settings = app.extensions["settings"]
    if settings.mail_url.partition(":")[0] != "sendgrid":
        return
    hook = f"{settings.base_url}/hooks/sendgrid"
    remedy = (
        f"Switch on the signed event webhook at SendGrid, with the address {hook}, and copy its verification key into"
        " SENDGRID_EVENT_KEY: without it bounces and complaints are never heard, and what is unknown stays unknown."
    )
    given = bool(settings.sendgrid_event_key)
    yield Finding("events", given, f"taken in at {hook}" if given else "SENDGRID_EVENT_KEY is empty", remedy)


CHECKS: tuple[Callable[[Flask], Iterator[Finding]], ...] = (
    _settings,
    _database,
    _redis,
    _mail,
    _pace,
    _reports,
    _dkim,
    _letters,
)
