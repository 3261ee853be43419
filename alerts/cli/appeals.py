"""Commands on what people ask of targets."""

from __future__ import annotations

from pathlib import Path

import click

from alerts.cli.context import actor, app_context, as_option
from alerts.core.languages import LANGUAGES
from alerts.extensions import current_site, db


@click.group()
def appeals() -> None:
    """Appeals: take out the names of a case, to hand them in."""


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
    from alerts.participation import hand_in as names
    from alerts.participation.hand_in_paper import hand_in_pdf

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
