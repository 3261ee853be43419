"""Leaving: in one press, without anything, at once and for ever."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from alerts.core.addresses import address_hash
from alerts.core.tokens import Purpose, mint
from alerts.mailings.models import Delivery
from alerts.suppression.service import is_suppressed
from tests.web.pages import an_alert, words

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
