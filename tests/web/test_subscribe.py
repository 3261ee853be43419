"""Subscribing over the pages: one answer for everybody, nothing by opening a link, choices kept, leaving in reach."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions.models import Defender
from alerts.actions.states import CaseState
from alerts.core.countries import in_order
from alerts.core.tokens import Purpose, mint
from alerts.participation.models import Participation
from alerts.participation.service import act, stranger
from alerts.subscribers.models import Consent, SignUp, Subscriber
from alerts.subscribers.service import leave
from alerts.web.joining import STATEMENT_VERSION
from tests.builders import an_urgent_action
from tests.mailings.scenes import people
from tests.support.browser import listening
from tests.web.pages import an_alert, words
from tests.web.test_sign import filled_in


def count(session: Session, of: type[SignUp] | type[Subscriber]) -> int:
    return session.scalar(select(func.count()).select_from(of)) or 0


def signs_up(app: Flask, **typed: str) -> dict[str, str]:
    return filled_in(app, seconds=60, **typed)


def test_asking_confirming_and_choosing(session: Session, client: FlaskClient, app: Flask) -> None:
    sent = client.post("/fa/subscribe", data=signs_up(app, email="ana@mail.example", country=""))
    assert (sent.status_code, sent.location) == (303, "/fa/subscribe/check-mail")
    assert client.get(sent.location).status_code == 200
    asked = session.scalars(select(SignUp)).one()
    link = f"/s/{mint(Purpose.SIGN_UP, asked.id)}"
    for _ in range(2):
        assert 'lang="fa"' in client.get(link).text
    assert count(session, Subscriber) == 0, "opening the link changes nothing"
    welcome = client.post(link)
    assert welcome.status_code == 303
    session.expire_all()
    person = session.scalars(select(Subscriber)).one()
    consent = session.get_one(Consent, person.consent_id)
    assert (person.email, person.language, consent.version) == ("ana@mail.example", "fa", STATEMENT_VERSION)
    assert consent.statement == asked.statement
    path = welcome.location.partition("#")[0]
    kept = client.post(path, data={"language": "es", "country": ["IR", "GT"], "risk": ["arrest"], "topic": ["land"]})
    assert kept.location == f"{path}?lang=es#kept"
    session.expire_all()
    assert (person.language, person.countries, person.risks, person.topics) == (
        "es",
        ["GT", "IR"],
        ["arrest"],
        ["land"],
    )
    page = client.get(path).text
    assert re.search(r'value="arrest" checked', page)
    assert re.search(r'value="land" checked', page)
    assert '<html lang="es"' in page
    assert "ana@mail.example" not in page, "who has the link learns no address"


def test_nobody_learns_whether_an_address_is_known(session: Session, client: FlaskClient, app: Flask) -> None:
    (known,) = people(session, 1)
    (gone,) = people(session, 1)
    left = gone.email or ""
    leave(session, gone.address_hash)
    session.commit()
    answers = [
        client.post("/en/subscribe", data=signs_up(app, email=email))
        for email in (known.email or "", left, "new@mail.example")
    ]
    assert {(answer.status_code, answer.location, answer.data) for answer in answers} == {
        (303, "/en/subscribe/check-mail", answers[0].data)
    }
    assert count(session, SignUp) == 3, "the same work for everybody"


def test_what_is_chosen_on_the_form_waits_for_the_confirmation_and_holds_from_then_on(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    chosen = {"how_often": "weekly", "topic": ["women", "chess"], "risk": "arrest", "about": ["IR", "XX"]}
    refused = client.post("/en/subscribe", data=signs_up(app, email="ana at") | chosen)
    assert '<details class="finer" open>' in refused.text
    for kept in ("weekly", "women", "arrest", "IR"):
        assert f'value="{kept}" checked' in refused.text
    client.post("/en/subscribe", data=signs_up(app, email="ana@mail.example", country="DE") | chosen)
    assert count(session, Subscriber) == 0
    asked = session.scalars(select(SignUp)).one()
    client.post(f"/s/{mint(Purpose.SIGN_UP, asked.id)}")
    session.expire_all()
    person = session.scalars(select(Subscriber)).one()
    assert (person.how_often, person.topics, person.risks, person.countries) == (
        "weekly",
        ["women"],
        ["arrest"],
        ["IR"],
    )
    assert person.country == "DE", "where they live is another question"
    assert (asked.how_often, asked.topics, asked.risks, asked.countries) == (None, None, None, None)


def test_the_short_form_asks_for_everything_and_takes_no_choice_back(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    (known,) = people(session, 1)
    known.how_often, known.topics = "weekly", ["land"]
    session.commit()
    for email in (known.email or "", "new@mail.example"):
        client.post("/en/subscribe", data=signs_up(app, email=email) | {"how_often": "each"})
    for asked in session.scalars(select(SignUp)).all():
        client.post(f"/s/{mint(Purpose.SIGN_UP, asked.id)}")
    session.expire_all()
    assert (known.how_often, known.topics) == ("weekly", ["land"])
    fresh = session.scalars(select(Subscriber).where(Subscriber.email == "new@mail.example")).one()
    assert (fresh.how_often, fresh.topics, fresh.risks, fresh.countries) == ("each", None, None, None)


def test_what_is_no_address_is_said_with_everything_typed_still_there(client: FlaskClient, app: Flask) -> None:
    answer = client.post("/en/subscribe", data=signs_up(app, email="ana at", name="Ana"))
    assert answer.status_code == 422
    assert 'value="ana at"' in answer.text
    assert 'value="Ana"' in answer.text
    assert "Write your whole email address" in words(answer)


def test_programs_and_other_sites_sign_nobody_up(session: Session, client: FlaskClient, app: Flask) -> None:
    trapped = client.post("/en/subscribe", data=signs_up(app, email="a@mail.example", website="x"))
    quick = client.post("/en/subscribe", data=signs_up(app, email="a@mail.example", opened=""))
    assert trapped.status_code == quick.status_code == 303
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert client.post("/en/subscribe", data=signs_up(app), headers=elsewhere).status_code == 400
    assert count(session, SignUp) == 0


def test_a_receipt_offers_to_be_told_once_and_never_ticks_it_beforehand(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    made = act(session, alert.case.id, stranger(email="eva@mail.example", name="Eva", country="FR", language="fr"))
    session.commit()
    link = f"/r/{mint(Purpose.RECEIPT, made)}"
    assert f'action="{link}/subscribe"' in client.get(link).text
    joined = client.post(f"{link}/subscribe")
    assert joined.location.startswith("/p/")
    session.expire_all()
    person = session.scalars(select(Subscriber).where(Subscriber.email == "eva@mail.example")).one()
    assert (person.language, person.country) == ("fr", "FR")
    assert f'action="{link}/subscribe"' not in client.get(link).text
    act_by_mail = client.post(alert.act_link()).location
    assert f"{act_by_mail}/subscribe" not in client.get(act_by_mail).text, "who is told already is asked nothing"


def test_an_act_that_was_not_confirmed_proves_no_address(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    made = act(session, alert.case.id, stranger(email="eva@mail.example", name="Eva", country="FR", language="fr"))
    waiting = session.get_one(Participation, made)
    waiting.state, waiting.confirmed_at = "pending", None
    session.commit()
    before = count(session, Subscriber)
    client.post(f"/r/{mint(Purpose.RECEIPT, made)}/subscribe")
    assert count(session, Subscriber) == before


def test_leaving_offers_to_choose_before_and_to_come_back_after(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    leaving = client.get(alert.leave_link())
    preferences = re.search(r'href="(/p/[^"]+)"', leaving.text)
    assert preferences
    assert "What you are told" in words(client.get(preferences[1]))
    assert "/subscribe" in client.post(alert.leave_link()).text
    gone = client.get(preferences[1])
    assert gone.status_code == 410
    chosen_after = client.post(preferences[1], data={"language": "en"})
    assert (chosen_after.status_code, words(chosen_after)) == (410, words(gone))


def test_what_one_is_told_is_answered_in_the_language_of_the_mail_also_after_leaving(
    session: Session, client: FlaskClient
) -> None:
    (person,) = people(session, 1, language="fa")
    session.commit()
    link, spanish = f"/p/{mint(Purpose.PREFERENCES, 0, extra=person.address_hash)}", {"Accept-Language": "es"}
    assert '<html lang="fa"' in client.get(link, headers=spanish).text
    leave(session, person.address_hash)
    session.commit()
    gone = client.get(link, headers=spanish)
    assert gone.status_code == 410
    assert '<html lang="fa"' in gone.text
    assert 'href="/fa/subscribe"' in gone.text
    assert '<html lang="fr"' in client.get(f"{link}?lang=fr", headers=spanish).text
    nobody = f"/p/{mint(Purpose.PREFERENCES, 0, extra=bytes(16))}"
    assert '<html lang="es"' in client.get(nobody, headers=spanish).text


TICKS = re.compile('type="checkbox" name="(country|about)" value="(..)"( checked)?')


def ticks(page: str) -> tuple[list[tuple[str, bool]], list[str]]:
    """The countries to tick that are seen at once, with what is ticked, and those that are folded away."""
    group = page.partition(">Countries<")[2].partition("</fieldset>")[0]
    first, _, folded = group.partition("<details")
    return [(one[2], bool(one[3])) for one in TICKS.finditer(first)], [one[2] for one in TICKS.finditer(folded)]


def test_countries_with_cases_and_those_chosen_come_first_and_all_others_are_folded_away(
    session: Session, client: FlaskClient
) -> None:
    assert ticks(client.get("/en/subscribe").text) == ([], [code for code, _ in in_order("en")])
    an_urgent_action(session, CaseState.PUBLISHED)
    session.get_one(Defender, an_urgent_action(session, CaseState.DRAFT).defender_id).country = "FR"
    (person,) = people(session, 1)
    person.countries = ["ZW", "AF"]
    session.commit()
    first, others = ticks(client.get(f"/p/{mint(Purpose.PREFERENCES, 0, extra=person.address_hash)}").text)
    assert first == [("AF", True), ("EG", False), ("ZW", True)]
    assert others == [code for code, _ in in_order("en") if code not in ("AF", "EG", "ZW")]
    assert ticks(client.get("/en/subscribe").text)[0] == [("EG", False)]


def test_forged_links_get_the_one_page(client: FlaskClient, session: Session) -> None:
    good = mint(Purpose.PREFERENCES, 0, extra=bytes(16))
    for path in (f"/s/{good}", f"/p/{good[:-2]}xx", f"/p/{mint(Purpose.LEAVE, 0, extra=bytes(16))}"):
        assert client.get(path).status_code == client.post(path).status_code == 404


@pytest.mark.parametrize("code", ["en", "fa"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_narrow_screen(
    committed: Session, app: Flask, page: Page, code: str, scheme: str
) -> None:
    (person,) = people(committed, 1, language=code)
    asked = SignUp(
        address_hash=b"who asks to join",
        email="new@mail.example",
        language=code,
        statement="Write to me.",
        statement_version="1",
        asked_at=person.joined_at,
        not_before=person.joined_at,
    )
    committed.add(asked)
    committed.commit()
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    with listening(app) as base:
        for path in (
            f"/{code}/subscribe",
            f"/{code}/subscribe/check-mail",
            f"/s/{mint(Purpose.SIGN_UP, asked.id)}",
            f"/p/{mint(Purpose.PREFERENCES, 0, extra=person.address_hash)}",
        ):
            page.goto(f"{base}{path}")
            assert Axe().run(page).response["violations"] == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_a_name_that_is_an_address_is_mailed_to_nobody(session: Session, client: FlaskClient, app: Flask) -> None:
    form = signs_up(app, name="Visit https://evil.example now")
    answer = client.post("/en/subscribe", data=form)
    assert answer.status_code == 422
    assert "Write a name only" in words(answer)
    assert session.scalars(select(SignUp)).all() == []


def test_a_name_that_is_too_long_is_said_and_stays_as_it_was_typed(
    session: Session, client: FlaskClient, app: Flask
) -> None:
    name = "Ana " + "x" * 117
    answer = client.post("/en/subscribe", data=signs_up(app, name=name))
    assert answer.status_code == 422
    assert f'value="{name}"' in answer.text
    assert 'href="#name"' in answer.text
    assert session.scalars(select(SignUp)).all() == []
    assert client.post("/en/subscribe", data=signs_up(app, name=name[:-1])).status_code == 303


def test_a_form_without_a_language_undoes_nothing_that_was_chosen(session: Session, client: FlaskClient) -> None:
    (person,) = people(session, 1, language="fa")
    session.commit()
    link = f"/p/{mint(Purpose.PREFERENCES, 0, extra=person.address_hash)}"
    for form in ({}, {"language": "xx", "how_often": "weekly"}):
        assert client.post(link, data=form).status_code == 400
    session.refresh(person)
    assert (person.language, person.how_often) == ("fa", "each")
