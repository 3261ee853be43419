"""Pages are light: they are opened on phones, on slow lines, from a mail."""

from __future__ import annotations

import gzip
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.core.tokens import Purpose, mint
from tests.web.pages import an_alert, number_of

MOST = 60_000
"""Bytes of the page, its styles and its scripts, as they go over the line; portraits and faces come after."""
LINKED = re.compile(r'<(?:link rel="stylesheet" href|script type="module" src)="([^"]+)"')


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_pages_on_which_people_act_are_light(session: Session, client: FlaskClient, language: str) -> None:
    alert = an_alert(session, language=language)
    choosing = f"/p/{mint(Purpose.PREFERENCES, 0, extra=alert.people[0].address_hash)}"
    session.commit()
    case = f"/{language}/ua/{number_of(alert.case)}"
    for path in (alert.act_link(), case, f"/{language}/", f"/{language}/subscribe", choosing):
        page = client.get(path)
        linked = LINKED.findall(page.text)
        assert len(linked) >= 3, "the page should name its styles and its script"
        parts = [page.data, *(client.get(part).data for part in linked)]
        assert sum(len(gzip.compress(part, 6)) for part in parts) <= MOST, path
