"""How many times each public page asks the database: a page that asks more often than it did is seen here first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.guards.test_routes import PUBLIC, addresses_of, rules
from tests.support.databases import engine_of

QUERIES = {
    "static": 0,
    "security.login": 0,
    "health.alive": 0,
    "health.ready": 3,
    "public.front": 4,
    "public.campaign": 4,
    "public.case": 6,
    "public.version": 3,
    "public.version_changes": 3,
    "public.check_mail": 2,
    "public.campaign_card": 2,
    "public.front_card": 2,
    "public.card": 2,
    "public.portrait": 1,
    "public.portrait_size": 1,
    "public.embed": 3,
    "public.embed_check_mail": 2,
    "public.embed_script": 0,
    "acting.form": 3,
    "acting.form_again": 0,
    "acting.confirmation": 2,
    "acting.confirmation_again": 0,
    "acting.kept": 5,
    "acting.leaving": 1,
    "acting.office": 1,
    "acting.letter": 3,
    "acting.mine": 2,
    "acting.preferences": 2,
    "acting.sign_up": 1,
    "public.bulletin_pdf": 2,
    "public.letter_pdf": 2,
    "public.subscribe": 1,
    "public.subscribe_asked": 0,
    "acting.mine_delete_again": 0,
    "acting.mine_export": 2,
    "acting.on_paper": 2,
    "acting.own_letter": 1,
    "public.ask_mine": 0,
    "public.cases": 5,
    "public.country_feed": 2,
    "public.defender": 6,
    "public.feed": 2,
    "public.find": 2,
    "public.language_map": 3,
    "public.mine_asked": 0,
    "public.outcomes": 2,
    "public.paper": 2,
    "public.risk_feed": 2,
    "public.robots": 0,
    "public.sitemap": 0,
    "public.write": 2,
}
"""For every public address that can be read, with nothing kept from an earlier reader; fewer is welcome."""


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """The statements that ask for something, while the block runs."""
    noted: list[str] = []
    engine = engine_of(app)

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            noted.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_each_public_page_asks_the_database_as_often_as_it_should(app: Flask, session: Session) -> None:
    addresses, client = addresses_of(session), app.test_client()
    found: dict[str, int] = {}
    for rule in rules(app):
        if rule.endpoint not in PUBLIC or "GET" not in (rule.methods or set()):
            continue
        if "lang" not in rule.arguments and any(
            other.endpoint == rule.endpoint and "lang" in other.arguments for other in rules(app)
        ):
            continue  # the address without a language leads to the same page
        with app.test_request_context():
            path = rule.build(addresses(rule))
        assert path is not None
        with asked(app) as statements:
            client.get(path[1])
        found[rule.endpoint] = len(statements)
    assert found == QUERIES


def test_more_open_cases_or_more_names_ask_no_more_often(app: Flask, session: Session) -> None:
    client = app.test_client()
    addresses_of(session)
    with asked(app) as few:
        client.get("/en/")
    for _ in range(3):
        addresses_of(session)
    with asked(app) as many:
        client.get("/en/")
    assert len(few) == len(many) == QUERIES["public.front"]
