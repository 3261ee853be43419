"""What every command needs: the app in its context, and who is acting."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask

from alerts.cli.services import remembered
from alerts.core import logs
from alerts.extensions import db
from alerts.organisers import Actor
from alerts.organisers.service import organiser_by_email
from config import Settings, load

as_option = click.option("--as", "acting", metavar="EMAIL", required=True, help="The organiser who does this.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def settings() -> Settings:
    """The settings; what is not set is as `alerts services` or `alerts demo` runs it in DATA_DIR, where one does."""
    for name, value in remembered(data_dir()).items():
        os.environ[name] = os.environ.get(name) or value
    return load()


def data_dir() -> Path:
    """The folder DATA_DIR, before there are settings."""
    return Path(os.environ.get("DATA_DIR") or "var").resolve()


@contextmanager
def app_context() -> Iterator[Flask]:
    """The app, for as long as the block; what is not committed at its end is undone."""
    from alerts.app import create_app  # the pages are many megabytes, which workers started by `alerts` do without

    app = create_app(settings())
    logs.quiet()
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()


def actor(email: str) -> Actor:
    """The organiser with this address. Raises Unknown."""
    return organiser_by_email(db.session(), email).actor


def answer(value: Any, *, as_json: bool, words: Callable[[], str]) -> None:
    """Print `value` as JSON, or the words for people."""
    click.echo(json.dumps(value, default=str, ensure_ascii=False, indent=2) if as_json else words())
