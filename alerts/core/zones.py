"""Time zones: IANA names, and which one a person meant."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() - _NOT_PLACES}


def zone_for(text: str) -> str | None:
    """The IANA name that `text` spells, in any case (`europe/madrid`); None where it spells none."""
    return _zones().get(text.strip().casefold().replace(" ", "_"))
