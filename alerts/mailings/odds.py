"""What a test of variants can tell: shares with their uncertainty, and the odds that one is the best. Pure.

The shares of people who act are taken to be anything between 0 and 1, equally likely beforehand. What was counted makes
of that a Beta distribution for each variant; the odds are integrated numerically on fixed points, so that the same
counts always give the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Z95 = 1.959963984540054
CLEAR = 0.95
"""From these odds on a variant is said to be the best; below, it is too little to tell."""
FEW = 200
"""People of the sample who get each variant; with fewer, no usual difference can be told from chance."""
_POINTS = 2_000
_SPREADS = 9.0


@dataclass(frozen=True)
class Tally:
    """What came of one variant: so many people got it, so many of them acted."""

    variant: int
    mailed: int
    acted: int


@dataclass(frozen=True)
class Finding:
    """A tally read honestly: the share who acted, the 95 % interval (Wilson) it lies in, the odds of being the best."""

    variant: int
    mailed: int
    acted: int
    rate: float
    low: float
    high: float
    best: float


def read(tallies: Sequence[Tally]) -> list[Finding]:
    """Each variant's finding, in the order given; the odds sum to 1."""
    odds = odds_of_best([(tally.mailed, tally.acted) for tally in tallies])
    return [
        Finding(
            tally.variant,
            tally.mailed,
            tally.acted,
            tally.acted / tally.mailed if tally.mailed else 0.0,
            *wilson(tally.mailed, tally.acted),
            best,
        )
        for tally, best in zip(tallies, odds, strict=True)
    ]


def leader(findings: Sequence[Finding]) -> Finding | None:
    """The variant that is the best with odds of 0.95 or more; None where it is too little to tell."""
    return next((finding for finding in findings if finding.best >= CLEAR), None)


def wilson(mailed: int, acted: int) -> tuple[float, float]:
    """The 95 % interval of a share; the whole range where nobody was mailed."""
    if not mailed:
        return 0.0, 1.0
    share, square = acted / mailed, Z95 * Z95
    middle = share + square / (2 * mailed)
    spread = Z95 * math.sqrt(share * (1 - share) / mailed + square / (4 * mailed * mailed))
    whole = 1 + square / mailed
    # The share lies in it by rule, not only up to the last digit of a float.
    return max(0.0, min(share, (middle - spread) / whole)), min(1.0, max(share, (middle + spread) / whole))


def odds_of_best(counts: Sequence[tuple[int, int]]) -> list[float]:
    """For each (mailed, acted) how likely its share is the highest of all; they sum to 1."""
    if not counts:
        return []
    return list(_odds(tuple(counts)))


def too_few(people: int, sample: int, variants: int) -> str:
    """What to tell who launches a test that will hardly tell anything; empty where the sample is large enough."""
    each = people * sample // 100 // variants
    if each >= FEW:
        return ""
    return (
        f"Each of the {variants} variants will go to about {each:,} people. With fewer than {FEW} each, the difference"
        " is most likely chance. Test a larger share, or fewer variants."
    )


@lru_cache(maxsize=64)
def _odds(counts: tuple[tuple[int, int], ...]) -> tuple[float, ...]:
    curves = [(acted + 1, max(mailed - acted, 0) + 1) for mailed, acted in counts]
    low = min(_middle(a, b) - _SPREADS * _spread(a, b) for a, b in curves)
    high = max(_middle(a, b) + _SPREADS * _spread(a, b) for a, b in curves)
    low, high = max(0.0, low), min(1.0, high)
    step = (high - low) / _POINTS
    points = [low + (number + 0.5) * step for number in range(_POINTS)]
    weights = [_density(a, b, points) for a, b in curves]
    below = [_below(weight) for weight in weights]
    won = [
        math.fsum(
            weight[at] * math.prod(below[other][at] for other in range(len(curves)) if other != one)
            for at in range(_POINTS)
        )
        for one, weight in enumerate(weights)
    ]
    whole = math.fsum(won)
    return tuple(part / whole for part in won)


def _middle(a: int, b: int) -> float:
    return a / (a + b)


def _spread(a: int, b: int) -> float:
    return math.sqrt(a * b / (a + b + 1)) / (a + b)


def _density(a: int, b: int, points: Sequence[float]) -> list[float]:
    """How likely each point's surroundings are; they sum to 1."""
    logs = [(a - 1) * math.log(point) + (b - 1) * math.log1p(-point) for point in points]
    top = max(logs)
    heights = [math.exp(value - top) for value in logs]
    whole = math.fsum(heights)
    return [height / whole for height in heights]


def _below(weights: Sequence[float]) -> list[float]:
    """The chance to lie below each point: half of its own surroundings counts."""
    found, total = [], 0.0
    for weight in weights:
        found.append(total + weight / 2)
        total += weight
    return found
