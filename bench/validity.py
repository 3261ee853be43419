"""Before figures count: some hundred requests of the same workers, held against SendGrid's published description."""

from __future__ import annotations

from bench.crew import a_crew
from bench.mailings import a_sender, approved, checked, ended, launched
from bench.people import address
from bench.stage import Servers, a_stage
from tests.standins.sendgrid_standin import a_sendgrid

SMALL_BATCHES = 10
FEWEST_REQUESTS = 200


def check(servers: Servers, people: int = 2_000) -> int:
    """Hand over to the stand-in that validates; the number of requests it found no fault in.

    In small batches, so that there are many requests, and then once in batches of the usual size.
    """
    requests = 0
    for size in (SMALL_BATCHES, 1_000):
        with (
            a_sendgrid() as sendgrid,
            a_stage(servers, people, mail_url="sendgrid:", sendgrid_api_url=sendgrid.url, batch_size=size) as stage,
            a_crew(stage),
            stage.session() as session,
        ):
            actor = a_sender(session)
            mailing = launched(stage, session, approved(session), actor=actor)
            ended(session, mailing)
            checked(session, mailing, people)
        assert not sendgrid.faults, f"SendGrid would refuse this: {sendgrid.faults[:3]}"
        assert sendgrid.taken == {address(number): 1 for number in range(people)}, "everyone once, nobody else"
        requests += sendgrid.requests
    assert requests >= FEWEST_REQUESTS, f"only {requests} requests were checked"
    return requests
