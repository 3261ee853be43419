"""Leaving: in one press, without anything, at once and for ever."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from alerts.core.addresses import address_hash
from alerts.core.languages import LANGUAGES
from alerts.core.tokens import Purpose, mint
from alerts.mailings.models import Delivery
from alerts.subscribers.models import Consent, Subscriber
from alerts.suppression.service import is_suppressed
from tests.web.pages import HasText, an_alert, words

SPANISH = {"Accept-Language": "es"}
ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "sent",
    [
        {"data": ONE_CLICK, "content_type": "application/x-www-form-urlencoded"},
        {"data": {"List-Unsubscribe": "One-Click"}, "content_type": "multipart/form-data"},
        {},
    ],
    ids=["form", "multipart", "empty"],
)
def test_the_one_click_post_answers_200_and_takes_effect(
    session: Session, client: FlaskClient, app: object, sent: dict[str, object]
) -> None:
    alert = an_alert(session)
    hashed = alert.people[0].address_hash
    app.config["WTF_CSRF_ENABLED"] = True  # type: ignore[attr-defined]
    try:
        answer = client.post(alert.leave_link(), **sent)  # type: ignore[arg-type]
    finally:
        app.config["WTF_CSRF_ENABLED"] = False  # type: ignore[attr-defined]
    assert answer.status_code == 200
    assert "Done: no more mail" in words(answer)
    assert "Set-Cookie" not in answer.headers
    session.expire_all()
    assert is_suppressed(session, hashed)
    assert alert.people[0].email is None


def test_leaving_twice_is_leaving(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    link = alert.leave_link()
    assert client.post(link).status_code == client.post(link).status_code == 200


def test_leaving_works_when_all_else_about_the_mail_is_gone(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    link, hashed = alert.leave_link(), alert.people[0].address_hash
    session.execute(delete(Delivery))
    session.execute(text("TRUNCATE subscribers CASCADE"))
    session.commit()
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 200
    assert is_suppressed(session, hashed)


def test_leaving_works_for_someone_we_only_asked_to_confirm(session: Session, client: FlaskClient) -> None:
    hashed = address_hash("someone@mail.example")
    assert client.post(f"/u/{mint(Purpose.LEAVE, 0, extra=hashed)}").status_code == 200
    assert is_suppressed(session, hashed)


def test_one_person_leaving_leaves_the_others(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session, 2)
    client.post(alert.leave_link(0))
    session.expire_all()
    assert alert.people[1].email is not None


def spoken(answer: HasText) -> str:
    """The language a page says it is in."""
    found = re.search('<html lang="([a-z]+)"', answer.text)
    return found[1] if found else ""


def test_who_leaves_is_answered_in_the_language_of_their_mail(session: Session, client: FlaskClient) -> None:
    link = an_alert(session, language="fa").leave_link()
    assert spoken(client.get(link, headers=SPANISH)) == "fa"
    for _ in "once", "twice":
        answer = client.post(link, headers=SPANISH)
        assert spoken(answer) == "fa"
        assert "/fa/subscribe" in answer.text or "/weekly" in answer.text
    assert spoken(client.get(link, headers=SPANISH)) == "fa", "also who has left"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_switch_on_the_pages_of_leaving_comes_before_the_language_of_the_mail(
    session: Session, client: FlaskClient, code: str
) -> None:
    link = an_alert(session, language="fa").leave_link()
    opened = client.get(f"{link}?lang={code}", headers=SPANISH)
    assert spoken(opened) == code
    assert f'action="{link}?lang={code}"' in opened.text
    assert spoken(client.post(f"{link}?lang={code}", headers=SPANISH)) == code


def test_whom_we_do_not_know_is_answered_in_their_browsers_language(session: Session, client: FlaskClient) -> None:
    link = f"/u/{mint(Purpose.LEAVE, 0, extra=address_hash('someone@mail.example'))}"
    forged = f"{an_alert(session, language='fa').leave_link()[:-2]}xx"
    for path in (link, forged):
        assert spoken(client.get(path, headers=SPANISH)) == spoken(client.post(path, headers=SPANISH)) == "es"


def test_who_comes_back_for_one_mail_a_week_agrees_in_the_language_they_read(
    session: Session, client: FlaskClient
) -> None:
    alert = an_alert(session, language="fa")
    link, hashed = alert.leave_link(), alert.people[0].address_hash
    offer = re.search('name="again" value="([^"]+)"', client.post(link).text)
    assert offer
    late = client.post(f"{link}/weekly", data={"again": "x"}, headers=SPANISH)
    assert late.location == "/fa/subscribe"
    client.post(f"{link}/weekly", data={"again": offer[1]}, headers=SPANISH)
    session.expire_all()
    person = session.scalars(select(Subscriber).where(Subscriber.address_hash == hashed)).one()
    consent = session.get_one(Consent, person.consent_id)
    assert person.language == "fa"
    assert not consent.statement.isascii()


def test_whoever_had_everything_deleted_is_not_brought_back_by_an_offer_of_before(
    session: Session, client: FlaskClient
) -> None:
    alert = an_alert(session)
    link, hashed = alert.leave_link(), alert.people[0].address_hash
    offer = re.search('name="again" value="([^"]+)"', client.post(link).text)
    assert offer
    client.post(f"/m/{mint(Purpose.MINE, 0, extra=hashed)}/delete")
    assert client.post(f"{link}/weekly", data={"again": offer[1]}).location == "/en/subscribe"
    session.expire_all()
    person = session.scalars(select(Subscriber).where(Subscriber.address_hash == hashed)).one_or_none()
    assert person is None or person.email is None
