"""What a mailing costs the database, and how the parts grow: the figures behind docs/scaling.md.

Alone: `python -m bench.growth 300000`. Bytes are of the cluster of the benchmark; rates are of this machine.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.delivery.content import Compiled, Recipient
from alerts.delivery.transport import Answer, Outcome, Verdict
from alerts.extensions import current_site
from alerts.mailings.claims import claim_next, release
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import Turn, hand_over_next
from alerts.mailings.launch import cancel
from bench.crew import a_crew
from bench.mailings import a_sender, approved, launched
from bench.stage import Servers, Stage, a_stage, servers

CLAIMERS = (1, 2, 4, 8, 16)
SECONDS = 3.0
_ONE = UUID(int=1)
_SIZES = text(
    "SELECT pg_table_size('deliveries') AS rows, pg_indexes_size('deliveries') AS indexes,"
    " pg_total_relation_size('batches') + pg_total_relation_size('windows') AS batches"
)


@dataclass(frozen=True)
class Grown:
    """One mailing: bytes a delivery, write-ahead log included; what it takes to drop it; claims a second."""

    people: int
    freeze_per_second: float
    freeze_wal_each: float
    hand_over_wal_each: float
    row_bytes_each: float
    index_bytes_each: float
    batch_bytes_each: float
    delete_seconds_per_million: float
    delete_wal_each: float
    drop_partition_seconds: float
    connections: dict[str, int]
    claims_per_second: dict[int, float]


class Accepting:
    """A provider that accepts at once: what is left is the database's and ours."""

    name, key, window, resend_unknown = "accepting", "accepting", 1000, True

    def hand_over(self, compiled: Compiled, recipients: Sequence[Recipient]) -> Outcome:  # noqa: ARG002 - not looked at
        """Accepted, all."""
        return Outcome([Answer(Verdict.ACCEPTED, "202", "", "one")] * len(recipients))

    def check(self) -> Answer:
        """Always there."""
        return Answer(Verdict.ACCEPTED)

    def close(self) -> None:
        """Nothing to let go."""


def measure(running: Servers, people: int) -> Grown:
    """One mailing to everyone, frozen, handed over to nobody, and dropped again."""
    with a_stage(running, people) as stage, stage.app.app_context(), stage.session() as session:
        bulletin, actor = approved(session), a_sender(session)
        mailing = launched(stage, session, bulletin, actor=actor)
        before, began = _wal(session), time.perf_counter()
        while freeze_next_slice(session, mailing, batch_size=1000):
            session.commit()
        session.commit()
        freezing, frozen_wal = time.perf_counter() - began, _wal(session) - before
        claims = {workers: _claims(stage, mailing, workers) for workers in CLAIMERS}
        before = _wal(session)
        turn = Turn(session, Accepting(), current_site(), "bench", session.commit, lambda: True)
        while hand_over_next(turn, mailing):
            pass
        handed_wal = _wal(session) - before
        sizes = session.execute(_SIZES).one()
        cancel(session, actor, mailing)
        session.commit()
        before, began = _wal(session), time.perf_counter()
        session.execute(text("DELETE FROM deliveries WHERE mailing_id = :id"), {"id": mailing})
        session.commit()
        deleting, deleted_wal = time.perf_counter() - began, _wal(session) - before
        return Grown(
            people=people,
            freeze_per_second=people / freezing,
            freeze_wal_each=frozen_wal / people,
            hand_over_wal_each=handed_wal / people,
            row_bytes_each=sizes.rows / people,
            index_bytes_each=sizes.indexes / people,
            batch_bytes_each=sizes.batches / people,
            delete_seconds_per_million=deleting / people * 1_000_000,
            delete_wal_each=deleted_wal / people,
            drop_partition_seconds=_drop_partition(stage, people),
            connections=_connections(stage),
            claims_per_second=claims,
        )


def _wal(session: Session) -> int:
    """Bytes of write-ahead log since the cluster was made."""
    found = session.scalar(text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"))
    session.commit()
    return int(found or 0)


def _claims(stage: Stage, mailing: UUID, workers: int) -> float:
    """Claims a second, given back at once, by so many connections side by side."""
    until, counts = time.monotonic() + SECONDS, [0] * workers

    def claim(number: int) -> None:
        with stage.session() as session:
            while time.monotonic() < until:
                if (claimed := claim_next(session, mailing, worker=str(number), lease_seconds=60)) is not None:
                    release(session, claimed)
                    counts[number] += 1
                session.commit()

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _drop_partition(stage: Stage, people: int) -> float:
    """Seconds to drop as many rows that stand in a partition of their own."""
    with psycopg.connect(stage.settings.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE parted (LIKE deliveries) PARTITION BY LIST (mailing_id)")
        connection.execute(f"CREATE TABLE part PARTITION OF parted FOR VALUES IN ('{_ONE}')")
        connection.execute(
            "INSERT INTO parted (id, mailing_id, subscriber_id, batch_id)"
            " SELECT n, %s, n, n / 1000 FROM generate_series(1, %s) n",
            (_ONE, people),
        )
        began = time.perf_counter()
        connection.execute("DROP TABLE part")
        took = time.perf_counter() - began
        connection.execute("DROP TABLE parted")
        return took


def _connections(stage: Stage) -> dict[str, int]:
    """Connections that a clock and two workers hold, to PostgreSQL and to Redis, a second after they came up."""
    before = _held(stage)
    with a_crew(stage):
        time.sleep(1)
        return {name: held - before[name] for name, held in _held(stage).items()}


def _held(stage: Stage) -> dict[str, int]:
    with psycopg.connect(stage.settings.database_url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        ).fetchone()
    return {"postgresql": int(found[0]) if found else 0, "redis": len(stage.app.extensions["redis"].client_list())}


def main() -> None:
    """Measure once, and print."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    with servers() as running:
        for name, value in asdict(measure(running, people)).items():
            print(f"{name:<28} {value if isinstance(value, dict) else format(value, ',.3f')}", flush=True)


if __name__ == "__main__":
    main()
