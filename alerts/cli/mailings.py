"""Commands on mailings: launch one, watch it, stop it, read its ledger."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

import click
from sqlalchemy.orm import Session
from tqdm import tqdm

from alerts.cli import again, digests
from alerts.cli import variants as testing
from alerts.cli.context import actor, answer, app_context, as_option, json_option
from alerts.core.dates import moment
from alerts.extensions import current_limits, current_pace, current_site, current_transport_key, db
from alerts.mailings import launch as verbs
from alerts.mailings import ledger as ledgers
from alerts.mailings.audience import REASONS
from alerts.mailings.models import MailingState
from alerts.mailings.plan import Trial, When
from alerts.mailings.progress import Progress, progress
from alerts.mailings.reports import Reports, reports_of
from alerts.mailings.schedule import moment_in, zone_named
from alerts.mailings.transitions import OPEN
from alerts.mailings.trials import small_sample
from alerts.mailings.waiting import why_mail_waits
from alerts.organisers import Actor, Permission, require
from alerts.segments.rules import Rule

WATCH_EVERY = 0.5


@click.group()
def mailings() -> None:
    """Mailings: launch, watch, pause, resume, cancel, and who got what."""


for _more in (again.retry, again.join, again.unknown, testing.variants, testing.choose, digests.digest):
    mailings.add_command(_more)


@mailings.command()
@click.argument("ua")
@as_option
@click.option("--language", "languages", multiple=True, help="Only people who read this language; may be repeated.")
@click.option("--country", "countries", multiple=True, help="Only people in this country (ISO code); may be repeated.")
@click.option("--at", metavar="MOMENT", help="Start then: '2026-12-01 09:00', in TIME_ZONE unless a zone is behind it.")
@click.option(
    "--local-hour",
    type=click.IntRange(0, 23),
    help="Mail each person when their own clock shows this hour; from --at on, or from now on.",
)
@click.option(
    "--sample", type=click.IntRange(1, 90), help="Test the bulletin's variants on this percentage; the rest wait."
)
@click.option(
    "--decide-after",
    type=testing.Span(),
    help="Let the clock choose the variant so long after the first mail (90m, 2h, 1d); else a person does.",
)
@click.option("--yes", is_flag=True, help="Do not ask for the number of people to be typed.")
@click.option("--watch", is_flag=True, help="Stay until the mailing ends, with a progress bar.")
@json_option
def launch(
    ua: str,
    acting: str,
    languages: tuple[str, ...],
    countries: tuple[str, ...],
    at: str | None,
    local_hour: int | None,
    sample: int | None,
    decide_after: timedelta | None,
    yes: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Launch the newest bulletin of case UA: publish it if it is only approved, and mail everyone it is for.

    Shows the audience and who is left out first, and asks for its number to be typed.

    \b
    Example:
      alerts mailings launch "UA 3/26" --as sender@office.example --watch
      alerts mailings launch "UA 3/26" --as sender@office.example --at "2026-12-01 00:00" --local-hour 9
      alerts mailings launch "UA 3/26" --as sender@office.example --sample 10 --decide-after 2h
    """
    if decide_after and sample is None:
        raise click.UsageError("--decide-after needs --sample: without a test there is nothing to decide.")
    rule = Rule(languages, tuple(country.upper() for country in countries))
    with app_context():
        session, who = db.session(), actor(acting)
        bulletin_id = verbs.newest_bulletin(session, ua)
        limits = current_limits()
        when = When(moment_in(zone_named(limits.time_zone), at) if at else None, local_hour)
        trial = Trial(sample, decide_after) if sample else None
        confirmed = None if yes else _confirmed(session, who, bulletin_id, rule, when, trial)
        launched = verbs.launch(
            session,
            who,
            bulletin_id,
            site=current_site(),
            rule=rule,
            confirmed=confirmed,
            when=when,
            limits=limits,
            trial=trial,
        )
        session.commit()
        if watch:
            _watch(session, launched.mailing_id)
        _show(session, launched.mailing_id, as_json=as_json)


def _confirmed(session: Session, who: Actor, bulletin_id: UUID, rule: Rule, when: When, trial: Trial | None) -> int:
    audience = verbs.audience_of(session, who, bulletin_id, rule, when=when, limits=current_limits())
    people = ", ".join(f"{language} {count:,}" for language, count in audience.by_language.items())
    click.echo(f"Audience: {audience.people:,} people ({people or 'nobody'})", err=True)
    for reason, count in audience.excluded.items():
        click.echo(f"Left out: {count:,} — {REASONS[reason]}", err=True)
    if trial and (warning := small_sample(session, bulletin_id, audience.people, trial)):
        click.echo(warning, err=True)
    typed: int = click.prompt("Type the number of people to launch", type=int, err=True)
    return typed


@mailings.command()
@click.argument("ua")
@as_option
def pause(ua: str, acting: str) -> None:
    """Hand nothing more over until someone resumes.

    \b
    Example:
      alerts mailings pause "UA 3/26" --as sender@office.example
    """
    _turn(ua, acting, verbs.pause, "is paused")


@mailings.command()
@click.argument("ua")
@as_option
def resume(ua: str, acting: str) -> None:
    """Go on with a mailing that was paused, parked or stopped.

    \b
    Example:
      alerts mailings resume "UA 3/26" --as sender@office.example
    """
    _turn(ua, acting, verbs.resume, "goes on")


@mailings.command()
@click.argument("ua")
@as_option
def cancel(ua: str, acting: str) -> None:
    """Hand nothing more over, for good.

    \b
    Example:
      alerts mailings cancel "UA 3/26" --as sender@office.example
    """
    _turn(ua, acting, verbs.cancel, "is cancelled")


@mailings.command()
@click.argument("ua")
@click.option("--watch", is_flag=True, help="Stay until the mailing ends, with a progress bar.")
@json_option
def show(ua: str, watch: bool, as_json: bool) -> None:
    """How far the newest mailing of case UA is.

    \b
    Example:
      alerts mailings show "UA 3/26" --json
    """
    with app_context():
        session = db.session()
        mailing_id = verbs.newest_mailing(session, ua).id
        if watch:
            _watch(session, mailing_id)
        _show(session, mailing_id, as_json=as_json)


@mailings.command()
@click.argument("ua")
@as_option
@click.option("--purpose", default="command line", show_default=True, help="Why; recorded in the audit log.")
@click.option(
    "--csv", "as_csv", is_flag=True, help="Each delivery, as CSV on standard output; recorded with its purpose."
)
def ledger(ua: str, acting: str, purpose: str, as_csv: bool) -> None:
    """What became of the newest mailing of case UA: people by state and reason, or with --csv each delivery.

    \b
    Example:
      alerts mailings ledger "UA 3/26" --csv --as sender@office.example > ledger.csv
    """
    with app_context():
        session, who = db.session(), actor(acting)
        require(who, Permission.SEE_LEDGER)
        mailing_id = verbs.newest_mailing(session, ua).id
        if not as_csv:
            for state, reason, count in ledgers.reasons(session, mailing_id):
                click.echo(f"{count:>10,}  {state.replace('_', ' ')}{f': {reason}' if reason else ''}")
            return
        lines = ledgers.stream_csv(session, who, mailing_id, purpose=purpose)
        session.commit()
        for line in lines:
            sys.stdout.write(line)


def _turn(ua: str, acting: str, verb: Callable[[Session, Actor, UUID], None], done: str) -> None:
    with app_context():
        session = db.session()
        mailing = verbs.newest_mailing(session, ua)
        verb(session, actor(acting), mailing.id)
        session.commit()
        at = progress(session, mailing.id)
        click.echo(f"The mailing of {at.number} {done}: {at.handed_over:,} of {at.total:,} are handed over.")


def _watch(session: Session, mailing_id: UUID) -> None:
    """A bar that fills until the mailing ends or needs a person."""
    with tqdm(unit=" mails", disable=not sys.stderr.isatty()) as bar:
        while True:
            session.rollback()
            at = progress(session, mailing_id)
            bar.total, bar.n = at.total, at.handed_over + at.skipped + at.refused + at.unknown
            bar.set_description(at.state.value)
            if at.state not in (MailingState.RUNNING, MailingState.SCHEDULED, MailingState.PARKED):
                return
            time.sleep(WATCH_EVERY)


def _show(session: Session, mailing_id: UUID, *, as_json: bool) -> None:
    session.rollback()
    at, reports = progress(session, mailing_id), reports_of(session, mailing_id)
    slowed = _slowed(session, at)
    found = {**asdict(at), "waiting": at.waiting, "slowed": slowed, "reported": asdict(reports)}
    answer(found, as_json=as_json, words=lambda: "\n".join([_words(at, reports), *(f"  {line}" for line in slowed)]))


def _slowed(session: Session, at: Progress) -> list[str]:
    """Why its mail waits, while there is mail to come."""
    return why_mail_waits(session, current_transport_key(), current_pace()) if at.state in OPEN else []


def _words(at: Progress, reports: Reports) -> str:
    lines = [f"{at.number}: {at.state.value}" + (f" — {at.trouble}" if at.trouble else "")]
    counts = ("handed_over", "waiting", "handing_over", "deferred", "skipped", "refused", "unknown")
    lines += [f"  {getattr(at, name):>10,}  {name.replace('_', ' ')}" for name in counts if getattr(at, name)]
    lines += [f"  {people:>10,}  left out: {REASONS.get(reason, reason)}" for reason, people in at.excluded.items()]
    zone = current_limits().time_zone
    if at.state is MailingState.SCHEDULED:
        lines.append(f"  starts {moment(at.starts_at, 'en', zone)}")
    if at.waiting_for_hour and at.next_start:
        following = moment(at.next_start, "en", zone)
        lines.append(f"  {at.waiting_for_hour:>10,}  of those waiting, for their hour; the next {following}")
    if at.waiting_for_winner:
        lines.append(f"  {at.waiting_for_winner:>10,}  of those waiting, for the winner of the variants")
    if at.resent:
        lines.append(f"  {at.resent:>10,}  may have arrived twice: a worker vanished while they were handed over")
    lines += [f"  {people:>10,}  reported since: {name}" for name, people in asdict(reports).items() if people]
    return "\n".join(lines)
