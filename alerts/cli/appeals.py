"""Commands on what people ask of targets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from alerts.cli.context import actor, answer, app_context, as_option, json_option
from alerts.core.languages import LANGUAGES
from alerts.extensions import current_site, db

if TYPE_CHECKING:
    from alerts.appeals.desk import Letters


@click.group()
def appeals() -> None:
    """Appeals: take out the names of a case to hand them in, look after letters that go to its target by mail."""


@appeals.command()
@click.argument("number")
@as_option
@json_option
def show(number: str, acting: str, as_json: bool) -> None:
    """Show what became of the letters of case NUMBER.

    \b
    Example:
      alerts appeals show "UA 3/26" --as sender@office.example
    """
    from alerts.actions.queries import case_id_of
    from alerts.appeals.desk import letters

    with app_context():
        found = letters(db.session(), actor(acting), case_id_of(db.session(), number))
    answer(asdict(found), as_json=as_json, words=lambda: _in_words(found))


def _in_words(found: Letters) -> str:
    lines = [f"{found.number} to {found.target or 'nobody yet'}: {found.by.value}, {found.state.value}"]
    if found.words:
        lines.append(f"  since {found.since:%d %B %Y, %H:%M} UTC: {found.words}")
    counts = ("acted", "handed_over", "waiting", "only_counted", "handing_over", "unknown", "returned", "kept_back")
    lines.extend(f"  {name.replace('_', ' '):<14}{getattr(found, name):>10,}" for name in counts)
    return "\n".join(lines)


@appeals.command()
@click.argument("number")
@as_option
@click.option("--reason", required=True, help="Why, in a few words; kept in the audit log.")
def pause(number: str, acting: str, reason: str) -> None:
    """Let the letters to the target of case NUMBER wait.

    \b
    Example:
      alerts appeals pause "UA 3/26" --as sender@office.example --reason "The office moves house."
    """
    from alerts.appeals import desk

    with _case(number) as case_id:
        desk.pause(db.session(), actor(acting), case_id, reason=reason)
    click.echo("The letters wait.")


@appeals.command()
@click.argument("number")
@as_option
@click.option("--reason", required=True, help="What the target said; kept in the audit log.")
def refused(number: str, acting: str, reason: str) -> None:
    """Note that the target of case NUMBER takes no letters by mail; the case's page says so.

    \b
    Example:
      alerts appeals refused "UA 3/26" --as sender@office.example --reason "The office asked for no more mail."
    """
    from alerts.appeals import desk

    with _case(number) as case_id:
        desk.refused(db.session(), actor(acting), case_id, reason=reason)
    click.echo("Nothing more goes to this target.")


@appeals.command()
@click.argument("number")
@as_option
def resume(number: str, acting: str) -> None:
    """Let the letters to the target of case NUMBER go on; those that were sent back go again.

    \b
    Example:
      alerts appeals resume "UA 3/26" --as sender@office.example
    """
    from alerts.appeals import desk

    with _case(number) as case_id:
        desk.resume(db.session(), actor(acting), case_id)
    click.echo("The letters go on.")


@contextmanager
def _case(number: str) -> Iterator[UUID]:
    """The case with this number; what is done to it is kept where nothing goes wrong."""
    from alerts.actions.queries import case_id_of

    with app_context():
        yield case_id_of(db.session(), number)
        db.session.commit()


@appeals.command("hand-in")
@click.argument("number")
@as_option
@click.option("--purpose", required=True, help="What the names are for; kept in the audit log.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A .pdf or a .csv file.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="Of the cover.")
@click.option("--paper", type=click.Choice(["a4", "us-letter"]), default="a4", show_default=True, help="The sheet.")
def hand_in(number: str, acting: str, purpose: str, out: Path, language: str, paper: str) -> None:
    """Write the names of case NUMBER, as each person allowed it, with counts by country.

    \b
    Example:
      alerts appeals hand-in "UA 3/26" --as sender@office.example --purpose "3 May" --out names.pdf
    """
    from alerts.actions.queries import case_id_of, public_case
    from alerts.appeals import hand_in as names
    from alerts.appeals.hand_in_paper import hand_in_pdf

    if out.suffix not in (".pdf", ".csv"):
        raise click.UsageError("--out names the form by its ending: names.pdf or names.csv.")
    with app_context():
        session = db.session()
        case_id = case_id_of(session, number)
        found = names.hand_in(session, actor(acting), case_id, purpose=purpose, language=language)
        if out.suffix == ".csv":
            made = "".join(names.as_csv(found)).encode()
        else:
            case = public_case(session, case_id, language)
            made = hand_in_pdf(found, case, organisation=current_site().organisation, paper=paper)
        out.write_bytes(made)
        session.commit()
    click.echo(f"{found.number}: {found.total:,} people, {len(found.signatories):,} on the list, in {out}.")
    if found.kept_back:
        click.echo(f"{found.kept_back:,} signed words that were taken down since: they are on no list.")
