"""Commands on cases."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerts.cli.context import actor, answer, app_context, as_option, json_option
from alerts.extensions import db

if TYPE_CHECKING:
    from alerts.actions.load import LoadedCase


@click.group()
def cases() -> None:
    """Cases: load them from folders, and lead old numbers on."""


@cases.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_option
@json_option
def load(folder: Path, acting: str, as_json: bool) -> None:
    """Load FOLDER: one case, or a campaign with its cases, as drafts. docs/case-files.md explains the files.

    All of it or nothing: where a file is wrong, every fault of every file is listed with its line. A case that was
    loaded before is left alone, but for later bulletins that it does not have yet: they become drafts of their own.

    \b
    Example:
      alerts cases load demo/we-defend --as author@office.example
    """
    from alerts.actions.load import load_folder

    with app_context():
        loaded = load_folder(db.session(), actor(acting), folder)
        db.session.commit()
    rows = [asdict(case) for case in loaded]
    width = max((len(case.folder) for case in loaded), default=0)
    lines = (f"{case.number:<10} {case.folder:<{width}}  {case.outcome.value}{_news(case)}" for case in loaded)
    answer(rows, as_json=as_json, words=lambda: "\n".join(lines) or "There is no case in this folder.")


@cases.command()
@click.argument("number")
@click.argument("into")
@as_option
def merged(number: str, into: str, acting: str) -> None:
    """Let every address of NUMBER, which is not shown (any more), lead on to the case INTO.

    \b
    Example:
      alerts cases merged "UA 5/26" "UA 3/26" --as sender@office.example
    """
    from alerts.actions.moving import lead_on

    with app_context():
        lead_on(db.session(), actor(acting), number, into)
        db.session.commit()
    click.echo(f"{number} leads on to {into} now.")


def _news(case: LoadedCase) -> str:
    """What became of its later bulletins, to be said after the outcome."""
    if case.begun:
        return f", bulletin {_listed(case.begun)} begun as a draft"
    if case.waiting:
        return f", bulletin {_listed(case.waiting)} waits: load again once the case is public"
    return ""


def _listed(numbers: tuple[int, ...]) -> str:
    """`2, 3`."""
    return ", ".join(map(str, numbers))
