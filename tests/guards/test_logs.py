"""Logs carry ids, and nobody: no address, no link's token, no IP address, in whatever way it gets there."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from alerts.core import logs
from alerts.core.logs import struck_out
from alerts.core.tokens import Purpose, mint
from alerts.organisers import Role
from tests.builders import an_organiser

LOCAL = st.from_regex(r"[a-z][a-z0-9._+-]{0,20}", fullmatch=True)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as it would stand on standard error."""
    stream = io.StringIO()
    logs.configure("json")
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    logs.configure("json")


@given(st.text(max_size=30), LOCAL, LOCAL, st.text(max_size=30))
def test_an_address_in_any_text_is_struck_out(before: str, local: str, host: str, after: str) -> None:
    assert f"{local}@{host}.example" not in struck_out(f"{before} {local}@{host}.example {after}")


@pytest.mark.usefixtures("whole_app")
@given(st.sampled_from(Purpose), st.integers(0, 2**64 - 1), st.binary(max_size=16))
def test_a_token_in_any_link_is_struck_out(purpose: Purpose, id: int, extra: bytes) -> None:
    token = mint(purpose, id, extra=extra)
    for letter in {purpose.value, "k"}:
        assert token not in struck_out(f"GET http://localhost/{letter}/{token} 500")
        assert token not in struck_out(f"POST /{letter}/{token}/name 303")


def test_an_exception_that_holds_an_address_is_logged_without_it(log: io.StringIO) -> None:
    try:
        raise ValueError("no such person: ana@mail.example, seen from 192.0.2.7")
    except ValueError:
        logs.logger("test").exception("it.failed", person="ben@mail.example", data={"to": "cem@mail.example"})
    line = json.loads(log.getvalue())
    assert line["event"] == "it.failed"
    assert "ValueError" in line["exception"]
    for personal in ("ana@", "ben@", "cem@", "192.0.2.7"):
        assert personal not in log.getvalue()


def test_libraries_log_through_the_same_guard(log: io.StringIO) -> None:
    logging.getLogger("some.library").warning("bounced %s from %s", "ana@mail.example", "198.51.100.4")
    assert "ana@" not in log.getvalue()
    assert "198.51.100.4" not in log.getvalue()


def test_every_answer_is_one_line_with_the_request_id_and_no_path(
    client: FlaskClient, session: Session, log: io.StringIO
) -> None:
    an_organiser(session, [Role.AUTHOR], email="ana@office.example")
    session.flush()
    token = mint(Purpose.ACT, 1)
    answers = [
        client.get(f"/a/{token}"),
        client.post("/console/sign-in", data={"email": "ana@office.example", "password": "wrong"}),
        client.get("/en/?email=ana@office.example"),
    ]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    answered = [line for line in lines if line["event"] == "request.answered"]
    assert [line["request"] for line in answered] == [answer.headers["X-Request-ID"] for answer in answers]
    assert [line["endpoint"] for line in answered] == ["acting.form", "security.login", "public.front"]
    assert "ana@" not in log.getvalue()
    assert token not in log.getvalue()
