"""Interface texts in each language, for pages, mail and the command line alike (gettext catalogues)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

CATALOGUES = Path(__file__).parent.parent / "translations"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of `language`; English texts are the message ids, so `en` (and a gap) reads as written."""
    return Translations.load(str(CATALOGUES), [language])
