"""Taking in what SendGrid reports: posting and storing by HTTP, then expanding, beside a plain COPY of as many."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core.ids import new_id
from alerts.events.expanding import expand_next
from alerts.organisers import Role
from bench.stage import Servers, Stage, a_stage
from tests.builders import an_actor, an_urgent_action
from tests.standins.sendgrid_events import Signer, an_event
from tests.support.processes import environment_of, running, wait_until

LARGEST_POST = 768_000
"""Bytes after which SendGrid posts what it has."""
KINDS = ("processed", "delivered")
ONE_IN = 50
"""One delivery in so many bounces instead of being delivered: far more than any sender may have."""

_DELIVERIES = text("""
WITH people AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM subscribers
), cut AS (
    INSERT INTO batches (mailing_id, language, first_id, size, not_before, state, intent, settled, accepted)
    SELECT :mailing, 'en', 1 + min(place), count(*), now(), 'done', count(*), count(*), count(*)
    FROM people GROUP BY place / 1000 RETURNING id, first_id, size
)
INSERT INTO deliveries (id, mailing_id, subscriber_id, batch_id)
SELECT 1 + place, :mailing, people.id, cut.id
FROM people JOIN cut ON 1 + place >= first_id AND 1 + place < first_id + size AND first_id = 1 + place - place % 1000
""")


@dataclass(frozen=True)
class Reported:
    """Events a second: posted and stored, expanded, both one after the other; and a bare COPY of as many."""

    stored: float
    expanded: float
    per_second: float
    plain_per_second: float


def measure(running: Servers, people: int) -> Reported:
    """Two events of each delivery: signed, posted and stored; then expanded; then copied barely."""
    with a_stage(running, people) as stage:
        return _reported(stage)


def _reported(stage: Stage) -> Reported:
    signer = Signer()
    with stage.session() as session:
        posts = list(_posts(_deliveries(session)))
        events = sum(len(post) for post in posts)
        bodies = [json.dumps(post).encode() for post in posts]
        stored = events / _post(stage, signer, bodies)
        began = time.perf_counter()
        while expand_next(session):
            session.commit()
        expanded = events / (time.perf_counter() - began)
        seen = session.scalar(text("SELECT count(*) FROM provider_events"))
        assert seen == events, f"{events} were posted, {seen} are known"
    return Reported(stored, expanded, 1 / (1 / stored + 1 / expanded), events / _copy(stage, posts))


def _deliveries(session: Session) -> list[int]:
    """A mailing to everybody, all handed over."""
    case = an_urgent_action(session, CaseState.PUBLISHED)
    mailing = new_id()
    session.execute(
        text(
            "INSERT INTO mailings (id, bulletin_id, urgent_action_id, state, rank, rule, launched_by, launched_at,"
            " starts_at, frozen_at) VALUES (:id, :bulletin, :case, 'done', 3, '{}', :by, now(), now(), now())"
        ),
        {
            "id": mailing,
            "bulletin": case.bulletins[0].id,
            "case": case.id,
            "by": an_actor(session, Role.SENDER).id,
        },
    )
    session.execute(_DELIVERIES, {"mailing": mailing})
    session.commit()
    return [id for (id,) in session.execute(text("SELECT id FROM deliveries ORDER BY id"))]


def _posts(deliveries: list[int]) -> Iterator[list[dict[str, object]]]:
    """Events as SendGrid bundles them: `processed` of all, then what became of each."""
    post: list[dict[str, object]] = []
    size = 0
    for kind in KINDS:
        for number in deliveries:
            event = an_event("bounce" if kind == "delivered" and number % ONE_IN == 0 else kind, number)
            size += len(json.dumps(event)) + 2
            if size > LARGEST_POST:
                yield post
                post, size = [], len(json.dumps(event)) + 2
            post.append(event)
    yield post


def _post(stage: Stage, signer: Signer, bodies: list[bytes]) -> float:
    """Seconds to post them one after the other to `alerts web`, signing included."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = environment_of(stage.settings, PORT=str(port), SENDGRID_EVENT_KEY=signer.public_key)
    with running("web", environment):
        wait_until(lambda: _answers(port), what="the site to be up")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        began = time.perf_counter()
        for body in bodies:
            connection.request("POST", "/hooks/sendgrid", body, signer.headers(body))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == http.HTTPStatus.NO_CONTENT, answer.status
        return time.perf_counter() - began


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _copy(stage: Stage, posts: list[list[dict[str, object]]]) -> float:
    """Seconds to COPY the events, already read, into a table that checks nothing."""
    with psycopg.connect(stage.settings.database_url) as connection:
        connection.execute("CREATE UNLOGGED TABLE plain_events (id text, delivery bigint, kind text, at bigint)")
        began = time.perf_counter()
        with connection.cursor().copy("COPY plain_events FROM STDIN") as copy:
            for post in posts:
                for event in post:
                    copy.write_row((event["sg_event_id"], event["delivery"], event["event"], event["timestamp"]))
        connection.commit()
        return time.perf_counter() - began
