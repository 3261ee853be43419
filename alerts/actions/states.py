"""The words of a case that are chosen from a list."""

from __future__ import annotations

from enum import StrEnum


class CaseState(StrEnum):
    """Where an urgent action stands; the legal moves are in `transitions`."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    HELD = "held"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Visibility(StrEnum):
    """How a defender may be shown; each also is the scope a consent must have, `named` covering the others."""

    NAMED = "named"
    PSEUDONYM = "pseudonym"
    WITHHELD = "withheld"

    def covers(self, wanted: Visibility) -> bool:
        """Whether consent of this scope allows showing the person as `wanted`: more openness covers less."""
        order = list(Visibility)
        return order.index(self) <= order.index(wanted)


class BulletinKind(StrEnum):
    """What a publication on a case is."""

    FIRST = "first"
    FURTHER_INFORMATION = "further_information"
    STOP = "stop"
    OUTCOME = "outcome"


class BulletinState(StrEnum):
    """Where a later bulletin stands; the first goes with its case, and has none of its own."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"


class Outcome(StrEnum):
    """What became of the person."""

    RELEASED = "released"
    CHARGES_DROPPED = "charges_dropped"
    SAFE_ABROAD = "safe_abroad"
    PROTECTION_GRANTED = "protection_granted"
    CONVICTED = "convicted"
    KILLED = "killed"
    UNKNOWN = "unknown"


class Risk(StrEnum):
    """What the person is in danger of."""

    KILLING = "killing"
    THREAT = "threat"
    ARREST = "arrest"
    FORCED_DISAPPEARANCE = "forced_disappearance"
    SMEAR_CAMPAIGN = "smear_campaign"
    SURVEILLANCE = "surveillance"
    UNFAIR_TRIAL = "unfair_trial"
    TRAVEL_BAN = "travel_ban"


class Topic(StrEnum):
    """Whom a case is about, or whose rights: what subscribers choose alerts by."""

    JOURNALISTS = "journalists"
    LAWYERS = "lawyers"
    LAND = "land"
    INDIGENOUS = "indigenous"
    WOMEN = "women"
    LGBTI = "lgbti"
    WORKERS = "workers"
    CORRUPTION = "corruption"
    MIGRANTS = "migrants"
    PROTEST = "protest"


class ActKind(StrEnum):
    """What people can do on a case. Sharing adds to an act and never is one by itself: who shares is not counted."""

    SIGN = "sign"
    WRITE = "write"
    PRINT = "print"
    SHARE = "share"


COUNTED = (ActKind.SIGN, ActKind.WRITE, ActKind.PRINT)
"""What a person is counted for; a case asks for one of these at least."""


class AppealsBy(StrEnum):
    """How appeals reach the target: as names handed in, letter by letter in the mail, or gathered to one mail a day."""

    HAND_IN = "hand_in"
    RELAY = "relay"
    DIGEST = "digest"


class Pronouns(StrEnum):
    """How a text speaks of the person."""

    SHE = "she"
    HE = "he"
    THEY = "they"
