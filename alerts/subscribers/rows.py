"""What a row of a list says: a person to be told, or each fault that keeps them out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from babel import Locale
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from alerts.actions.states import Risk, Topic
from alerts.core.addresses import BadAddress, normalise
from alerts.core.countries import code_for
from alerts.core.languages import LANGUAGES
from alerts.core.zones import zone_for

LONGEST_NAME = 200
LONGEST_ADDRESS = 320
LONGEST_WORD = 100
LONGEST_CHOICE = 2_000
LONGEST_SHOWN = 500
"""Characters of a bad cell that are kept to be shown, so that any number of bad rows stays small."""
UNSPOKEN: Final = "und"
"""Stands for a language that exists and that we do not speak (ISO 639: undetermined)."""


class Column(StrEnum):
    """A column that means something to us, under the name people are told."""

    EMAIL = "email"
    NAME = "name"
    LANGUAGE = "language"
    COUNTRY = "country"
    TIME_ZONE = "time zone"
    HOW_OFTEN = "how often"
    TOPICS = "topics"
    RISKS = "risks"
    COUNTRIES = "countries"


CHOICES = (Column.HOW_OFTEN, Column.TOPICS, Column.RISKS, Column.COUNTRIES)


class Choices(NamedTuple):
    """What a row says that somebody chose. None: it does not say."""

    how_often: str | None
    topics: tuple[str, ...] | None
    risks: tuple[str, ...] | None
    countries: tuple[str, ...] | None


class Row(NamedTuple):
    """A person on the list. None: the list does not say. `language` may be UNSPOKEN.

    `chosen` is None for all rows of a list that has no column of CHOICES.
    """

    line: int
    email: str
    name: str | None
    language: str | None
    country: str | None
    time_zone: str | None
    chosen: Choices | None = None


class Fault(NamedTuple):
    """One thing to mend: in which column (empty: the whole row), why, and what stands there."""

    column: str
    reason: str
    text: str


class BadRow(NamedTuple):
    """A row that stays out, with each of its faults."""

    line: int
    faults: tuple[Fault, ...]


class BadCell(ValueError):
    """The cell cannot be used; the message says why and what to write instead."""


_BETWEEN = re.compile(r"[;|]")
_MAILBOXES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
_ORDINARY_LOCAL = re.compile(r"[\w+-]+(?:\.[\w+-]+)*", re.ASCII).fullmatch
_ORDINARY_DOMAIN = re.compile(
    r"(?=.{1,180}\Z)(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!(?:arpa|invalid|local|localhost|onion|test)\Z)"
    r"[a-z]{2,24}",
    re.ASCII,
).fullmatch
_LONGEST_LOCAL = 64
_UNREADABLE = "\ufffd"
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd\ud800-\udfff]")


def email_in(cell: str) -> str:
    """The address in its normal form. Raises BadCell."""
    return cell if _ordinary(cell) else _unusual_address(cell.strip())


def _ordinary(address: str) -> bool:
    """Whether the address is seen to be its own normal form (a test holds that `normalise` agrees).

    The others are looked at in turn. A list has few domains, so that most are looked at once.
    """
    local, _, domain = address.rpartition("@")
    return (
        len(address) <= LONGEST_ADDRESS  # bounds what is remembered of domains, too
        and _ordinary_domain(domain)
        and len(local) <= _LONGEST_LOCAL
        and _ORDINARY_LOCAL(local) is not None
        and local.lower() not in _MAILBOXES
    )


@lru_cache(4096)
def _ordinary_domain(domain: str) -> bool:
    return _ORDINARY_DOMAIN(domain) is not None


def _unusual_address(text: str) -> str:
    if not text:
        raise BadCell("There is no address: every row needs one.")
    if len(text) > LONGEST_ADDRESS:
        raise BadCell("The address is longer than an address may be.")
    if _UNREADABLE in text:
        raise BadCell("Some characters could not be read: save the list as UTF-8, or name its encoding.")
    try:
        local, _, domain = text.rpartition("@")
        lowered = f"{local}@{domain.lower()}"
        return lowered if _ordinary(lowered) else normalise(text)
    except BadAddress as error:
        raise BadCell(str(error)) from None


def name_in(cell: str) -> str | None:
    """The name on one line, or None where the cell is empty. Raises BadCell."""
    name = cell.strip()
    if not name:
        return None
    if (_UNREADABLE in name or not name.isprintable()) and _NOT_IN_A_NAME.search(name):
        raise BadCell(_unusable_characters(name))
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    if len(name) > LONGEST_NAME:
        raise BadCell(f"The name is longer than {LONGEST_NAME} characters: shorten it.")
    return name


def _unusable_characters(name: str) -> str:
    if "\n" in name:
        return "The name has a line break: write it on one line."
    if _UNREADABLE in name:
        return "Some characters could not be read: save the list as UTF-8, or name its encoding."
    return "The name has characters that cannot be seen (control or direction marks): type it anew."


def _word(cell: str) -> str:
    """What stands in a cell that holds a code or a name; bounded, so that remembering answers is bounded too."""
    if len(cell) > LONGEST_WORD:
        raise BadCell("This is too long to be a code: write the code alone, or nothing.")
    return cell.strip()


@lru_cache(4096)
def language_in(cell: str) -> str | None:
    """One of our languages, UNSPOKEN for another that exists, None where the cell is empty. Raises BadCell."""
    text = _word(cell)
    if not text:
        return None
    code = re.split("[-_]", text.casefold(), maxsplit=1)[0]
    if code in LANGUAGES:
        return code
    if text.casefold() in _language_names():
        return _language_names()[text.casefold()]
    if code in Locale("en").languages:
        return UNSPOKEN
    raise BadCell(f"There is no language with this code: write one of {', '.join(LANGUAGES)}, or nothing.")


@cache
def _language_names() -> dict[str, str]:
    """Our languages by their own name and by their English one."""
    english = {Locale("en").languages[code].casefold(): code for code in LANGUAGES}
    return english | {language.native_name.casefold(): code for code, language in LANGUAGES.items()}


@lru_cache(4096)
def country_in(cell: str) -> str | None:
    """The country's ISO 3166-1 alpha-2 code, or None where the cell is empty. Raises BadCell."""
    text = _word(cell)
    if not text:
        return None
    code = code_for(text)
    if code is None:
        raise BadCell("There is no such country: write its two-letter code (ISO 3166-1), such as MX, or nothing.")
    return code


@lru_cache(4096)
def time_zone_in(cell: str) -> str | None:
    """The IANA name of the time zone, or None where the cell is empty. Raises BadCell."""
    text = _word(cell)
    if not text:
        return None
    zone = zone_for(text)
    if zone is None:
        raise BadCell("There is no such time zone: write its IANA name, such as America/Mexico_City, or nothing.")
    return zone


_OFTEN = {
    "each": "each",
    "each_alert": "each",
    "daily": "daily",
    "once_a_day": "daily",
    "weekly": "weekly",
    "once_a_week": "weekly",
}
"""How a list may call each rhythm (`HowOften`, which a test holds this to)."""
_APART = "with ; or | between them"


@lru_cache(4096)
def how_often_in(cell: str) -> str | None:
    """How often somebody wants to hear, or None where the cell is empty. Raises BadCell."""
    text = _word(cell)
    if not text:
        return None
    often = _OFTEN.get(_code(text))
    if often is None:
        raise BadCell("There is no such rhythm: write each, daily or weekly, or nothing.")
    return often


@lru_cache(4096)
def topics_in(cell: str) -> tuple[str, ...] | None:
    """Topics in their order, or None where the cell is empty. Raises BadCell."""
    return _codes_in(cell, Topic, "topic")


@lru_cache(4096)
def risks_in(cell: str) -> tuple[str, ...] | None:
    """Risks in their order, or None where the cell is empty. Raises BadCell."""
    return _codes_in(cell, Risk, "risk")


@lru_cache(4096)
def countries_in(cell: str) -> tuple[str, ...] | None:
    """Countries that alerts are wanted about, by code, or None where the cell is empty. Raises BadCell."""
    codes = set()
    for text in _parts(cell):
        code = code_for(text)
        if code is None:
            raise BadCell(f"There is no country “{text}”: write two-letter codes (ISO 3166-1) {_APART}, or nothing.")
        codes.add(code)
    return tuple(sorted(codes)) or None


def _codes_in(cell: str, words: type[Topic] | type[Risk], called: str) -> tuple[str, ...] | None:
    parts = _parts(cell)
    known = {str(word) for word in words}
    for text in parts:
        if _code(text) not in known:
            raise BadCell(f"There is no {called} “{text}”: write some of {', '.join(words)} {_APART}, or nothing.")
    said = {_code(text) for text in parts}
    return tuple(str(word) for word in words if word in said) or None


def _parts(cell: str) -> list[str]:
    if len(cell) > LONGEST_CHOICE:
        raise BadCell("This is too long to be read: write codes alone, or nothing.")
    return [text for part in _BETWEEN.split(cell) if (text := part.strip())]


def _code(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.casefold())


_CELLS: dict[Column, Callable[[str], Any]] = {
    Column.EMAIL: email_in,
    Column.NAME: name_in,
    Column.LANGUAGE: language_in,
    Column.COUNTRY: country_in,
    Column.TIME_ZONE: time_zone_in,
    Column.HOW_OFTEN: how_often_in,
    Column.TOPICS: topics_in,
    Column.RISKS: risks_in,
    Column.COUNTRIES: countries_in,
}


class Reader:
    """Reads rows of one list, whose header says which column stands where."""

    def __init__(self, header: Sequence[Column | None]) -> None:
        """`header` has a column, or None for one that means nothing to us, per cell. The email must be there."""
        self._width = len(header)
        absent = self._width  # the index of an empty cell that is put behind each row
        self._places = [header.index(column) if column in header else absent for column in Column]
        self._chooses = any(column in header for column in CHOICES)

    def read(self, line: int, cells: list[str]) -> Row | BadRow | None:
        """The person on this row, or its faults; None where every cell is empty. Cells missing at the end are empty."""
        if len(cells) != self._width and (fault := self._fit(cells)):
            return BadRow(line, (fault,))
        cells.append("")
        email, name, language, country, time_zone, *_ = self._places
        try:
            return Row(
                line,
                email_in(cells[email]),
                name_in(cells[name]),
                language_in(cells[language]),
                country_in(cells[country]),
                time_zone_in(cells[time_zone]),
                self._choices(cells) if self._chooses else None,
            )
        except BadCell:
            return BadRow(line, self._faults(cells)) if any(cell.strip() for cell in cells) else None

    def _choices(self, cells: list[str]) -> Choices:
        often, topics, risks, countries = (cells[place] for place in self._places[-len(CHOICES) :])
        return Choices(how_often_in(often), topics_in(topics), risks_in(risks), countries_in(countries))

    def _fit(self, cells: list[str]) -> Fault | None:
        """Make the row as wide as the header; a fault where it has more that is not empty."""
        surplus = cells[self._width :]
        del cells[self._width :]
        cells += [""] * (self._width - len(cells))
        if not any(cell.strip() for cell in surplus):
            return None
        found = self._width + len(surplus)
        reason = f"The row has {found} columns, the header {self._width}: put a cell that has a delimiter in quotes."
        return Fault("", reason, next(cell for cell in surplus if cell.strip())[:LONGEST_SHOWN])

    def _faults(self, cells: list[str]) -> tuple[Fault, ...]:
        faults = []
        for column, place in zip(Column, self._places, strict=True):
            try:
                _CELLS[column](cells[place])
            except BadCell as error:
                faults.append(Fault(column, str(error), cells[place][:LONGEST_SHOWN]))
        return tuple(faults)
