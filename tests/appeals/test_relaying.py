"""Letters go to their target one each, as people allowed, at a pace, and never after the case is over."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.publishing import close, hold, withdraw
from alerts.actions.states import AppealsBy, BulletinKind, CaseState
from alerts.appeals.models import Appeal, AppealState, RelayState
from alerts.appeals.relaying import relays_due
from alerts.appeals.rules import GRACE
from alerts.core import clock
from alerts.organisers import Role
from alerts.participation.models import ShownAs
from alerts.participation.service import withdraw as withdraw_name
from tests.appeals.scenes import Scene, letters_go
from tests.builders import a_later_bulletin, an_actor
from tests.standins.relay import DROP, Script

pytestmark = pytest.mark.usefixtures("whole_app")
OWN = "Dear Attorney General,\n\nI knew her as a child. Protect her."


def test_each_person_has_one_letter_that_says_who_it_is_from_and_forges_nobody(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts("Eva Maria Berg")
        scene.acts("Omar Nasser", letter=OWN)
        scene.turn(5)
        first, second = scene.mails
    assert scene.states() == ["handed_over", "handed_over"]
    assert "I call on you to protect her." in first.text
    assert "Eva Maria Berg, Germany" in first.text
    assert "I knew her as a child." in second.text
    assert "I call on you to protect her." not in second.text
    for mail, name in ((first, "Eva Maria Berg"), (second, "Omar Nasser")):
        shown, address = parseaddr(mail.header("From"))
        assert (shown, address) == (f"{name}, through We Defend", "alerts@we-defend.example")
        assert parseaddr(mail.header("To"))[1] == "attorney@office.example"
        assert not mail.header("Reply-To")
        assert "mail.example" not in mail.raw.decode()


def test_the_office_may_answer_only_who_chose_it(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts("Eva Berg", may_answer=True, email="eva@mail.example")
        scene.acts("Omar Nasser", email="omar@mail.example")
        scene.turn(3)
        first, second = scene.mails
    assert first.header("Reply-To") == "<eva@mail.example>"
    assert "An answer to this mail goes to them." in first.text
    assert not second.header("Reply-To")
    assert "omar@" not in second.raw.decode()


def test_a_name_is_signed_as_its_owner_allowed(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts("Eva Maria Berg", shown=ShownAs.INITIALS, town="Berlin", letter=f"{OWN}\n\nEva Maria Berg")
        scene.acts("Omar Counted", shown=ShownAs.COUNTED)
        scene.acts(None)
        scene.turn(4)
        (only,) = scene.mails
    assert "E. M. B." in only.text
    assert parseaddr(only.header("From"))[0] == "E. M. B., through We Defend"
    assert "Eva Maria" not in only.raw.decode()


def test_a_name_with_a_comma_stands_whole_in_the_sender(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts("Berg, Eva")
        scene.turn()
        (only,) = scene.mails
    assert parseaddr(only.header("From")) == ("Berg, Eva, through We Defend", "alerts@we-defend.example")


def test_a_letter_waits_half_an_hour_and_goes_at_the_pace(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts(ago=GRACE - timedelta(minutes=1))
        scene.turn()
        assert scene.mails == []
        scene.acts("Old Enough", ago=GRACE + timedelta(minutes=1))
        scene.acts("Old Too", ago=GRACE + timedelta(minutes=2))
        scene.turn()
        assert len(scene.mails) == 1
        scene.turn(20, at_once=False)
        assert len(scene.mails) == 1
        gap = scene.relay().next_at - clock.now()
    assert timedelta(seconds=25) < gap < timedelta(seconds=90)


def test_near_the_deadline_nothing_waits(session: Session) -> None:
    with letters_go(session, deadline=clock.now() + timedelta(minutes=50)) as scene:
        scene.acts(ago=timedelta(seconds=5))
        scene.turn()
        assert len(scene.mails) == 1


@pytest.mark.parametrize("end", ["hold", "close", "withdraw", "stop", "deadline"])
def test_nothing_goes_to_the_target_once_the_case_is_over(session: Session, end: str) -> None:
    with letters_go(session) as scene:
        scene.acts()
        scene.acts("Omar Nasser")
        scene.turn()
        sender = an_actor(session, Role.SENDER)
        match end:
            case "hold":
                hold(session, sender, scene.case.id, reason="Look again.")
            case "close":
                close(session, sender, scene.case.id, reason="Over.")
            case "withdraw":
                withdraw(session, sender, scene.case.id, reason="Asked for.")
            case "stop":
                a_later_bulletin(session, scene.case, BulletinKind.STOP)
            case "deadline":
                over = clock.now() - timedelta(seconds=1)
                session.execute(update(UrgentAction).values(deadline=over))
        session.commit()
        scene.turn(3)
        assert len(scene.mails) == 1


def test_who_withdrew_before_has_no_letter_and_who_acts_again_has_no_second(session: Session) -> None:
    with letters_go(session) as scene:
        gone = scene.acts("Eva Berg", email="eva@mail.example")
        withdraw_name(session, gone)
        scene.turn(2)
        assert scene.mails == []
        scene.acts("Eva Berg", email="eva@mail.example")
        scene.turn(2)
        assert len(scene.mails) == 1
        withdraw_name(session, gone)
        scene.acts("Eva Berg", email="eva@mail.example")
        scene.turn(2)
        assert len(scene.mails) == 1


def test_names_that_are_handed_in_are_not_mailed(session: Session) -> None:
    with letters_go(session, AppealsBy.HAND_IN) as scene:
        scene.acts()
        assert relays_due(session) == []


def test_a_target_whose_server_refuses_it_gets_nothing_more_and_no_letter_is_lost(session: Session) -> None:
    script = Script(rcpt=lambda _: "550 5.1.1 no such office")
    with letters_go(session, script=script) as scene:
        scene.acts()
        scene.turn(3)
        relay = scene.relay()
        assert (relay.state, scene.states()) == (RelayState.REFUSED, [])
        assert "no such office" in str(relay.words)
        script.rcpt = lambda _: None
        scene.turn(2)
        assert scene.mails == []


def test_a_server_that_asks_for_patience_is_tried_again_later_and_later(session: Session) -> None:
    script = Script(rcpt=lambda _: "451 4.3.2 try later")
    with letters_go(session, script=script) as scene:
        scene.acts()
        waits = []
        for _ in range(3):
            scene.turn()
            waits.append(scene.relay().next_at - clock.now())
        assert scene.states() == []
        assert waits[2] > waits[0] > timedelta(seconds=60)
        script.rcpt = lambda _: None
        scene.turn()
        assert (len(scene.mails), scene.relay().tries) == (1, 0)


def test_a_letter_that_may_have_left_is_not_sent_twice(session: Session) -> None:
    script = Script(dot=lambda _: DROP)
    with letters_go(session, script=script) as scene:
        scene.acts()
        scene.turn()
        assert scene.states() == ["unknown"]
        script.dot = lambda _: None
        scene.turn(3)
        assert scene.states() == ["unknown"]
        assert len(scene.mails) <= 1


def test_a_letter_whose_worker_vanished_is_called_unknown(session: Session) -> None:
    with letters_go(session) as scene:
        made = scene.acts()
        for minutes, state in ((1, AppealState.HANDING_OVER), (3, AppealState.UNKNOWN)):
            session.query(Appeal).delete()
            session.add(
                Appeal(
                    participation_id=made,
                    urgent_action_id=scene.case.id,
                    mail_id=made,
                    state=AppealState.HANDING_OVER.value,
                    at=clock.now() - timedelta(minutes=minutes),
                )
            )
            session.flush()
            scene.turn()
            assert scene.states() == [state]
        assert scene.mails == []


def test_it_is_written_in_the_language_the_office_prefers(session: Session) -> None:
    with letters_go(session, languages=("fa", "en")) as scene:
        scene.acts()
        scene.turn()
        (mail,) = scene.mails
    assert mail.header("Content-Language") == "en"
    assert "I call on you to protect her. (en)" in mail.text


def test_words_that_look_like_markup_slots_or_notation_stay_words(session: Session) -> None:
    evil = "Dear <b>Office</b>,\n\n\\u{e000}leave_url\\u{e001} {{ 7*7 }} <mj-raw></mj-raw> &amp; -leave_url- \"x\"='y'"
    with letters_go(session) as scene:
        scene.acts("Eve </mj-text> Berg", letter=evil)
        scene.turn()
        (mail,) = scene.mails
    assert "\\u{e000}leave_url\\u{e001} {{ 7*7 }} <mj-raw></mj-raw> &amp; -leave_url-" in mail.text
    assert "<b>" not in mail.html
    assert "\\u{e000}leave_url\\u{e001}" in mail.page.words
    assert "</mj-text>" in mail.page.words


@pytest.mark.parametrize("letter", ["x\n" * 4000, "x\n\n" * 2600, '"' * 8000, "پ" * 8000])
def test_no_letter_is_too_odd_to_be_brought(session: Session, letter: str) -> None:
    with letters_go(session) as scene:
        scene.acts(letter=letter)
        scene.turn(2)
        assert len(scene.mails) == 1
        assert scene.relay().state == RelayState.GOING


def test_the_next_letter_to_one_target_waits_whichever_of_its_cases_it_is_of(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts()
        with letters_go(session) as other:
            other.case.target_id = scene.case.target_id
            session.flush()
            Scene(session, scene.server, other.case, scene.transport).acts("Omar Nasser")
            scene.turn()
            scene.turn(5, at_once=False)
        assert len(scene.mails) == 1
        assert scene.case.state == CaseState.PUBLISHED
