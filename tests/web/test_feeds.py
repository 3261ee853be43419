"""Feeds and maps: what machines read is valid, whole, and says no more than pages do."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState, Visibility
from alerts.core.languages import LANGUAGES
from alerts.web.security import PRIVATE_PREFIXES
from tests.builders import an_urgent_action
from tests.search.scenes import NAME, a_case_of, somebody
from tests.web.pages import number_of

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def moment(text: str | None) -> datetime:
    """A date as RFC 3339 has it: with a zone."""
    at = datetime.fromisoformat(text or "")
    assert at.tzinfo is not None
    return at


@pytest.mark.parametrize("path", ["feed.atom", "feed/country/EG.atom", "feed/risk/threat.atom"])
@pytest.mark.parametrize("code", ["en", "fa"])
def test_a_feed_is_what_rfc_4287_wants(session: Session, client: FlaskClient, code: str, path: str) -> None:
    case = a_case_of(session, somebody(session, Visibility.NAMED), CaseState.PUBLISHED, call='Defend "her" & us!')
    an_urgent_action(session, CaseState.CLOSED)
    session.commit()
    answer = client.get(f"/{code}/{path}")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    assert feed.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == code
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for required in ("id", "title", "updated"):
            found = element.findall(ATOM + required)
            assert len(found) == 1, required
            assert found[0].text
        moment(element.findtext(f"{ATOM}updated"))
    links = {link.attrib["rel"]: link.attrib["href"] for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == feed.findtext(f"{ATOM}id") == f"http://localhost:8000/{code}/{path}"
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    changed = [moment(entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert changed == sorted(changed, reverse=True)
    assert moment(feed.findtext(f"{ATOM}updated")) == changed[0]
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert 'Defend "her" & us!' in titles
    assert f"/{code}/ua/{number_of(case)}" in answer.text


def test_a_feed_holds_only_what_it_is_about(session: Session, client: FlaskClient) -> None:
    an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    assert "<entry" in client.get("/en/feed/country/EG.atom").text
    for path in ("feed/country/RU.atom", "feed/risk/arrest.atom"):
        assert "<entry" not in client.get(f"/en/{path}").text
        ElementTree.fromstring(client.get(f"/en/{path}").data)
    for unknown in ("feed/country/ZZ.atom", "feed/risk/boredom.atom"):
        assert client.get(f"/en/{unknown}").status_code == 404


def test_a_feed_names_nobody_who_is_withheld(session: Session, client: FlaskClient) -> None:
    a_case_of(session, somebody(session, Visibility.WITHHELD), CaseState.PUBLISHED)
    session.commit()
    feed = client.get("/en/feed.atom").text
    assert "Name withheld" in feed
    assert not any(part in feed for part in NAME.split())


def test_the_map_has_every_page_in_every_language_it_has(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "ru"))
    session.commit()
    maps = ElementTree.fromstring(client.get("/sitemap.xml").data)
    assert len(maps) == len(LANGUAGES)
    found = {}
    for code in LANGUAGES:
        page = ElementTree.fromstring(client.get(f"/{code}/sitemap.xml").data)
        found[code] = {url.findtext(f"{MAP}loc"): len(url) for url in page}
    address = f"http://localhost:8000/{{}}/ua/{number_of(case)}"
    assert [code for code in LANGUAGES if address.format(code) in found[code]] == ["en", "ru"]
    assert found["ru"][address.format("ru")] == 4, "address, date, and both languages"
    for url in found["en"]:
        assert client.get((url or "").removeprefix("http://localhost:8000")).status_code == 200


def test_robots_are_kept_from_the_links_of_mails(client: FlaskClient, session: Session) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    closed = re.findall(r"^Disallow: (.+)$", answer.text, re.MULTILINE)
    assert {*PRIVATE_PREFIXES, "/console", "/en/search"} <= set(closed)
    assert "Sitemap: http://localhost:8000/sitemap.xml" in answer.text
