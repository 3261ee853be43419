"""What a plan costs at the freeze and before the press: `python -m bench.plans [PEOPLE]`. People a second, medians."""

from __future__ import annotations

import sys
import time
from statistics import median
from zoneinfo import available_timezones

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.launch import audience_of, launch
from alerts.mailings.plan import NO_LIMITS, NOW, Cap, Limits, When
from alerts.mailings.schedule import Quiet
from bench.mailings import a_sender, approved
from bench.stage import Stage, a_stage, servers
from tests.mailings.scenes import SITE

PEOPLE, ROUNDS, ZONES, BATCH = 200_000, 3, 100, 1000
RECENT = 4
"""Mailings that everyone has had before the plans with a cap are measured."""
PLANS: dict[str, tuple[When, Limits]] = {
    "ordinary": (NOW, NO_LIMITS),
    "at a local hour": (When(local_hour=9), NO_LIMITS),
    "quiet hours": (NOW, Limits(quiet=Quiet(22, 7))),
    "a cap out of reach": (NOW, Limits(cap=Cap(50, 7))),
    f"a cap, {RECENT} mailings": (NOW, Limits(cap=Cap(RECENT, 7))),
}
_SCATTER = text("UPDATE subscribers SET time_zone = (CAST(:zones AS text[]))[1 + id % :number]")
_ALL_GONE_OUT = (
    text("UPDATE batches SET settled = size, intent = size, accepted = size, state = 'done' WHERE mailing_id = :id"),
    text("UPDATE mailings SET first_handed_over_at = now(), ended_at = now(), state = 'done' WHERE id = :id"),
)
_FORGET = text("UPDATE mailings SET ended_at = now() - interval '8 days'")


def main() -> None:
    """Measure all plans in turns and print a table."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in PLANS}
    with servers() as running, a_stage(running, people) as stage, stage.session() as session:
        zones = sorted(available_timezones())[::6][:ZONES]
        session.execute(_SCATTER, {"zones": zones, "number": len(zones)})
        session.commit()
        with stage.session().connection(execution_options={"isolation_level": "AUTOCOMMIT"}) as connection:
            connection.execute(text("VACUUM (FULL, ANALYZE) subscribers"))
        for _ in range(ROUNDS):
            for name, plan in PLANS.items():
                recent = RECENT if plan[1].cap else 0
                figures[name].append(_measured(stage, session, plan, recent))
    print(f"{people:,} people in {len(zones)} zones, medians of {ROUNDS} rounds.")
    yardstick = median(rate for rate, _ in figures["ordinary"])
    for name, found in figures.items():
        rate, seconds = (median(column) for column in zip(*found, strict=True))
        print(
            f"{name:<22}{rate:>10,.0f} frozen/s {rate / yardstick:>6.2f} of ordinary {seconds:>7.2f} s before the press"
        )


def _measured(stage: Stage, session: Session, plan: tuple[When, Limits], recent: int) -> tuple[float, float]:
    """People frozen a second, and seconds of counting beforehand, where everyone has had `recent` mailings."""
    session.execute(_FORGET)
    session.commit()
    for _ in range(recent):
        _frozen(session, (NOW, NO_LIMITS))
    rate, seconds = _frozen(session, plan)
    return stage.people / rate, seconds


def _frozen(session: Session, plan: tuple[When, Limits]) -> tuple[float, float]:
    sender, bulletin, (when, limits) = a_sender(session), approved(session), plan
    began = time.perf_counter()
    audience_of(session, sender, bulletin, when=when, limits=limits)
    counted = time.perf_counter()
    mailing = launch(session, sender, bulletin, site=SITE, when=when, limits=limits).mailing_id
    session.commit()
    launched = time.perf_counter()
    while freeze_next_slice(session, mailing, batch_size=BATCH):
        session.commit()
    session.commit()
    ended = time.perf_counter()
    for statement in _ALL_GONE_OUT:
        session.execute(statement, {"id": mailing})
    session.commit()
    return ended - launched, counted - began


if __name__ == "__main__":
    main()
