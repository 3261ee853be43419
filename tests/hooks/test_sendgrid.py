"""The hook for SendGrid's events: what was signed just now is kept as it came, anything else is refused, not kept."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from alerts.delivery.signatures import FRESH
from alerts.hooks.sendgrid import LARGEST
from tests.events.posts import rows
from tests.standins.sendgrid_events import Signer, an_event

PATH = "/hooks/sendgrid"
SIGNER = Signer()
SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
BODY = json.dumps([an_event("delivered", 1, reason="naïve – “quoted”")], ensure_ascii=False).encode()


@pytest.fixture(autouse=True)
def _key(whole_app: Flask) -> Iterator[None]:
    settings = whole_app.extensions["settings"]
    whole_app.extensions["settings"] = settings.model_copy(update={"sendgrid_event_key": SIGNER.public_key})
    yield
    whole_app.extensions["settings"] = settings


def post(client: FlaskClient, body: bytes, headers: dict[str, str]) -> TestResponse:
    return client.post(PATH, data=body, headers=headers)


def kept(session: Session) -> list[bytes]:
    session.expire_all()
    return [bytes(body) for (body,) in rows(session, "SELECT body FROM event_posts ORDER BY id")]


def test_what_sendgrid_signed_is_kept_as_it_came_and_answered_at_once(client: FlaskClient, session: Session) -> None:
    answer = post(client, BODY, SIGNER.headers(BODY))
    assert (answer.status_code, answer.data) == (204, b"")
    assert kept(session) == [BODY]
    assert rows(session, "SELECT count(*) FROM provider_events") == [(0,)], "what it says is for a worker to read"


def test_no_cookie_and_no_session_is_involved(client: FlaskClient, session: Session) -> None:
    answer = post(client, BODY, SIGNER.headers(BODY))
    assert "Set-Cookie" not in answer.headers


def test_no_forms_token_is_asked_for(app: Flask, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert post(app.test_client(), BODY, SIGNER.headers(BODY)).status_code == 204
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def _changed(**changes: str) -> dict[str, str]:
    named = {"signature": SIGNATURE, "timestamp": TIMESTAMP}
    return SIGNER.headers(BODY) | {named[name]: value for name, value in changes.items()}


@pytest.mark.parametrize(
    ("forged", "body"),
    [
        (dict, BODY),
        (lambda: {TIMESTAMP: str(int(time.time()))}, BODY),
        (lambda: _changed(signature="not base64 at all!"), BODY),
        (lambda: _changed(signature="AAA"), BODY),
        (lambda: _changed(signature=base64.b64encode(b"no DER").decode()), BODY),
        (lambda: _changed(signature="ñ"), BODY),
        (lambda: Signer().headers(BODY), BODY),
        (lambda: SIGNER.headers(BODY), BODY + b" "),
        (lambda: _changed(timestamp=str(int(time.time()) - 1)), BODY),
        (lambda: _changed(timestamp="soon"), BODY),
        (lambda: _changed(timestamp="9" * 400), BODY),
        (lambda: SIGNER.headers(b"\xff\xfe[]"), b"\xff\xfe[]"),
    ],
    ids=[
        "nothing",
        "no signature",
        "no base64",
        "base64 cut short",
        "no signature's form",
        "a letter beyond ASCII",
        "another's key",
        "a byte more",
        "another second",
        "no number",
        "a number without end",
        "no UTF-8",
    ],
)
def test_what_is_not_signed_so_is_refused_and_nothing_is_kept(
    client: FlaskClient, session: Session, forged: Callable[[], dict[str, str]], body: bytes
) -> None:
    assert post(client, body, forged()).status_code == 403
    assert kept(session) == []


@pytest.mark.parametrize("off", [-1, 1], ids=["long ago", "far ahead"])
def test_a_good_signature_of_another_time_is_refused(client: FlaskClient, session: Session, off: int) -> None:
    seconds = FRESH.total_seconds()
    stale = str(int(time.time() + off * (seconds + 30)))
    fresh = str(int(time.time() + off * (seconds - 30)))
    assert post(client, BODY, SIGNER.headers(BODY, timestamp=stale)).status_code == 403
    assert kept(session) == []
    assert post(client, BODY, SIGNER.headers(BODY, timestamp=fresh)).status_code == 204


def test_without_a_key_the_hook_takes_nothing(client: FlaskClient, app: Flask, session: Session) -> None:
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"sendgrid_event_key": ""})
    assert post(client, BODY, SIGNER.headers(BODY)).status_code == 403
    assert kept(session) == []


def test_a_post_is_bounded(client: FlaskClient, session: Session) -> None:
    largest = b"[" + b" " * (LARGEST - 2) + b"]"
    assert post(client, largest, SIGNER.headers(largest)).status_code == 204
    over = largest + b" "
    assert post(client, over, SIGNER.headers(over)).status_code == 413
    assert len(kept(session)) == 1


def test_a_key_that_is_wrapped_as_a_page_shows_it_is_good(client: FlaskClient, app: Flask, session: Session) -> None:
    key = SIGNER.public_key
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"sendgrid_event_key": f" {key[:60]}\n{key[60:]} "})
    assert post(client, BODY, SIGNER.headers(BODY)).status_code == 204


def test_the_bell_is_rung_once_it_is_kept(committed: Session, app: Flask) -> None:
    assert app.test_client().post(PATH, data=BODY, headers=SIGNER.headers(BODY)).status_code == 204
    assert app.extensions["redis"].llen("rq:queue:delivery") == 1
    assert committed.scalar(text("SELECT count(*) FROM event_posts")) == 1


def test_the_body_is_not_read_for_a_token_of_an_account(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not signed in is nobody, whatever a body says: no JSON of two megabytes is read to find that out."""
    read: list[int] = []
    monkeypatch.setattr("flask.json.provider.DefaultJSONProvider.loads", lambda *_, **__: read.append(1))
    assert client.post(PATH, json=[{"auth_token": "x"}]).status_code == 403
    assert client.post("/en/", json=[{"auth_token": "x"}]).status_code in (400, 404, 405)
    assert read == []
