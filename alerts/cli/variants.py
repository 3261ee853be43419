"""Commands on tests of variants: how they stand, and which one everybody else gets."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta

import click

from alerts.actions.variants import letter_of, variant_named
from alerts.cli.context import actor, answer, app_context, as_option, json_option
from alerts.core.dates import moment
from alerts.core.errors import Refused
from alerts.extensions import current_limits, db
from alerts.mailings.launch import newest_mailing
from alerts.mailings.odds import Finding
from alerts.mailings.winners import Standings, choose_winner, standings

_SPAN = re.compile(r"([1-9][0-9]{0,3})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Span(click.ParamType[timedelta]):
    """A length of time as people write it: 90m, 2h, 1d."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it, or say how to write it."""
        found = _SPAN.fullmatch(str(value).strip().lower())
        if found is None:
            self.fail("write minutes, hours or days, as in 90m, 2h or 1d", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command()
@click.argument("ua")
@json_option
def variants(ua: str, as_json: bool) -> None:
    """How the variants in the newest mailing of case UA stand: who got them, who acted, and what that can tell.

    The interval says where a variant's true share most likely lies (95 %); the odds, how likely it is the best.

    \b
    Example:
      alerts mailings variants "UA 3/26" --json
    """
    with app_context():
        session = db.session()
        found = standings(session, newest_mailing(session, ua).id)
        if found is None:
            raise Refused(f"The newest mailing of {ua} tests no variants.")
        answer(asdict(found), as_json=as_json, words=lambda: _words(found))


@click.command()
@click.argument("ua")
@click.argument("variant")
@as_option
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
def choose(ua: str, variant: str, acting: str, yes: bool) -> None:
    """Send variant VARIANT (A to D) of the newest mailing of case UA to everyone who waits. It cannot be taken back.

    \b
    Example:
      alerts mailings choose "UA 3/26" B --as sender@office.example
    """
    with app_context():
        session, number = db.session(), variant_named(variant)
        mailing = newest_mailing(session, ua)
        found = standings(session, mailing.id)
        if found and not yes:
            click.echo(_words(found), err=True)
            click.confirm(f"Send variant {letter_of(number)} to the {found.held:,} who wait?", abort=True, err=True)
        choose_winner(session, actor(acting), mailing.id, number)
        session.commit()
        click.echo(f"Variant {letter_of(number)} goes to everyone who waited.")


def _words(found: Standings) -> str:
    lines = [f"Tested on {found.share} % of the audience; acts are counted, never opens."]
    lines += [_line(finding, subject) for finding, subject in zip(found.findings, found.subjects, strict=True)]
    if found.choice:
        lines.append(f"Variant {letter_of(found.choice.variant)} was chosen. {found.choice.why}")
        return "\n".join(lines)
    clear = found.clear
    lines.append(f"Variant {letter_of(clear.variant)} is clearly ahead." if clear else "It is too little to tell.")
    lines.append(f"{found.held:,} people wait for the winner.")
    if found.decides_at:
        lines.append(f"The clock chooses {moment(found.decides_at, 'en', current_limits().time_zone)}.")
    elif found.decide_after:
        lines.append(f"The clock chooses {found.decide_after} (h:mm:ss) after the first mail.")
    else:
        lines.append("A person chooses: alerts mailings choose.")
    return "\n".join(lines)


def _line(finding: Finding, subject: str) -> str:
    return (
        f"  {letter_of(finding.variant)}  {finding.mailed:>9,} mailed  {finding.acted:>7,} acted"
        f"  {finding.rate:6.2%} ({finding.low:.2%} to {finding.high:.2%})  best: {finding.best:.0%}  {subject}"
    )
