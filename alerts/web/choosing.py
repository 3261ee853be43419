"""What subscribers choose from: how often, which topics and dangers, and the countries, those that matter now first."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.actions.listing import countries_of_cases
from alerts.extensions import db
from alerts.subscribers.preferences import Preferences
from alerts.web.public import countries
from alerts.web.risks import risk_names
from alerts.web.topics import topic_names

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Choices:
    """Everything there is to tick, by its code and its name in the page's language; countries in that one's order.

    `countries` have cases or were chosen before, so that nobody looks for what they ticked; `others` are all the rest.
    """

    topics: dict[str, str]
    risks: dict[str, str]
    countries: Pairs
    others: Pairs


def choices(chosen: Preferences) -> Choices:
    """What can be chosen by somebody who chose this until now."""
    first = countries_of_cases(db.session()).union(chosen.countries)
    every = countries()
    return Choices(
        topic_names(),
        risk_names(),
        [pair for pair in every if pair[0] in first],
        [pair for pair in every if pair[0] not in first],
    )
