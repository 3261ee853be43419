"""Handing a whole list over in SendGrid's shape: how long, at what cost, beside a bare loop with the same requests.

Alone: `python -m bench.sendgrid 1000000`.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass

from bench import validity
from bench.arrivals import Sink, a_sink
from bench.crew import Busy, Crew, a_crew
from bench.mailings import a_sender, approved, checked, ended, launched
from bench.stage import Servers, Stage, a_stage, servers


@dataclass(frozen=True)
class HandedOver:
    """One mailing, from the launch on. Seconds, unless a name says otherwise.

    `seconds` ends when the last batch was accepted; `first` when the first one was, by whichever clock is later, ours
    or the sink's; both are kept. CPU is per 10,000 recipients.
    `others` is the share of the machine's processor time that went to processes which are none of the benchmark's.
    """

    people: int
    seconds: float
    first: float
    first_ours: float
    first_sink: float
    done: float
    requests: int
    worker_cpu: float
    database_cpu: float
    sink_cpu: float
    others: float
    peak_megabytes: float
    per_second: float
    bare_per_second: float

    @property
    def cpu_each(self) -> float:
        """Seconds of processor time for one recipient, of workers and database together."""
        return (self.worker_cpu + self.database_cpu) / 10_000


def measure(running: Servers, people: int, *, again: bool = False) -> HandedOver:
    """One mailing to everyone on a fresh stage, its ledger checked, then the bare loop.

    `again` measures the second of two: what is done once in a worker's life weighs nothing on a short list.
    """
    with (
        a_sink() as sink,
        a_stage(running, people, mail_url="sendgrid:", sendgrid_api_url=sink.url) as stage,
        a_crew(stage) as crew,
    ):
        first = _one(stage, sink, crew)
        return _one(stage, sink, crew) if again else first


def _one(stage: Stage, sink: Sink, crew: Crew) -> HandedOver:
    people = stage.people
    with stage.session() as session:
        actor, bulletin = a_sender(session), approved(session)
        machine = Busy.now()
        before, sink_before = crew.cpu(), sink.cpu()
        mailing = launched(stage, session, bulletin, actor=actor)
        at = ended(session, mailing)
        used, sink_used = crew.cpu().since(before), sink.cpu() - sink_before
        others = machine.others()
        checked(session, mailing, people)
    launch = at.launched_at.timestamp()
    arrivals = [arrival for arrival in sink.arrivals() if arrival.at >= launch]
    assert sum(arrival.people for arrival in arrivals) == people, "the sink should have seen everyone once"
    assert at.first_handed_over_at is not None
    assert at.ended_at is not None
    first_ours = at.first_handed_over_at.timestamp() - launch
    first_sink = min(arrival.at for arrival in arrivals) - launch
    seconds = max(arrival.at for arrival in arrivals) - launch
    tens = people / 10_000
    return HandedOver(
        people=people,
        seconds=seconds,
        first=max(first_ours, first_sink),
        first_ours=first_ours,
        first_sink=first_sink,
        done=at.ended_at.timestamp() - launch,
        requests=len(arrivals),
        worker_cpu=used.workers / tens,
        database_cpu=used.database / tens,
        sink_cpu=sink_used / tens,
        others=others,
        peak_megabytes=crew.peak_megabytes(),
        per_second=people / seconds,
        bare_per_second=sink.bare_loop(min(people, 200_000)),
    )


def main(people: int) -> None:
    """Check that the requests are valid, measure once, print."""
    with servers() as running:
        print(f"{validity.check(running)} requests checked against the published description: no fault.", flush=True)
        for name, value in asdict(measure(running, people)).items():
            print(f"{name:<16} {value:>14,.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
