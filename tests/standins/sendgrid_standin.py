"""A SendGrid that speaks real HTTP, holds every request against the published description, and fails as it is told."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from jsonschema import Draft202012Validator

DESCRIPTION = Path(__file__).parent / "tsg_mail_v3.yaml"
KEY = "SG.a-key-for-tests"
LARGEST = 20_000_000
RESERVED = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"} | {
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
}
_ADDRESS = re.compile(r"[^@\s<>,;]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_BAD_IN_TAG = re.compile(r"[\s<>&\"']")


@dataclass(frozen=True)
class Reply:
    """An answer instead of 202; `taken` says whether the mails were queued all the same."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"errors":[{"message":"as the test said","field":null,"help":null}]}'
    taken: bool = False


HANG = Reply(0, body="hang")
"""Read the request and say nothing."""
HANG_TAKEN = Reply(0, body="hang", taken=True)
DROP = Reply(0, body="drop")
"""Read the request and close the connection."""
NONSENSE = Reply(0, body="nonsense")
"""Answer with something that is not HTTP."""

Plan = Callable[[int], Reply | None]


@dataclass(frozen=True)
class Sent:
    """One mail as its reader would get it: tags replaced by their values."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    custom_args: dict[str, str]
    message_id: str


@dataclass
class SendGrid:
    """A running stand-in. `plan` gives the reply to request number n (from 1); None means by the rules."""

    port: int
    plan: Plan = lambda _: None
    largest: int = LARGEST
    bodies: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    sent: list[Sent] = field(default_factory=list)
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """SENDGRID_API_URL."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def a_sendgrid(plan: Plan | None = None) -> Iterator[SendGrid]:
    """A SendGrid that runs for as long as the block."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.sendgrid = SendGrid(server.server_address[1], plan or (lambda _: None))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server.sendgrid
        finally:
            server.sendgrid.over.set()
            server.shutdown()


def faults_in(body: Any) -> list[dict[str, Any]]:
    """What SendGrid would not take about a Mail Send request, as its `errors` say it."""
    errors = _validator().iter_errors(body)
    faults = [_fault(error.message[:200], ".".join(map(str, error.path)) or None) for error in errors]
    if faults:
        return faults
    unknown = set(body) - set(_validator().schema["properties"])
    faults += [_fault("Unknown property", name) for name in sorted(unknown)]
    people = body["personalizations"]
    if not people or sum(len(one["to"]) for one in people) > 1000:
        faults.append(_fault("Between 1 and 1000 recipients", "personalizations"))
    if not body.get("subject") or not body.get("content"):
        faults.append(_fault("Subject and content are required", "subject"))
    elif [part["type"] for part in body["content"]] != ["text/plain", "text/html"]:
        faults.append(_fault("text/plain comes before text/html", "content"))
    for number, one in enumerate(people):
        faults += [_fault(words, f"personalizations.{number}.{where}") for words, where in _faults_of(one)]
    faults += [_fault("Reserved header", "headers") for name in body.get("headers", {}) if name.lower() in RESERVED]
    return faults


def _faults_of(one: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for place, to in enumerate(one["to"]):
        if not _ADDRESS.match(to["email"]):
            yield "Does not contain a valid address.", f"to.{place}.email"
    headers = one.get("headers", {})
    if any(name.lower() in RESERVED or not isinstance(value, str) or "\n" in value for name, value in headers.items()):
        yield "Reserved or broken header", "headers"
    values = one.get("substitutions", {})
    if sum(len(value.encode()) for value in values.values()) > 10_000:
        yield "Substitutions may not exceed 10,000 bytes", "substitutions"
    if any(_BAD_IN_TAG.search(tag) for tag in values):
        yield "A tag has a space or one of HTML's characters", "substitutions"
    if len(json.dumps(one.get("custom_args", {}))) > 10_000:
        yield "Custom args may not exceed 10,000 bytes", "custom_args"


def _fault(message: str, where: str | None) -> dict[str, Any]:
    return {"message": message, "field": where, "help": None}


@cache
def _validator() -> Draft202012Validator:
    description = yaml.safe_load(DESCRIPTION.read_text())
    schema = description["components"]["requestBodies"]["PostMailSend"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": description["components"]})


def _sent(body: dict[str, Any], message_id: str) -> Iterator[Sent]:
    text, html = (part["value"] for part in body["content"])
    for one in body["personalizations"]:
        values = one.get("substitutions", {})
        headers = {**body.get("headers", {}), **one.get("headers", {})}
        yield Sent(
            to=one["to"][0]["email"],
            subject=_filled(body["subject"], values),
            text=_filled(text, values),
            html=_filled(html, values),
            headers=headers,
            custom_args=one.get("custom_args", {}),
            message_id=message_id,
        )


def _filled(words: str, values: dict[str, str]) -> str:
    for tag, value in values.items():
        words = words.replace(tag, value)
    return words


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    sendgrid: SendGrid


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The scopes of the key."""
        if self.path != "/v3/scopes":
            self._answer(Reply(404))
        elif self.headers["Authorization"] != f"Bearer {KEY}":
            self._answer(Reply(401))
        else:
            self._answer(Reply(200, body='{"scopes":["mail.send"]}'))

    def do_POST(self) -> None:
        """Mail Send."""
        sendgrid = self.server.sendgrid
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        with sendgrid.lock:
            sendgrid.requests += 1
            number = sendgrid.requests
        reply = self._refusal(raw) or sendgrid.plan(number)
        if reply is None:
            reply = self._take(raw)
        elif reply.taken:
            self._take(raw)
        self._answer(reply)

    def _refusal(self, raw: bytes) -> Reply | None:
        sendgrid = self.server.sendgrid
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return Reply(401, body='{"errors":[{"message":"The key is not valid","field":null}]}')
        if self.path != "/v3/mail/send":
            return Reply(404)
        if self.headers.get_content_type() != "application/json":
            return Reply(415)
        if len(raw) > sendgrid.largest:
            return Reply(413)
        try:
            faults = faults_in(json.loads(raw))
        except ValueError:
            faults = [_fault("Bad Request", None)]
        if faults:
            sendgrid.faults += faults
            return Reply(400, body=json.dumps({"errors": faults}))
        return None

    def _take(self, raw: bytes) -> Reply:
        sendgrid = self.server.sendgrid
        body = json.loads(raw)
        message_id = uuid4().hex[:22]
        with sendgrid.lock:
            sendgrid.bodies.append(body)
            sendgrid.sent += _sent(body, message_id)
            sendgrid.taken.update(to["email"] for one in body["personalizations"] for to in one["to"])
        return Reply(202, {"X-Message-Id": message_id}, body="")

    def _answer(self, reply: Reply) -> None:
        self.close_connection = True
        match reply:
            case Reply(status=0, body="hang"):
                self.server.sendgrid.over.wait(30)
            case Reply(status=0, body="nonsense"):
                self.wfile.write(b"this is no HTTP at all\r\n\r\n")
            case Reply(status=0):
                return
            case _:
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body.encode())

    def log_message(self, *_: object) -> None:
        """Tests read what was sent, not a log."""
