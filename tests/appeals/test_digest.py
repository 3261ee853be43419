"""Once a day one mail holds the letter and all who put their names to it since; nobody stands in two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import AppealsBy
from alerts.appeals.models import Appeal
from alerts.participation.models import ShownAs
from tests.appeals.scenes import letters_go

pytestmark = pytest.mark.usefixtures("whole_app")
YESTERDAY, JUST_NOW = timedelta(hours=25), timedelta(hours=1)


def test_it_goes_a_day_after_the_first_and_takes_everybody_who_waited_long_enough(session: Session) -> None:
    with letters_go(session, AppealsBy.DIGEST) as scene:
        scene.acts("Ana Early", ago=timedelta(hours=23))
        scene.turn(2)
        assert scene.mails == []
        scene.acts("Eva Maria Berg", ago=YESTERDAY, shown=ShownAs.INITIALS, town="Berlin")
        scene.acts("Omar Counted", ago=JUST_NOW, shown=ShownAs.COUNTED)
        scene.acts("Wilma Wrote", ago=JUST_NOW, letter="Dear Attorney General,\n\nIn my own words.")
        scene.acts("Too Fresh", ago=timedelta(minutes=1))
        scene.turn(3)
        (mail,) = scene.mails
    assert mail.subject.startswith("4 people ask you:")
    for words in (
        "I call on you to protect her.",
        "4 people ask this of you.",
        "Germany 4",
        "Ana Early, Germany",
        "E. M. B., Berlin, Germany",
        "1 of them is counted without a name.",
        "In my own words.",
        "Wilma Wrote, Germany",
    ):
        assert words in mail.text, words
        assert words in " ".join(mail.page.words.split()), words
    for hidden in ("Eva Maria", "Omar", "Too Fresh", "mail.example"):
        assert hidden not in mail.raw.decode()
    assert len(set(session.scalars(select(Appeal.mail_id)))) == 1


def test_nobody_stands_in_two(session: Session) -> None:
    with letters_go(session, AppealsBy.DIGEST) as scene:
        scene.acts("Ana First", ago=YESTERDAY)
        scene.turn()
        scene.acts("Berta Second", ago=YESTERDAY)
        scene.turn(3)
        first, second = scene.mails
    assert "Ana First" in first.text
    assert "Ana First" not in second.text
    assert "Berta Second" in second.text


def test_what_one_mail_does_not_hold_goes_with_the_next(session: Session) -> None:
    with letters_go(session, AppealsBy.DIGEST) as scene:
        for number in range(20):
            scene.acts(f"Writer {number}", letter=f"Number {number}. " + "Protect her. " * 400, ago=YESTERDAY)
        scene.turn(12)
        mails = scene.mails
    assert len(mails) > 1
    assert all(len(mail.html.encode()) < 100_000 for mail in mails)
    text = "".join(mail.text for mail in mails)
    assert all(text.count(f"Number {number}. ") == 1 for number in range(20))
