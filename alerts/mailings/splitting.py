"""Splitting: who of an audience gets which variant, and who waits for the winner."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CTE, BigInteger, ColumnElement, Integer, case, cast, func, literal
from sqlalchemy.orm import Session

from alerts.mailings.models import Mailing, MailingWinner
from alerts.mailings.plan import Plan, Trial

HELD = -1
"""Stands for "waits for the winner" within the freeze, where a null could not be joined."""
_PARTS = 10_000
_POSITIVE = 2**63 - 1


@dataclass(frozen=True)
class Split:
    """How a mailing's people are split: by their ids hashed under the mailing's, so that nobody's lot depends on when
    they are looked at. Once there is a `winner` everyone gets it.
    """

    trial: Trial
    seed: int
    winner: int | None

    @property
    def sampling(self) -> bool:
        """Whether those who are frozen now may be of the sample."""
        return self.winner is None

    def variant(self, people: CTE) -> ColumnElement[int]:
        """The variant of each of these people, or HELD."""
        if self.winner is not None:
            return literal(self.winner, Integer)
        hashed = func.hashint8extended(people.c.id, literal(self.seed, BigInteger)).op("&")(
            literal(_POSITIVE, BigInteger)
        )
        part = hashed % literal(_PARTS, BigInteger)
        sample = self.trial.share * _PARTS // 100
        number = func.div(part * self.trial.variants, literal(sample, BigInteger))
        return cast(case((part < literal(sample, BigInteger), number), else_=HELD), Integer)


def split_of(session: Session, mailing: Mailing) -> Split | None:
    """How this mailing is split, whose row is locked; None for one that tests nothing."""
    trial = Plan.from_json(mailing.plan).trial if mailing.plan else None
    if trial is None:
        return None
    winner = session.get(MailingWinner, mailing.id, populate_existing=True)
    seed = int.from_bytes(mailing.id.bytes[8:], signed=True)
    return Split(trial, seed, winner.variant if winner else None)
