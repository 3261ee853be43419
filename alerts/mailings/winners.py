"""Choosing a winner: once, by a person or by the clock, by how many acted; those who waited get it from then on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from alerts.actions.variants import letter_of
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock, ring_after_commit
from alerts.core.errors import Refused, Unknown
from alerts.mailings.launch import DELIVER
from alerts.mailings.models import Mailing, MailingState, MailingWinner
from alerts.mailings.odds import Finding, Tally, leader, read
from alerts.mailings.plan import Plan, Trial
from alerts.organisers import SYSTEM, Actor, Permission, require


@dataclass(frozen=True)
class Choice:
    """The winner, who chose it (null: the clock), when and why."""

    variant: int
    chosen_by: UUID | None
    chosen_at: datetime
    why: str


@dataclass(frozen=True)
class Standings:
    """How a test of variants stands: what each came to in the sample, who waits, when the clock will choose.

    `subjects` are those of the case's main language. `decides_at` is None where a person chooses, or before the first
    hand-over.
    """

    findings: tuple[Finding, ...]
    subjects: tuple[str, ...]
    share: int
    held: int
    decide_after: timedelta | None
    decides_at: datetime | None
    choice: Choice | None

    @property
    def clear(self) -> Finding | None:
        """The variant that is the best with odds of 0.95 or more; None where it is too little to tell."""
        return leader(self.findings)


_TALLIES = text("""
SELECT v.variant, c.subject,
    (SELECT coalesce(sum(b.accepted + b.unknown + b.intent - least(b.settled, b.intent)), 0) FROM batches b
        WHERE b.mailing_id = m.id AND b.sampled AND b.variant = v.variant) AS mailed,
    (SELECT count(*) FROM participations p JOIN deliveries d ON d.id = p.delivery_id JOIN batches b ON b.id = d.batch_id
        WHERE p.urgent_action_id = m.urgent_action_id AND p.state = 'confirmed'
            AND b.mailing_id = m.id AND b.sampled AND b.variant = v.variant) AS acted
FROM mailings m JOIN urgent_actions u ON u.id = m.urgent_action_id
    CROSS JOIN generate_series(0, :variants - 1) AS v(variant)
    LEFT JOIN mailing_contents c ON c.mailing_id = m.id AND c.variant = v.variant AND c.language = u.main_language
WHERE m.id = :mailing ORDER BY v.variant
""")
_HELD = text("SELECT coalesce(sum(size), 0) FROM batches WHERE mailing_id = :mailing AND variant IS NULL")
_RELEASE = text("UPDATE batches SET variant = :variant WHERE mailing_id = :mailing AND variant IS NULL")
_DUE = text("""
SELECT m.id FROM mailings m
WHERE m.state = 'running' AND m.plan -> 'trial' ? 'decide_after' AND m.first_handed_over_at IS NOT NULL
    AND m.first_handed_over_at + make_interval(secs => (m.plan -> 'trial' ->> 'decide_after')::integer)
        <= clock_timestamp()
    AND NOT EXISTS (SELECT FROM mailing_winners w WHERE w.mailing_id = m.id)
FOR UPDATE OF m SKIP LOCKED
""")


def standings(session: Session, mailing_id: UUID) -> Standings | None:
    """How the test of this mailing stands now; None where it tests nothing. Raises Unknown."""
    mailing = session.get(Mailing, mailing_id, populate_existing=True)
    if mailing is None:
        raise Unknown("There is no mailing with this id.")
    trial = _trial(mailing)
    if trial is None:
        return None
    rows = session.execute(_TALLIES, {"mailing": mailing.id, "variants": trial.variants}).all()
    # Someone may act on a mail that bounced afterwards: then they had it all the same.
    tallies = [Tally(row.variant, max(int(row.mailed), row.acted), row.acted) for row in rows]
    winner = session.get(MailingWinner, mailing.id, populate_existing=True)
    begun = mailing.first_handed_over_at
    return Standings(
        findings=tuple(read(tallies)),
        subjects=tuple(row.subject or "" for row in rows),
        share=trial.share,
        held=int(session.scalar(_HELD, {"mailing": mailing.id}) or 0),
        decide_after=trial.decide_after,
        decides_at=begun + trial.decide_after if begun and trial.decide_after and not winner else None,
        choice=Choice(winner.variant, winner.chosen_by, winner.chosen_at, winner.why) if winner else None,
    )


def choose_winner(session: Session, actor: Actor, mailing_id: UUID, variant: int) -> None:
    """Send this variant to everyone who waits, and to whoever is still to be frozen. It cannot be taken back.

    Raises Refused where the mailing tests nothing, has a winner, or is at its end.
    """
    require(actor, Permission.LAUNCH)
    mailing = lock(session, Mailing, mailing_id)
    trial = _trial(mailing)
    if trial is None:
        raise Refused("This mailing tests no variants: there is nothing to choose.")
    if not 0 <= variant < trial.variants:
        raise Refused(f"This mailing has the variants A to {letter_of(trial.variants - 1)}.")
    if mailing.state in (MailingState.CANCELLED, MailingState.DONE):
        raise Refused(f"The mailing is {mailing.state}: nobody waits for a winner any more.")
    chosen = session.scalars(select(MailingWinner.variant).filter_by(mailing_id=mailing.id)).one_or_none()
    if chosen is not None:
        raise Refused(f"Variant {letter_of(chosen)} was chosen already, and is on its way. A winner is chosen once.")
    _choose(session, actor, mailing, variant, "Chosen by hand.")


def decide_due(session: Session) -> list[UUID]:
    """Choose for mailings whose time has come: the variant that is clearly the best, else the bulletin's own words."""
    decided = []
    for mailing_id in session.scalars(_DUE).all():
        # Asked again now that the row is ours: whoever held it just before may have chosen.
        mailing = session.get(Mailing, mailing_id, populate_existing=True)
        found = standings(session, mailing_id)
        if mailing is None or found is None or found.choice is not None:
            continue
        best = found.clear
        if best is None:
            why = "At the stated time it was too little to tell which is the best, so the bulletin's own words go out."
        else:
            why = f"At the stated time it was the best with odds of {_percent(best.best)}."
        _choose(session, SYSTEM, mailing, best.variant if best else 0, why)
        decided.append(mailing_id)
    return decided


def _percent(odds: float) -> str:
    """Rounded down: odds of 99.96 % are not certainty."""
    return f"{int(odds * 1000) / 10:.1f} %"


def _choose(session: Session, actor: Actor, mailing: Mailing, variant: int, why: str) -> None:
    winner = MailingWinner(mailing_id=mailing.id, variant=variant, chosen_by=actor.id, chosen_at=clock.now(), why=why)
    session.add(winner)
    session.flush()
    session.execute(_RELEASE, {"mailing": mailing.id, "variant": variant})
    record(session, actor, "mailing.winner_chosen", "mailing", mailing.id, variant=letter_of(variant), why=why)
    ring_after_commit(session, DELIVER, "0")


def _trial(mailing: Mailing) -> Trial | None:
    return Plan.from_json(mailing.plan).trial
