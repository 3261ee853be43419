"""The first line of a list: how its cells are set apart, and which column stands where."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.core.errors import Refused
from alerts.subscribers.csvfile import DELIMITERS, LONGEST_RECORD, split_line
from alerts.subscribers.rows import Column

EXAMPLE = "email,name,language,country,time zone"
_MOST_COLUMNS = 1000
_NAMES: dict[str, Column] = {
    **dict.fromkeys(
        ("email", "mail", "emailaddress", "address", "correo", "correoelectronico", "courriel", "почта"), Column.EMAIL
    ),
    **dict.fromkeys(("name", "fullname", "nombre", "nom", "имя"), Column.NAME),
    **dict.fromkeys(("language", "lang", "languagecode", "locale", "idioma", "langue", "язык"), Column.LANGUAGE),
    **dict.fromkeys(("country", "countrycode", "pais", "pays", "страна"), Column.COUNTRY),
    **dict.fromkeys(("timezone", "tz", "zone", "zonahoraria", "fuseauhoraire"), Column.TIME_ZONE),
    **dict.fromkeys(("howoften", "frequency", "frecuencia", "frequence", "частота"), Column.HOW_OFTEN),
    **dict.fromkeys(("topics", "topic", "temas", "themes", "темы"), Column.TOPICS),
    **dict.fromkeys(("risks", "dangers", "riesgos", "risques", "риски"), Column.RISKS),
    **dict.fromkeys(("countries", "aboutcountries", "paises", "страны"), Column.COUNTRIES),
}
_MARKS = re.compile(r"[\s_\-.\ufeff\u0300-\u0304]")
_SEPARATOR = re.compile(r"sep=([,;:|\t])", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """`columns` has one entry per cell, None where its name means nothing to us; `line` is where the header stands."""

    line: int
    delimiter: str
    columns: tuple[Column | None, ...]
    unknown: tuple[str, ...]


def read_header(lines: Iterator[str]) -> Header:
    """Take the header from the beginning of `lines`. Raises Refused, saying what to write."""
    delimiters = DELIMITERS
    for number, line in enumerate(lines, 1):
        said = _SEPARATOR.fullmatch(line.strip("\ufeff "))
        if said and number == 1:
            delimiters = said[1]
        elif line.strip():
            return _header(number, line, delimiters)
    raise Refused(f"The file is empty. Its first line must name the columns: {EXAMPLE}")


def _header(number: int, line: str, delimiters: str) -> Header:
    if len(line) > LONGEST_RECORD:
        raise Refused("The first line is far too long for a header: is this a CSV file?")
    ways = [(delimiter, cells) for delimiter in delimiters if (cells := split_line(line, delimiter))]
    if not ways:
        raise Refused(f"The quotes in line {number} are not right. It must name the columns: {EXAMPLE}")
    delimiter, cells = max(ways, key=lambda way: (sum(column_named(cell) is not None for cell in way[1]), len(way[1])))
    columns = tuple(map(column_named, cells))
    _check(number, cells, columns)
    unknown = tuple(cell.strip() for cell, column in zip(cells, columns, strict=True) if column is None)
    return Header(number, delimiter, columns, tuple(name for name in unknown if name))


def column_named(cell: str) -> Column | None:
    """The column that a header's cell means, however it is spelt; None where it means none of ours."""
    return _NAMES.get(_MARKS.sub("", unicodedata.normalize("NFKD", cell)).casefold())


def _check(number: int, cells: list[str], columns: tuple[Column | None, ...]) -> None:
    if Column.EMAIL not in columns:
        found = "addresses" if any("@" in cell for cell in cells) else "no column named email"
        raise Refused(
            f"Line {number} must name the columns, and has {found}. Write as the first line, with what you have of it:"
            f" {EXAMPLE}"
        )
    twice = [column for column, times in Counter(columns).items() if column is not None and times > 1]
    if twice:
        raise Refused(f"Line {number} has two columns that both mean {' and '.join(twice)}: rename or remove one.")
    if len(columns) > _MOST_COLUMNS:
        raise Refused(f"Line {number} names {len(columns)} columns; {_MOST_COLUMNS} is the most there may be.")
