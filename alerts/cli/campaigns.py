"""Commands on campaigns' pages."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from alerts.cli.context import actor, answer, app_context, as_option, json_option
from alerts.extensions import db


@click.group()
def campaigns() -> None:
    """Campaigns: load their pages from files."""


@campaigns.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_option
@json_option
def load(folder: Path, acting: str, as_json: bool) -> None:
    """Load the page of the campaign in FOLDER as a draft. docs/campaign-files.md explains the files.

    All of it or nothing: where a file is wrong, every fault of every file is listed with its line. A page that was
    loaded before is left alone. Its cases are loaded by `alerts cases load FOLDER`.

    \b
    Example:
      alerts campaigns load demo/we-defend --as author@office.example
    """
    from alerts.campaigns.load import load_page

    with app_context():
        loaded = load_page(db.session(), actor(acting), folder)
        db.session.commit()
    answer(asdict(loaded), as_json=as_json, words=lambda: f"{loaded.slug}  {loaded.outcome.value}")
