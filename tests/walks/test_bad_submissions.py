"""A thousand bad submissions to every form of the public site: an answer in words each time, and nothing changes."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from alerts.core import clock
from alerts.core.tokens import Purpose, mint
from tests.guards.test_routes import PUBLIC, addresses_of, rules
from tests.web.pages import state_of
from tests.web.test_sign import filled_in

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]")
"""What no page has in it: it cannot be seen, and HTML forbids it or it turns text around."""
HARMLESS = {200, 303, 400, 403, 404, 410, 413, 415, 422}
NASTY = (
    "",
    " ",
    "\t\n",
    "\x00",
    "a\x00b",
    "\u202eevil\u202c",
    "\u200b",
    "\ufeff",
    "\ue000leave_url\ue001",
    "\r\nBcc: x@mail.example",
    "x" * 70_000,
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "%(name)s %s %n",
    "' OR 1=1 --",
    "../../etc/passwd",
    "=1+1",
    "👩‍👩‍👧‍👦",
    "e\u0301" * 300,
    "ﷺ" * 200,
    "١٢٣",
    "NaN",
    "-1",
    "1e309",
    "9" * 400,
    "true",
    "null",
    "[]",
    "\u2028",
    "𝕹𝖆𝖒𝖊",
)
BAD_ADDRESSES = (
    "",
    " ",
    "a",
    "a@",
    "@b",
    "a@b",
    "a b@mail.example",
    "a@mail..example",
    "a@-mail.example",
    "a@mail.example\r\nBcc: b@c.example",
    "a@mail.example,b@mail.example",
    "<a@mail.example>",
    "a@mail.example\x00",
    "a" * 65 + "@mail.example",
    f"a@{'b' * 64}.example",
    "a@" + "b." * 130 + "example",
    "a@[127.0.0.1]",
    '"a b"@mail.example',
    "a@mail.example.",
    "a@mail_box.example",
    "mailto:a@mail.example",
    "a@mail.example?subject=x",
    "ａ@mail.example@",
    "\u202ea@mail.example",
    "a@\u200bmail.example",
    "x" * 70_000 + "@mail.example",
)
FIELDS = {
    "public.sign": ("name", "email", "country", "opened", "kind", "website"),
    "public.embed_sign": ("name", "email", "country", "opened"),
    "public.written": ("name", "email", "country", "opened", "step", "point", "own", "letter", "tongue"),
    "public.subscribed": ("email", "name", "country", "opened", "how_often", "topic", "risk", "about"),
    "public.asked_mine": ("email", "opened"),
    "acting.press": ("name", "letter"),
    "acting.named": ("shown_as", "town", "may_answer"),
    "acting.did": ("kind",),
    "acting.own_letter": ("step", "point", "own", "letter"),
    "acting.chosen": ("language", "country", "risk", "topic", "how_often"),
    "acting.weekly_instead": ("again",),
}
"""What each form is asked for; the others have a button alone."""


@pytest.fixture
def posts(app: Flask, session: Session) -> list[tuple[Rule, str]]:
    """Every address of the public site that takes a form, with something real behind it."""
    addresses, found = addresses_of(session), []
    session.execute(text("UPDATE urgent_actions SET kinds = '{sign,write,print,share}'"))
    session.commit()
    for rule in rules(app):
        if rule.endpoint in PUBLIC and "POST" in (rule.methods or set()):
            with app.test_request_context():
                built = rule.build(addresses(rule))
            assert built is not None
            found.append((rule, built[1]))
    return found


def sent(client: FlaskClient, path: str, data: Any, **more: Any) -> None:
    """One bad submission: it is answered in words, by a page."""
    answer = client.post(path, data=data, **more)
    assert answer.status_code in HARMLESS, (path, answer.status_code, str(data)[:200])
    assert not CONTROL.search(answer.text), (path, str(data)[:200])
    if answer.status_code >= 400 and answer.status_code != 403:
        assert "<h1" in answer.text or answer.mimetype != "text/html", (path, answer.status_code)


def test_nothing_that_is_typed_breaks_a_form(app: Flask, session: Session, posts: list[tuple[Rule, str]]) -> None:
    client, tried = app.test_client(), 0
    for rule, path in posts:
        whole = filled_in(app) | {"step": "send", "letter": "Protect her.", "point": "0"}
        for field, value in product(FIELDS.get(rule.endpoint, ("anything",)), NASTY):
            with session.begin_nested() as undone:
                before = _counted(session)
                sent(client, path, whole | {field: value})
                if "token" not in rule.arguments:
                    assert _counted(session) == before, (path, field, value[:40])
                undone.rollback()
            tried += 1
    assert tried > 1_000


def test_a_bad_address_is_told_and_kept_in_its_field_and_nothing_is_noted(
    app: Flask, session: Session, posts: list[tuple[Rule, str]]
) -> None:
    client, before = app.test_client(), _all_of(session)
    for rule, path in posts:
        if "email" not in FIELDS.get(rule.endpoint, ()):
            continue
        for address in BAD_ADDRESSES:
            answer = client.post(
                path, data=filled_in(app) | {"email": address, "step": "send", "letter": "Protect her."}
            )
            assert answer.status_code in (413, 422), (path, answer.status_code, address[:60])
            assert answer.status_code == 413 or 'aria-invalid="true"' in answer.text
            assert not CONTROL.search(answer.text), (path, address[:60])
            if address.isprintable() and len(address) < 80:
                assert str(escape(address.strip())) in answer.text, "what was typed is kept"
    assert _all_of(session) == before


def test_whatever_is_no_form_is_refused_in_words(app: Flask, session: Session, posts: list[tuple[Rule, str]]) -> None:
    client, before = app.test_client(), _all_of(session)
    bodies = (
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"email=%ff%fe&name=%00", "application/x-www-form-urlencoded"),
        (b'{"email": "a@mail.example"}', "application/json"),
        (b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n', "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
        (b"email=a%40mail.example", "text/plain"),
        (b"<a/>", "application/xml"),
        (b"&".join(b"a%d=1" % number for number in range(5_000)), "application/x-www-form-urlencoded"),
        (b"email=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
        (b"email=a&email=b&email=c&country=GT&country=GB", "application/x-www-form-urlencoded"),
    )
    for rule, path in posts:
        if "token" in rule.arguments:
            continue  # a press without a word on it is a press: what matters there is the link
        for body, kind in bodies:
            sent(client, path, body, content_type=kind)
    assert _all_of(session) == before


def test_a_link_that_is_not_whole_genuine_and_in_time_does_nothing(
    app: Flask, session: Session, posts: list[tuple[Rule, str]]
) -> None:
    client, before = app.test_client(), _all_of(session)
    for rule, path in posts:
        if "token" not in rule.arguments:
            continue
        token = path.split("/")[2]
        others = [mint(one, 1) for one in Purpose if one.value != path[1]]
        late = mint(Purpose(path[1]), 1, expires=clock.now() - timedelta(days=30))
        bad = [
            token[:-1],
            token[1:],
            token[:20],
            token.swapcase(),
            token + "A",
            "A" * 60,
            "%00",
            "é",
            "." * 40,
            late,
            *others,
        ]
        for one in bad:
            answer = client.post(path.replace(token, one))
            assert answer.status_code in (404, 410), (rule.endpoint, one[:20], answer.status_code)
    assert _all_of(session) == before


def _counted(session: Session) -> tuple[int, ...]:
    """What no form that anybody can send may move: who counts, who is a subscriber, who must not be mailed."""
    row = session.execute(
        text(
            "SELECT (SELECT count(*) FROM participations WHERE state = 'confirmed'),"
            " (SELECT count(*) FROM subscribers WHERE state = 'active'), (SELECT count(*) FROM suppressions)"
        )
    ).one()
    return tuple(row)


def _all_of(session: Session) -> dict[str, Any]:
    """What a submission could have changed."""
    kept = dict(state_of(session))
    for table in ("sign_ups", "page_requests", "relays"):
        kept[table] = session.scalar(text(f"SELECT count(*) FROM {table}"))
    return kept
