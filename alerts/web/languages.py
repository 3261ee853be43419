"""Which language a page speaks: the console English, everything else what the reader's browser asks for."""

from __future__ import annotations

from flask import Flask, request
from flask_babel import Babel

from alerts.core.i18n import CATALOGUES
from alerts.core.languages import DEFAULT, LANGUAGES


def install(app: Flask) -> None:
    """Bind Flask-Babel to the product's catalogues."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(CATALOGUES))
    Babel(app, locale_selector=_language)


def _language() -> str:
    if request.path.startswith("/console"):
        return DEFAULT
    return request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT
