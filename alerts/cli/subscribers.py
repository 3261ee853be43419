"""Commands on subscribers: import a list, count, look one up."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session
from tqdm import tqdm

from alerts.cli import exits
from alerts.cli.context import actor, answer, app_context, as_option, json_option
from alerts.cli.interrupts import presses
from alerts.core.languages import DEFAULT, LANGUAGES
from alerts.core.sheets import harmless
from alerts.extensions import db
from alerts.organisers.service import organiser_by_email
from alerts.subscribers import queries
from alerts.subscribers.files import Report, open_list
from alerts.subscribers.importing import Counts, Step, import_list
from alerts.subscribers.listing import SubscriberList

OUTCOMES = {
    "imported": "imported",
    "updated": "known, updated from the list",
    "unchanged": "known, nothing to change",
    "repeated": "repeats of an address earlier in the list",
    "suppressed": "stayed out: the address is suppressed",
    "left": "stayed out: the person left",
    "bad": "stayed out: the row is wrong",
}


@click.group()
def subscribers() -> None:
    """Subscribers: import lists of them, count them, look one up."""


@subscribers.command(
    "import", epilog="Exit codes: 0 every row is in or accounted for, 3 some rows are wrong, 1 refused."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--consent", "statement", required=True, help="What these people agreed to, in the words they saw.")
@as_option
@click.option("--encoding", help="How the file is encoded, where it is not told right by itself; for example cp1251.")
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    default=DEFAULT,
    show_default=True,
    help="For people whose row names none, or one we do not speak.",
)
@click.option("--report", type=click.Path(path_type=Path), help="Where wrong rows are listed; else beside FILE.")
@json_option
def import_(
    file: Path, statement: str, acting: str, encoding: str | None, language: str, report: Path | None, as_json: bool
) -> None:
    """Import the people in FILE, a CSV file whose first line names its columns.

    Columns: email, and if there are any name, language, country (ISO code), time zone (IANA name), and what people
    chose: how_often, topics, risks and countries (several with ; between them). Delimiter and encoding are found out.
    Wrong rows are listed with line and reason in a report beside FILE, the others are imported. Suppressed people and
    those who left stay out. It is safe to run again, also after it was interrupted: people who are there already get
    what the list says, and keep what it leaves empty.

    \b
    Example:
      alerts subscribers import list.csv --consent "I want urgent alerts by email." --as officer@office.example
    """
    started = time.monotonic()
    report = report or file.with_name(f"{file.stem}.wrong-rows.csv")
    with app_context(), db.engine.connect() as connection, Session(connection) as session, open_list(file) as opened:
        who = organiser_by_email(session, acting).actor
        people = SubscriberList(opened, encoding)
        with Report(report) as wrong:
            steps = import_list(session, who, people, statement=statement, on_bad=wrong.add, language=language)
            counts = _run(session, steps, file.stat().st_size)
    facts = {
        **asdict(counts),
        "encoding": people.encoding,
        "delimiter": people.header.delimiter,
        "unknown_columns": list(people.header.unknown),
        "report": str(report) if counts.bad else None,
        "seconds": round(time.monotonic() - started, 2),
    }
    answer(facts, as_json=as_json, words=lambda: _words(facts, language))
    if counts.bad:
        sys.exit(exits.PARTLY)


def _run(session: Session, steps: Generator[Step, None, None], size: int) -> Counts:
    """Commit each step, and show how far it is; Ctrl-C ends it between two steps."""
    counts = Counts()
    bar = tqdm(total=size, unit="B", unit_scale=True, disable=not sys.stderr.isatty())
    with (
        closing(steps),
        bar,
        presses("Stopping once the rows at hand are in. Press Ctrl-C again to end at once.") as pressed,
    ):
        for step in steps:
            session.commit()
            counts = step.counts
            bar.update(step.read - bar.n)
            if pressed():
                click.echo(f"Stopped after {counts.rows:,} rows, which stay in. Run it again to go on.", err=True)
                raise click.Abort
    return counts


def _words(facts: dict[str, Any], language: str) -> str:
    rate = facts["rows"] / facts["seconds"] if facts["seconds"] else 0
    lines = [f"{facts['rows']:,} rows in {facts['seconds']:.1f} s ({rate:,.0f} a second), read as {facts['encoding']}:"]
    lines += [f"  {facts[name]:>10,}  {meaning}" for name, meaning in OUTCOMES.items() if facts[name]]
    if facts["unspoken"]:
        lines.append(f"{facts['unspoken']:,} rows ask for a language we do not speak: {language} where they are new.")
    if facts["unknown_columns"]:
        lines.append(f"Columns that mean nothing here: {', '.join(map(harmless, facts['unknown_columns'][:10]))}")
    if facts["report"]:
        lines.append(f"The wrong rows are listed in {facts['report']} — mend them in the list and import it again.")
    return "\n".join(lines)


@subscribers.command()
@json_option
def count(as_json: bool) -> None:
    """How many people are subscribed, and in which languages.

    \b
    Example:
      alerts subscribers count --json
    """
    with app_context():
        found = queries.numbers(db.session())
    languages = ", ".join(f"{language} {people:,}" for language, people in found.languages.items())
    lines = [f"{found.active:,} subscribed" + (f" ({languages})" if languages else "")]
    lines.append(f"{found.left:,} left; {found.suppressed:,} addresses suppressed")
    answer(asdict(found), as_json=as_json, words=lambda: "\n".join(lines))


@subscribers.command()
@click.argument("email")
@as_option
@json_option
def show(email: str, acting: str, as_json: bool) -> None:
    """What is known of the person with the address EMAIL.

    \b
    Example:
      alerts subscribers show ana@mail.example --as officer@office.example
    """
    with app_context():
        found = asdict(queries.person(db.session(), actor(acting), email))
    lines = [f"{name.replace('_', ' '):>16}  {value}" for name, value in found.items() if value is not None]
    answer(found, as_json=as_json, words=lambda: "\n".join(lines))
