"""The rule of an audience: everyone who asked, or those of some languages and countries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, true

from alerts.subscribers.models import Subscriber


@dataclass(frozen=True)
class Rule:
    """Subscribers who read one of `languages` and live in one of `countries`; empty means any."""

    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Sequence[str]]) -> Rule:
        """The rule as it was stored with a mailing."""
        return cls(tuple(value.get("languages", ())), tuple(value.get("countries", ())))

    def to_json(self) -> dict[str, list[str]]:
        """The rule as it is stored with a mailing."""
        return {"languages": list(self.languages), "countries": list(self.countries)}

    def where(self) -> ColumnElement[bool]:
        """The rule as a condition on subscribers."""
        return and_(
            Subscriber.language.in_(self.languages) if self.languages else true(),
            Subscriber.country.in_(self.countries) if self.countries else true(),
        )
