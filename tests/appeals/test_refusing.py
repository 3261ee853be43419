"""A target that takes no letters by mail says so by a link, by mail, or by sending them back; all of it is believed."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.appeals import desk
from alerts.appeals.errors import NotRelayed
from alerts.appeals.models import Appeal, RelayState
from alerts.appeals.refusing import refuse_by_mail
from alerts.audit.models import AuditEntry
from alerts.core.errors import NotAllowed
from alerts.core.returnpaths import signed
from alerts.delivery.sendgrid import SendGridTransport
from alerts.events.bouncing import Became, take_returned
from alerts.organisers import Role
from alerts.suppression.models import Suppression
from tests.appeals.scenes import Scene, letters_go
from tests.builders import an_actor
from tests.events.mails import complaint, dsn
from tests.events.posts import report
from tests.standins.sendgrid_events import an_event
from tests.standins.sendgrid_standin import KEY, a_sendgrid
from tests.web.pages import words

pytestmark = pytest.mark.usefixtures("whole_app")


def link_in(scene: Scene) -> str:
    """The path of the office's link, as it stands in the mail."""
    (link,) = {link for link in scene.mails[0].text_links if "/o/" in link}
    return link.removeprefix("https://we-defend.example")


def assert_refused(scene: Scene) -> None:
    """Nothing more goes to the target."""
    before = len(scene.mails)
    scene.acts("One More")
    scene.turn(3)
    assert scene.relay().state == RelayState.REFUSED
    assert len(scene.mails) == before


def test_opening_the_link_changes_nothing_and_one_press_ends_it(session: Session, client: FlaskClient) -> None:
    with letters_go(session) as scene:
        scene.acts()
        scene.turn()
        link = link_in(scene)
        page = client.get(link)
        assert page.status_code == 200
        assert "Office of the Attorney General" in words(page)
        session.expire_all()
        assert scene.relay().state == RelayState.GOING
        answer = client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        session.expire_all()
        assert_refused(scene)
        assert client.post(link).status_code == 200
    entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "target.refused")
    assert session.scalar(entries) == 1


def test_a_link_that_is_cut_short_or_of_another_kind_names_no_office(session: Session, client: FlaskClient) -> None:
    with letters_go(session) as scene:
        scene.acts()
        scene.turn()
        link = link_in(scene)
    for bad in (link[:-3], link.replace("/o/", "/u/"), f"{link}x", "/o/x"):
        assert client.post(bad).status_code == 404
    assert scene.relay().state == RelayState.GOING


def test_a_mail_to_the_mailbox_that_the_header_names_ends_it(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts()
        scene.turn()
        assert f"mailto:leave@we-defend.example?subject={link_in(scene)[3:]}" in scene.mails[0].header(
            "List-Unsubscribe"
        )
        said = EmailMessage()
        said["Subject"] = link_in(scene).removeprefix("/o/")
        assert refuse_by_mail(session, bytes(said))
        assert_refused(scene)


@pytest.mark.parametrize(
    ("code", "became", "state"),
    [
        ("5.1.1", Became.OFFICE_REFUSES, RelayState.REFUSED),
        ("4.2.2", Became.OFFICE_FOR_NOW, RelayState.GOING),
        ("5.7.1", Became.OFFICE_FOR_NOW, RelayState.GOING),
    ],
)
def test_a_letter_that_comes_back_for_good_ends_it(
    session: Session, code: str, became: Became, state: RelayState
) -> None:
    with letters_go(session) as scene:
        made = scene.acts()
        scene.turn()
        path = f"bounces+{signed('a', made)}@we-defend.example"
        assert take_returned(session, dsn(status=code, path=path), to=path) is became
        session.expire_all()
        assert scene.relay().state == state
        assert scene.states() == ["returned" if state == RelayState.REFUSED else "handed_over"]
    assert session.scalar(select(func.count()).select_from(Suppression)) == 0


def test_a_complaint_about_a_letter_ends_it(session: Session) -> None:
    with letters_go(session) as scene:
        made = scene.acts()
        scene.turn()
        path = f"bounces+{signed('a', made)}@we-defend.example"
        assert take_returned(session, complaint(path=path), to=path) is Became.OFFICE_REFUSES
        assert_refused(scene)


def test_by_sendgrid_a_letter_is_never_taken_for_a_delivery_of_the_same_number(session: Session) -> None:
    with letters_go(session) as scene, a_sendgrid() as sendgrid:
        scene.transport = SendGridTransport(key=KEY, host=sendgrid.url, timeout=5)
        made = scene.acts()
        scene.turn()
        assert scene.states() == ["handed_over"]
        (sent,) = sendgrid.sent
        assert sent.custom_args == {"appeal": str(made)}
        report(session, [an_event("bounce", None, appeal=str(made), status="5.1.1")])
        assert scene.relay().state == RelayState.REFUSED
        assert scene.states() == ["returned"]


def test_organisers_stop_letters_and_let_them_go_on(session: Session) -> None:
    sender, author = an_actor(session, Role.SENDER), an_actor(session, Role.AUTHOR)
    with letters_go(session) as scene:
        first = scene.acts()
        scene.turn()
        scene.acts("Omar Nasser")
        with pytest.raises(NotAllowed):
            desk.pause(session, author, scene.case.id, reason="No.")
        desk.pause(session, sender, scene.case.id, reason="The office moves house.")
        scene.turn(2)
        assert len(scene.mails) == 1
        assert [one.waiting for one in desk.stopped(session, author)] == [1]
        with pytest.raises(NotRelayed):
            desk.pause(session, sender, scene.case.id, reason="Again.")
        desk.refused(session, sender, scene.case.id, reason="They wrote back.")
        session.get_one(Appeal, first).state = "returned"
        session.flush()
        desk.resume(session, sender, scene.case.id)
        scene.turn(4)
        assert len(scene.mails) == 3, "the one that came back never arrived, and goes again"
        with pytest.raises(NotRelayed):
            desk.resume(session, sender, scene.case.id)
        found = desk.letters(session, author, scene.case.id)
        assert (found.acted, found.handed_over, found.waiting, found.returned) == (2, 2, 0, 0)
