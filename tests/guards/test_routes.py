"""Every address says who may use it, changes nothing when read, and answers with HTML that a parser takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from alerts.core import clock
from alerts.core.tokens import Purpose, mint
from alerts.organisers import Permission, Role
from alerts.participation.models import Participation
from alerts.subscribers.models import SignUp
from alerts.web.access import PUBLIC_ENDPOINTS
from tests.builders import a_later_bulletin
from tests.campaigns.scenes import a_page_at
from tests.console.conftest import at_desk  # noqa: F401 - a fixture
from tests.mailings.scenes import Launch, people
from tests.support.databases import engine_of

READING = {"GET", "HEAD", "OPTIONS"}
WRITES = re.compile(r"\s*(?:WITH\b.*\b)?(INSERT|UPDATE|DELETE|TRUNCATE|COPY)\b", re.IGNORECASE | re.DOTALL)
UNMARKED = {"security.static", "security.verify"}
"""Addresses that Flask-Security brings and that answer 403: nothing marks them, so nothing opens them."""

PUBLIC = {
    "static",
    "security.login",
    "security.logout",
    "health.alive",
    "health.ready",
    "public.front",
    "public.campaign",
    "public.case",
    "public.version",
    "public.version_changes",
    "public.sign",
    "public.check_mail",
    "public.bulletin_pdf",
    "public.letter_pdf",
    "public.subscribe",
    "public.subscribed",
    "public.subscribe_asked",
    "acting.sign_up",
    "acting.signed_up",
    "acting.preferences",
    "acting.chosen",
    "acting.joined",
    "public.campaign_card",
    "public.card",
    "public.front_card",
    "public.embed",
    "public.embed_sign",
    "public.embed_check_mail",
    "public.embed_script",
    "public.portrait",
    "public.portrait_size",
    "public.find",
    "public.cases",
    "public.outcomes",
    "public.defender",
    "public.feed",
    "public.country_feed",
    "public.risk_feed",
    "public.sitemap",
    "public.language_map",
    "public.robots",
    "acting.form",
    "acting.form_again",
    "acting.letter",
    "acting.press",
    "acting.confirmation",
    "acting.confirmation_again",
    "acting.confirmed",
    "acting.kept",
    "acting.taken_back",
    "acting.named",
    "acting.did",
    "acting.own_letter",
    "acting.on_paper",
    "acting.mine",
    "acting.mine_withdrawn",
    "acting.mine_deleted",
    "acting.mine_delete_again",
    "acting.mine_export",
    "public.write",
    "public.written",
    "public.paper",
    "public.ask_mine",
    "public.asked_mine",
    "public.mine_asked",
    "acting.leaving",
    "acting.left",
    "acting.weekly_instead",
    "acting.office",
    "acting.office_refused",
    "hooks.sendgrid",
}
"""Every address open to the world. Adding one is a decision: it is made here."""


def rules(app: Flask) -> list[Rule]:
    """Every route of the app."""
    return list(app.url_map.iter_rules())


def test_every_address_is_listed_as_public_or_names_a_permission(whole_app: Flask) -> None:
    for rule in rules(whole_app):
        if rule.endpoint in UNMARKED:
            continue
        needed = getattr(whole_app.view_functions[rule.endpoint], "open_to", None)
        open_to_all = rule.endpoint in PUBLIC_ENDPOINTS or needed is None
        assert (rule.endpoint in PUBLIC) == open_to_all, f"{rule} is neither listed nor guarded, or both"
        assert needed is None or isinstance(needed, Permission)


def test_what_is_not_marked_is_refused(client: FlaskClient) -> None:
    assert client.get("/console/verify").status_code == 403


def test_whoever_is_not_signed_in_is_sent_to_sign_in_from_every_guarded_address(app: Flask, session: Session) -> None:
    client = app.test_client()
    addresses = addresses_of(session)
    for rule in rules(app):
        if rule.endpoint in PUBLIC | UNMARKED:
            continue
        with app.test_request_context():
            path = rule.build(addresses(rule))
        assert path is not None
        for method in (rule.methods or set()) - {"OPTIONS"}:
            answer = client.open(path[1], method=method)
            assert answer.status_code == 303, f"{method} {rule}"
            assert "/console/sign-in" in answer.headers["Location"]


def addresses_of(session: Session) -> Callable[[Rule], dict[str, Any]]:
    """Something real behind every kind of address: for a route, the values that lead there."""
    people(session, 2)
    mailing = Launch(session)
    case, defender = mailing.case, mailing.case.defender
    act = Participation(
        urgent_action_id=case.id,
        person_hash=b"somebody's hash.",
        name="Ana",
        email="ana@mail.example",
        language="en",
        state="pending",
        acted_at=clock.now(),
    )
    session.add(act)
    session.flush()
    asked = SignUp(
        address_hash=uuid4().bytes,
        email="new@mail.example",
        language="en",
        statement="Write to me.",
        statement_version="1",
        asked_at=clock.now(),
        not_before=clock.now(),
    )
    session.add(asked)
    session.flush()
    delivery, hash_ = session.execute(
        text("SELECT d.id, s.address_hash FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id LIMIT 1")
    ).one()
    tokens = {
        "a": mint(Purpose.ACT, delivery),
        "k": mint(Purpose.CONFIRM, act.id),
        "r": mint(Purpose.RECEIPT, act.id),
        "m": mint(Purpose.MINE, 0, extra=hash_),
        "u": mint(Purpose.LEAVE, delivery, extra=hash_),
        "p": mint(Purpose.PREFERENCES, 0, extra=hash_),
        "s": mint(Purpose.SIGN_UP, asked.id),
        "o": mint(Purpose.OFFICE, 0, extra=case.target_id.bytes if case.target_id else b""),
    }
    page = a_page_at(session, "amal-sabri")
    session.execute(text("UPDATE bulletin_versions SET replaced_at = now()"))
    words = "title, call, summary, story, letter, asks, copies"
    session.execute(
        text(
            f"INSERT INTO bulletin_versions (bulletin_id, language, version, {words}, read_from)"
            f" SELECT bulletin_id, language, version + 1, {words}, replaced_at FROM bulletin_versions WHERE version = 1"
            " ON CONFLICT DO NOTHING"
        )
    )
    session.commit()
    values = {
        "lang": "en",
        "number": f"{case.sequence}-{case.year % 100}",
        "case_id": case.id,
        "defender_id": defender.id,
        "target_id": case.target_id,
        "mailing_id": mailing.id,
        "bulletin_id": a_later_bulletin(session, case).id,
        "way": "resend",
        "variant": 0,
        "portrait_id": case.id,
        "width": 400,
        "form": "avif",
        "act_id": act.id,
        "kind": "json",
        "language": "en",
        "slug": "amal-sabri",
        "campaign_id": page.campaign_id,
        "revision_id": page.id,
        "block": "hero",
        "step": "down",
        "version": 1,
        "country": "EG",
        "risk": "threat",
        "filename": "css/catcher.css",
        "mark": "0",
    }

    def of(rule: Rule) -> dict[str, Any]:
        found = {name: values[name] for name in rule.arguments if name != "token"}
        return found | ({"token": tokens[rule.rule[1]]} if "token" in rule.arguments else {})

    return of


@contextmanager
def writes_noted(app: Flask) -> Iterator[list[str]]:
    """The statements that write, while the block runs."""
    noted: list[str] = []
    engine = engine_of(app)

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if WRITES.match(statement):
            noted.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(engine, "before_cursor_execute", note)


EVERY_ROLE = tuple(Role)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_any_address_changes_nothing(app: Flask, session: Session, at_desk: Any, method: str) -> None:  # noqa: F811
    addresses = addresses_of(session)
    signed_in, stranger = at_desk(*EVERY_ROLE), app.test_client()
    with writes_noted(app) as writes:
        for rule in rules(app):
            if method not in (rule.methods or set()):
                continue
            with app.test_request_context():
                path = rule.build(addresses(rule))
            assert path is not None
            for client in (signed_in, stranger):
                client.open(path[1], method=method)
                assert writes == [], f"{method} {rule} writes"


def test_every_page_is_html_a_strict_parser_takes(app: Flask, session: Session, at_desk: Any) -> None:  # noqa: F811
    addresses = addresses_of(session)
    client = at_desk(*EVERY_ROLE)
    read = 0
    for rule in rules(app):
        if "GET" not in (rule.methods or set()):
            continue
        with app.test_request_context():
            path = rule.build(addresses(rule))
        assert path is not None
        answer = client.get(path[1], follow_redirects=True)
        assert answer.status_code in (200, 403, 404), f"{rule}: {answer.status_code}"
        # The preview of a mail is made for mail readers: tables, conditional comments, and no strict HTML.
        if (
            answer.mimetype == "text/html"
            and answer.text.lstrip().lower().startswith("<!doctype")
            and rule.endpoint != "console.mail"
        ):
            html5lib.HTMLParser(strict=True).parse(answer.text)
            read += 1
    assert read > 25


def test_every_template_compiles(whole_app: Flask) -> None:
    names = [name for name in whole_app.jinja_env.list_templates() if name.endswith(".html")]
    assert len(names) > 40
    for name in names:
        whole_app.jinja_env.get_template(name)


def test_the_guard_itself_sees_what_is_written(app: Flask, session: Session) -> None:
    addresses = addresses_of(session)
    leaving = next(rule for rule in rules(app) if rule.endpoint == "acting.left")
    with app.test_request_context():
        path = leaving.build(addresses(leaving))
    assert path is not None
    with writes_noted(app) as writes:
        assert app.test_client().post(path[1]).status_code == 200
    assert any("suppressions" in statement for statement in writes)
