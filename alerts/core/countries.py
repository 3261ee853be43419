"""Countries and territories: ISO 3166-1 alpha-2 codes, and what each is called in a reader's language."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale

_NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


_PERSIAN = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_PLACES = {"fa": {letter: place for place, letter in enumerate(_PERSIAN, 0x600)}}


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale(language).territories
    return {
        code: name
        for code, name in territories.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES
    }


CODES: frozenset[str] = frozenset(_names("en"))
"""Every code in use: those of ISO 3166-1, and XK, which it leaves to users and the people of Kosovo need.

CLDR's own additions (the EU, the UN, test regions) are left out.
"""


def in_order(language: str) -> list[tuple[str, str]]:
    """Every country's code and name, in the order in which `language` has its letters."""
    return sorted(_names(language).items(), key=lambda pair: _sorted_by(pair[1], language))


def _sorted_by(name: str, language: str) -> list[int]:
    """Letters by their place in the alphabet, without accents: code points put the Persian ones, and Å, at the end."""
    places = _PLACES.get(language, {})
    letters = (letter if letter in places else unicodedata.normalize("NFKD", letter)[0] for letter in name.casefold())
    return [places.get(letter, ord(letter)) for letter in letters if letter.isalpha() or letter.isspace()]


def country_name(code: str, language: str) -> str:
    """What `language` calls the country; the code itself where it has no name for it."""
    return _names(language).get(code, code)


@cache
def _codes_by_name() -> dict[str, str]:
    known = {name.casefold(): code for language in ("es", "fr", "en") for code, name in _names(language).items()}
    return known | {code.casefold(): code for code in CODES}


def code_for(text: str) -> str | None:
    """The code a person probably meant by `text`: a code in any case, or an English, French or Spanish name."""
    return _codes_by_name().get(text.strip().casefold())
