"""The receipt: one may see what one did, choose how one's name is shown, and do more, and is counted once."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core.tokens import Purpose, mint
from alerts.participation.models import Participation, ParticipationState
from alerts.participation.queries import count
from alerts.participation.service import Person, act, ask_to_confirm, stranger
from tests.builders import an_urgent_action
from tests.web.pages import Alert, an_alert, number_of, words

EVERY_KIND = ["sign", "write", "print", "share"]


def the_act(session: Session) -> Participation:
    session.expire_all()
    return session.scalars(select(Participation)).one()


def an_alert_to(session: Session, *kinds: str) -> Alert:
    alert = an_alert(session)
    alert.case.kinds = list(kinds)
    session.commit()
    return alert


def test_the_receipt_counts_the_others_and_shows_nothing_of_them(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    for number in range(3):
        someone = stranger(email=f"p{number}@mail.example", name="Olga Other", country="FR", language="en")
        act(session, alert.case.id, someone)
    session.commit()
    receipt = client.get(client.post(alert.act_link()).location)
    assert "You and 3 others have signed." in words(receipt)
    assert "Olga" not in receipt.text


def test_the_first_is_told_so(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    assert "You are the first who signed." in words(client.get(client.post(alert.act_link()).location))


def test_a_waiting_act_says_that_it_waits(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    ask_to_confirm(session, case.id, stranger(email="a@mail.example", name="Ana", country="GT", language="en"))
    session.commit()
    said = words(client.get(f"/r/{mint(Purpose.RECEIPT, the_act(session).id)}"))
    assert "It waits until you press the link in the mail" in said
    assert "Your name is on the letter" not in said


def test_how_the_name_is_shown_is_chosen_by_a_press_and_kept(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    receipt = client.post(alert.act_link()).location
    assert client.post(f"{receipt}/name", data={"shown_as": "initials", "town": "Lyon"}).status_code == 303
    assert (the_act(session).shown_as, the_act(session).town) == ("initials", "Lyon")
    page = client.get(receipt).text
    assert 'value="initials" checked' in page
    assert 'value="Lyon"' in page
    client.post(f"{receipt}/name", data={"shown_as": "initials", "town": "Ly\x00on\u202e"})
    client.post(f"{receipt}/name", data={"shown_as": "in lights"})
    assert the_act(session).shown_as == "initials"


def test_one_press_with_the_letter_unchanged_keeps_no_letter(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    client.post(alert.act_link(), data={"letter": "Dear Attorney General,\r\n\r\nI call on you to protect her. (en)"})
    assert the_act(session).letter is None


def test_a_letter_made_ones_own_goes_with_the_one_press(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    receipt = client.post(alert.act_link(), data={"letter": "Sir,\r\nlet her work in peace.\u202e"}).location
    assert (the_act(session).letter, the_act(session).kinds) == ("Sir,\nlet her work in peace.", ["sign"])
    assert "let her work in peace." in words(client.get(receipt))


def test_more_can_be_done_from_the_receipt_and_is_counted_once(session: Session, client: FlaskClient) -> None:
    alert = an_alert_to(session, *EVERY_KIND)
    receipt = client.post(alert.act_link()).location
    said = words(client.get(receipt))
    assert "Write your own letter" in said
    assert "Print and post" in said
    for kind in ("share", "print"):
        assert client.post(f"{receipt}/did", data={"kind": kind}).location == receipt
    assert the_act(session).kinds == ["sign", "share", "print"]
    assert count(session, alert.case.id) == 1
    said = words(client.get(receipt))
    assert "Signed the letter · Shared the case · Posted the letter" in said
    assert "I have shared it" not in said


def test_nobody_does_what_the_case_does_not_ask_for(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    receipt = client.post(alert.act_link()).location
    for kind in ("print", "share", "write", "sign", "", "x"):
        client.post(f"{receipt}/did", data={"kind": kind})
    assert the_act(session).kinds == ["sign"]


def test_a_letter_is_chosen_edited_and_kept_with_the_act(session: Session, client: FlaskClient) -> None:
    alert = an_alert_to(session, "sign", "write")
    receipt = client.post(alert.act_link()).location
    assert "Protect her." in words(client.get(f"{receipt}/write"))
    editor = client.post(f"{receipt}/write", data={"step": "edit", "point": ["1"], "own": "I am a lawyer too."})
    said = words(editor)
    assert "Investigate the threats." in said
    assert "Protect her." not in said
    assert "I am a lawyer too." in said
    assert the_act(session).letter is None, "nothing is kept before it is sent"
    assert client.post(f"{receipt}/write", data={"step": "send", "letter": "My words."}).location == receipt
    assert (the_act(session).letter, the_act(session).kinds) == ("My words.", ["sign", "write"])
    assert count(session, alert.case.id) == 1


def test_a_case_to_write_on_takes_a_whole_letter_with_one_press(session: Session, client: FlaskClient) -> None:
    alert = an_alert_to(session, "write")
    assert "Send my letter" in words(client.get(alert.act_link()))
    client.post(alert.act_link())
    letter = the_act(session).letter or ""
    assert the_act(session).kinds == ["write"]
    assert "Protect her. (en)" in letter
    assert "Investigate the threats. (en)" in letter
    assert letter.startswith("Dear Attorney General,")


def test_withdrawing_takes_the_letter_along(session: Session, client: FlaskClient) -> None:
    alert = an_alert(session)
    receipt = client.post(alert.act_link(), data={"letter": "My own words."}).location
    client.post(receipt)
    gone = the_act(session)
    assert (gone.state, gone.letter, gone.name) == (ParticipationState.WITHDRAWN, None, None)
    for path in (receipt, f"{receipt}/print"):
        assert "My own words" not in client.get(path).text
    assert client.get(f"{receipt}/write").status_code == 303


def test_a_case_that_is_over_takes_no_more_letters(session: Session, client: FlaskClient) -> None:
    alert = an_alert_to(session, *EVERY_KIND)
    receipt = client.post(alert.act_link()).location
    alert.case.state = CaseState.CLOSED.value
    session.commit()
    assert client.post(f"{receipt}/write", data={"step": "send", "letter": "Too late."}).status_code == 410
    assert the_act(session).letter is None


def test_the_letter_on_paper_has_the_address_and_ones_own_words(session: Session, client: FlaskClient) -> None:
    alert = an_alert_to(session, *EVERY_KIND)
    receipt = client.post(alert.act_link(), data={"letter": "My own words."}).location
    said = words(client.get(f"{receipt}/print"))
    assert "1 Justice Street" in said
    assert "My own words." in said
    assert "I have posted it" in said
    said = words(client.get(f"/en/ua/{number_of(alert.case)}/print"))
    assert "Dear Attorney General, I call on you to protect her." in said


def test_who_gave_no_name_is_told_that_they_are_counted_and_no_letter_of_theirs_is_taken(
    session: Session, client: FlaskClient
) -> None:
    alert = an_alert_to(session, *EVERY_KIND)
    made = act(session, alert.case.id, Person(b"n" * 16, "n@mail.example", None, "DE", "en"))
    session.commit()
    receipt = f"/r/{mint(Purpose.RECEIPT, made)}"
    page = words(client.get(receipt))
    assert "Thank you. You are counted." in page
    assert "Your name is on the letter" not in page
    assert client.get(f"{receipt}/write").location == f"{receipt}#name"
    client.post(f"{receipt}/name", data={"shown_as": "full", "name": "Nora Berg"})
    assert "Your name is on the letter" in words(client.get(receipt))
    assert client.get(f"{receipt}/write").status_code == 200
