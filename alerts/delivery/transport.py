"""The way to a provider, seen from those who use it: hand a window over, get an answer for each recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from alerts.delivery.content import Compiled, Recipient


class Verdict(StrEnum):
    """What a provider's answer means for one delivery."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    SLOW_DOWN = "slow_down"
    PROVIDER_DOWN = "provider_down"
    OUR_FAULT = "our_fault"
    UNKNOWN = "unknown"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer about one recipient, in its words; `provider_id` is what it calls the mail."""

    verdict: Verdict
    code: str = ""
    text: str = ""
    provider_id: str | None = None


NOT_TRIED = Answer(Verdict.NOT_TRIED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer per recipient, in their order; `slow_down` is how many seconds the provider asked us to wait."""

    answers: Sequence[Answer]
    slow_down: float | None = None


class Transport(Protocol):
    """A way to a provider. `window` is how many recipients it takes at once, and so the bound on duplicates.

    `key` names it among all that this installation may use, and holds no secret.

    `resend_unknown`: whether a mail whose outcome nobody knows goes out again (better twice than never), or waits.
    """

    name: str
    key: str
    window: int
    resend_unknown: bool

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:
        """Hand over one mail to each recipient. Never raises for anything a provider or network does."""
        ...

    def check(self) -> Answer:
        """Whether the provider can be reached and takes us; nothing is sent."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
