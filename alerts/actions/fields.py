"""Reading typed values out of front matter, noting what is missing, misspelt or malformed on the way. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from alerts.actions.casefaults import Findings, did_you_mean, listed
from alerts.actions.frontmatter import EMPTY, Mapping, Node, Scalar, Sequence
from alerts.actions.wording import LIMITS

Word = TypeVar("Word", bound=StrEnum)
_DURATION = re.compile(r"(\d{1,3}) (day|week|month|year)s?", re.ASCII)
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_LONGEST_YEARS = 20


@dataclass(frozen=True)
class Calendar:
    """When the folder is read (UTC), and the zone in which its days end."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The day it is in the zone."""
        return self.now.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The last second of the day in the zone, as UTC."""
        return datetime.combine(day, time(23, 59, 59), self.zone).astimezone(UTC)


class Fields:
    """The values of one mapping, asked for by name; whatever was not asked for is unknown."""

    def __init__(self, mapping: Mapping, findings: Findings, where: str = "") -> None:
        self.mapping = mapping
        self.findings = findings
        self.where = where
        self.asked: list[str] = []

    def line(self, key: str) -> int:
        """The line the key stands in, or that of the mapping where it is missing."""
        return self.mapping.lines.get(key, self.mapping.line)

    def has(self, key: str) -> bool:
        """Whether the key has a value."""
        node = self.mapping.entries.get(key)
        return node is not None and not (isinstance(node, Scalar) and not node.text)

    def peek(self, key: str) -> str:
        """The text under `key` as written, without checking it; empty where there is none."""
        node = self.mapping.entries.get(key)
        return node.text if isinstance(node, Scalar) else ""

    def section(self, key: str) -> Fields:
        """The mapping under `key`; an empty one, with a fault noted, where it is missing or not a mapping."""
        node = self._node(key, required=True)
        if node is not None and not isinstance(node, Mapping):
            self.findings.add(self.line(key), f"`{self.where}{key}` is not a group of keys", "indent its keys under it")
        return Fields(node if isinstance(node, Mapping) else EMPTY, self.findings, f"{self.where}{key}.")

    def text(self, key: str, part: str, *, required: bool = True) -> str:
        """The text under `key`, checked as `part` of wording.LIMITS; empty where it is missing or no text."""
        scalar = self._scalar(key, required)
        if scalar is None:
            return ""
        if LIMITS[part].one_line:
            scalar = Scalar(" ".join(scalar.text.split("\n")), scalar.line)
        self.findings.check_words(part, scalar.text, scalar.line)
        return scalar.text

    def texts(self, key: str, part: str, most: int) -> tuple[str, ...]:
        """The list of texts under `key`; at least one, at most `most`."""
        node = self._node(key, required=True)
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not all(isinstance(item, Scalar) for item in node.items):
            self.findings.add(
                self.line(key), f"`{self.where}{key}` is not a list of texts", "begin each with a dash, `- `"
            )
            return ()
        items = [item for item in node.items if isinstance(item, Scalar)]
        for item in items:
            self.findings.check_words(part, item.text, item.line)
            if not item.text:
                self.findings.add(item.line, "an empty point", "write it, or take its dash out")
        if not 1 <= len(items) <= most:
            self.findings.add(self.line(key), f"`{self.where}{key}` has {len(items)} entries", f"write 1 to {most}")
        return tuple(item.text for item in items)

    def flag(self, key: str) -> bool:
        """Whether `key` says `true`; missing is false."""
        scalar = self._scalar(key, required=False)
        if scalar is not None and scalar.text.lower() not in ("true", "false"):
            self.findings.add(scalar.line, f"`{self.where}{key}: {scalar.text[:30]}`", "write true or false")
        return scalar is not None and scalar.text.lower() == "true"

    def word(self, key: str, words: type[Word]) -> Word | None:
        """One of a vocabulary; None, with a fault noted, where it is none of them."""
        scalar = self._scalar(key, required=True)
        if scalar is None:
            return None
        try:
            return words(scalar.text.lower().replace(" ", "_"))
        except ValueError:
            values = [word.value for word in words]
            remedy = did_you_mean(scalar.text, values, f"write {listed(values)}")
            self.findings.add(scalar.line, f"unknown {self.where}{key} {scalar.text[:40]!r}", remedy)
            return None

    def words(self, key: str, words: type[Word]) -> tuple[Word, ...]:
        """Words of a vocabulary, as a list of texts; empty where the key is missing."""
        if not self.has(key):
            self.asked.append(key)
            return ()
        found = []
        for text in self.texts(key, "name", len(words)):
            try:
                found.append(words(text.lower().replace(" ", "_")))
            except ValueError:
                values = [word.value for word in words]
                remedy = did_you_mean(text, values, f"write {listed(values)}")
                self.findings.add(self.line(key), f"unknown {self.where}{key} {text[:40]!r}", remedy)
        return tuple(found)

    def zone(self, key: str) -> ZoneInfo:
        """The time zone under `key`; UTC where it says none."""
        scalar = self._scalar(key, required=False)
        if scalar is None:
            return ZoneInfo("UTC")
        if scalar.text in available_timezones():
            return ZoneInfo(scalar.text)
        zones = {zone.lower(): zone for zone in available_timezones()}
        close = get_close_matches(scalar.text.lower(), zones, n=1)
        guess = f"did you mean {zones[close[0]]!r}?" if close else "write it like Europe/Moscow or America/Tegucigalpa"
        self.findings.add(scalar.line, f"unknown time zone {scalar.text[:40]!r}", guess)
        return ZoneInfo("UTC")

    def day(self, key: str, calendar: Calendar) -> date | None:
        """A date that is not in the future; `today` is the day of loading. None where it is missing."""
        scalar = self._scalar(key, required=False)
        if scalar is None:
            return None
        day = calendar.today if scalar.text.lower() == "today" else _date(scalar.text)
        if day is None:
            self.findings.add(
                scalar.line, f"`{self.where}{key}: {scalar.text[:30]}` is no date", "write YYYY-MM-DD or today"
            )
        elif day > calendar.today:
            self.findings.add(scalar.line, f"`{self.where}{key}` is in the future", "write the day it was done")
            return None
        return day

    def moment(self, key: str, calendar: Calendar) -> datetime | None:
        """The end of a day to come, as UTC: a date, or a duration such as `6 weeks` from the day of loading."""
        scalar = self._scalar(key, required=True)
        if scalar is None:
            return None
        day = _date(scalar.text) or _later(scalar.text, calendar.today)
        name = f"{self.where}{key}"
        if day is None:
            remedy = "write a date as YYYY-MM-DD, or how long from loading, such as `6 weeks` or `1 year`"
            self.findings.add(scalar.line, f"`{name}: {scalar.text[:30]}` is no date", remedy)
        elif day < calendar.today:
            self.findings.add(scalar.line, f"`{name}` is over: {scalar.text[:30]}", "write a day that is still to come")
        elif day > _months_later(calendar.today, 12 * _LONGEST_YEARS):
            self.findings.add(scalar.line, f"`{name}` is too far away", f"write a day within {_LONGEST_YEARS} years")
        else:
            return calendar.end_of(day)
        return None

    def done(self, facts: Iterable[str] = ()) -> None:
        """Note every key that nobody asked for; `facts` are those that only the main file has."""
        known = sorted({*self.asked})
        for key, line in self.mapping.lines.items():
            if key in facts and key not in known:
                self.findings.add(
                    line, f"`{self.where}{key}` is a fact", "take it out here; facts stand in the main file"
                )
            elif key not in known:
                remedy = did_you_mean(key, known, f"take it out; known here: {', '.join(known)}")
                self.findings.add(line, f"unknown key `{self.where}{key[:40]}`", remedy)

    def _node(self, key: str, *, required: bool) -> Node | None:
        self.asked.append(key)
        if self.has(key):
            return self.mapping.entries[key]
        if required and self.mapping is not EMPTY:
            self.findings.add(self.line(key), f"`{self.where}{key}` is missing", f"add `{key}: …`")
        return None

    def _scalar(self, key: str, required: bool) -> Scalar | None:
        node = self._node(key, required=required)
        if node is None or isinstance(node, Scalar):
            return node
        self.findings.add(self.line(key), f"`{self.where}{key}` is not a single text", f"write `{key}: …` in one piece")
        return None


def _date(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _later(text: str, today: date) -> date | None:
    match = _DURATION.fullmatch(text.lower())
    if match is None or int(match[1]) == 0:
        return None
    if match[2] in _DAYS:
        return today + timedelta(days=int(match[1]) * _DAYS[match[2]])
    return _months_later(today, int(match[1]) * _MONTHS[match[2]])


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=day.year + years, month=month + 1, day=min(last, day.day))
        except ValueError:
            continue
    raise ValueError(f"no day {months} months after {day}")
