"""Searching, lists of cases and the page of a defender, as anybody sees them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from alerts.actions.consent import withdraw_consent
from alerts.actions.defenders import describe_defender
from alerts.actions.listing import PER_PAGE
from alerts.actions.states import CaseState, Risk, Topic, Visibility
from alerts.core.languages import LANGUAGES
from alerts.organisers import Role
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action, past_deadline
from tests.search.scenes import NAME, PSEUDONYM, a_campaign, a_case_of, somebody, statements
from tests.web.pages import number_of, words


def in_country(
    session: Session,
    country: str,
    state: CaseState = CaseState.PUBLISHED,
    risk: Risk = Risk.THREAT,
    topics: tuple[Topic, ...] = (),
) -> Any:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author, country=country)
    a_consent(session, defender, author)
    return an_urgent_action(session, state, author=author, defender=defender, risk=risk, topics=topics)


def data_of(html: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)]


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_has_its_own_search(session: Session, client: FlaskClient, code: str) -> None:
    an_urgent_action(session, CaseState.PUBLISHED, languages=(code,))
    session.commit()
    page = client.get(f"/{code}/search", query_string={"q": "lawyer"})
    assert f'<html lang="{code}"' in page.text
    assert "<mark>" in page.text
    assert f'href="/{"fa" if code != "fa" else "en"}/search?q=lawyer"' in page.text, (
        "the words stay when the language changes"
    )


@pytest.mark.parametrize("typed", ["UA {0}", "ua{0}", "{0}", "{1}"])
def test_the_number_of_a_case_leads_straight_to_it(session: Session, client: FlaskClient, typed: str) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    q = typed.format(f"{case.sequence}/{case.year % 100:02d}", number_of(case))
    answer = client.get("/es/search", query_string={"q": q})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/es/ua/{number_of(case)}")


@pytest.mark.parametrize("state", [CaseState.DRAFT, CaseState.HELD, CaseState.WITHDRAWN])
def test_the_number_of_a_case_that_is_not_shown_finds_nothing(
    session: Session, client: FlaskClient, state: CaseState
) -> None:
    case = an_urgent_action(session, state)
    session.commit()
    answer = client.get("/en/search", query_string={"q": f"UA {number_of(case)}"})
    assert answer.status_code == 200
    assert "Nothing was found" in words(answer)


def test_what_was_typed_and_written_is_never_markup(session: Session, client: FlaskClient) -> None:
    a_campaign(session, en="Ask <script>alert(1)</script> & more")
    session.commit()
    page = client.get("/en/search", query_string={"q": 'script "><img src=x onerror=alert(1)>'}).text
    assert "<img src=x" not in page
    found = client.get("/en/search", query_string={"q": "script"}).text
    assert "&lt;<mark>script</mark>&gt;" in found
    assert "<script>alert" not in found


def test_whoever_finds_nothing_is_helped_on(session: Session, client: FlaskClient) -> None:
    a_case_of(session, somebody(session, Visibility.NAMED), CaseState.PUBLISHED)
    session.commit()
    page = client.get("/en/search?q=Zaren+Qubillai")
    assert "Did you mean zareen qubilai" in words(page)
    assert "Add my name" in words(page), "what is open is shown"
    assert 'href="/en/cases"' in page.text
    country = client.get("/en/search?q=egypt")
    assert 'href="/en/cases?country=EG"' in country.text
    assert client.get("/en/search").status_code == 200


def test_cases_are_narrowed_down_by_topic_of_which_one_may_have_several(session: Session, client: FlaskClient) -> None:
    in_country(session, "GT", topics=(Topic.LAWYERS, Topic.LAND))
    in_country(session, "HN", topics=(Topic.LAND,))
    in_country(session, "RU")
    session.commit()
    for query, number in (
        ("topic=land", 2), ("topic=lawyers", 1), ("topic=women", 0), ("topic=land&country=HN", 1), ("topic=%7B%7D", 0),
    ):  # fmt: skip
        assert client.get(f"/en/cases?{query}").text.count('<li class="listed">') == number, query
    said = words(client.get("/en/cases?topic=lawyers"))
    assert "Land and the environment (2)" in said
    assert "Lawyers and judges (1)" in said
    assert "Honduras" not in said
    assert "/fa/cases?topic=lawyers" in client.get("/en/cases?topic=lawyers").text, "kept when the language changes"


def test_cases_are_narrowed_down_and_counted(session: Session, client: FlaskClient) -> None:
    in_country(session, "EG")
    in_country(session, "RU", risk=Risk.ARREST)
    in_country(session, "RU", CaseState.CLOSED)
    over = in_country(session, "RU")
    campaign = a_campaign(session, en="Spring")
    over.campaign_id = campaign.id
    past_deadline(session, over.id)
    in_country(session, "GT", CaseState.DRAFT)
    session.commit()
    for query, number in (
        ("", 4), ("country=RU", 3), ("risk=arrest", 1), ("state=open", 2), ("state=over", 1), ("state=closed", 1),
        ("campaign=spring", 1), ("country=RU&state=open", 1), ("country=EG&state=closed", 0),
        ("country=zz'&risk=%00", 0),
    ):  # fmt: skip
        page = client.get(f"/en/cases?{query}")
        assert page.text.count('<li class="listed">') == number, query
        assert re.search(rf"\b{number} cases?\b", words(page)), query
    said = words(client.get("/en/cases?country=RU"))
    assert "Open (1)" in said
    assert "Egypt (1)" in said, "the other choices are counted as if chosen"
    assert "Guatemala" not in said
    assert "Leave one choice open" in words(client.get("/en/cases?country=EG&state=closed"))
    assert client.get("/en/outcomes").text.count('<li class="listed">') == 1


def test_cases_come_in_pages(session: Session, client: FlaskClient) -> None:
    defender = somebody(session, Visibility.NAMED)
    for _ in range(PER_PAGE + 1):
        a_case_of(session, defender, CaseState.PUBLISHED)
    session.commit()
    first, second = client.get("/en/cases?country=EG").text, client.get("/en/cases?country=EG&page=2").text
    assert 'rel="next" href="/en/cases?country=EG&amp;page=2"' in first
    assert 'rel="prev" href="/en/cases?country=EG"' in second
    seen = [re.findall(r"/en/ua/([\d-]+)\"", page) for page in (first, second)]
    assert len(set(seen[0]) | set(seen[1])) == PER_PAGE + 1
    assert client.get("/en/cases?page=99999").status_code == client.get("/en/cases?page=-1").status_code == 200


def test_a_defender_has_a_page_with_their_story_and_all_their_cases(session: Session, client: FlaskClient) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = somebody(session, Visibility.NAMED)
    describe_defender(session, author, defender.id, "en", role="lawyer", story="She founded a **school**.")
    one = a_case_of(session, defender, CaseState.PUBLISHED)
    two = a_case_of(session, defender, CaseState.CLOSED)
    hidden = a_case_of(session, defender, CaseState.HELD)
    session.commit()
    page = client.get("/fa/defenders/zareen-qubilai")
    assert "<strong>school</strong>" in page.text
    assert NAME in words(page)
    for case in (one, two):
        assert f"/fa/ua/{number_of(case)}" in page.text
    assert number_of(hidden) not in page.text
    assert "/en/defenders/zareen-qubilai" in client.get(f"/en/ua/{number_of(one)}").text, "the case leads there"


def test_a_pseudonym_is_shown_as_one(session: Session, client: FlaskClient) -> None:
    a_case_of(session, somebody(session, Visibility.PSEUDONYM), CaseState.PUBLISHED, story="She went to court.")
    session.commit()
    page = client.get("/en/defenders/wintersun")
    assert PSEUDONYM in words(page)
    assert "This is not the name they were born with" in words(page)
    assert not any(part in page.text for part in NAME.split())


def test_two_people_of_one_name_have_two_addresses(session: Session, client: FlaskClient) -> None:
    for _ in range(2):
        a_case_of(session, somebody(session, Visibility.NAMED), CaseState.PUBLISHED)
    session.commit()
    for slug in ("zareen-qubilai", "zareen-qubilai-2"):
        assert client.get(f"/en/defenders/{slug}").status_code == 200


def test_whoever_was_never_shown_is_unknown_and_whoever_was_taken_down_is_gone(
    session: Session, client: FlaskClient
) -> None:
    defender = somebody(session, Visibility.NAMED)
    a_case_of(session, defender, CaseState.APPROVED)
    session.commit()
    assert client.get("/en/defenders/zareen-qubilai").status_code == 404
    a_case_of(session, defender, CaseState.PUBLISHED)
    session.commit()
    withdraw_consent(session, an_actor(session, Role.SENDER), defender.id, reason="The family asked.")
    session.commit()
    assert client.get("/en/defenders/zareen-qubilai").status_code == 410


def test_machines_are_told_what_people_see(session: Session, client: FlaskClient) -> None:
    defender = somebody(session, Visibility.NAMED)
    published = CaseState.PUBLISHED
    named = a_case_of(session, defender, published, call="Defend & \" shield 'her'!")
    withheld = a_case_of(session, somebody(session, Visibility.WITHHELD), CaseState.PUBLISHED, story="In court.")
    session.commit()
    article, way = data_of(client.get(f"/en/ua/{number_of(named)}").text)
    assert (article["@type"], way["@type"]) == ("Article", "BreadcrumbList")
    assert article["headline"] == "Defend & \" shield 'her'!"
    person = data_of(client.get("/en/defenders/zareen-qubilai").text)[0]["mainEntity"]
    assert (person["@type"], person["name"]) == ("Person", NAME)
    assert data_of(client.get("/en/cases").text)[0]["publisher"]["@type"] == "Organization"
    hidden = data_of(client.get(f"/en/ua/{number_of(withheld)}").text)
    assert "Qubilai" not in json.dumps(hidden)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("search?q=lawyer", 2), ("search?q=nothing+alike", 5), ("cases", 5), ("defenders/zareen-qubilai", 6),
        ("feed.atom", 2), ("sitemap.xml", 3),
    ],
)  # fmt: skip
def test_a_page_asks_the_database_little_whatever_there_is(
    app: Flask, session: Session, client: FlaskClient, path: str, most: int
) -> None:
    defender = somebody(session, Visibility.NAMED)
    numbers = []
    for _ in range(2):
        for _ in range(3):
            a_case_of(session, defender, CaseState.PUBLISHED)
        session.commit()
        with statements(app) as noted:
            assert client.get(f"/en/{path}").status_code == 200
        numbers.append(len(noted))
    assert numbers[0] == numbers[1] <= most, noted


def test_data_for_machines_offends_no_policy_and_search_needs_no_script(
    committed: Session, site: str, page: Page
) -> None:
    case = a_case_of(committed, somebody(committed, Visibility.NAMED), CaseState.PUBLISHED)
    committed.commit()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site}/en/ua/{number_of(case)}")
    page.goto(f"{site}/en/search")
    page.get_by_role("searchbox").fill("qubilai dam")
    page.get_by_role("button", name="Search").click()
    assert page.locator("mark").count() >= 2
    assert complaints == []
