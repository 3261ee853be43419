"""A name stands under the words that its person signed: not under those that came after, nor under any taken down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from alerts.actions.models import Defender, UrgentAction
from alerts.actions.publishing import hold
from alerts.actions.states import ActKind, AppealsBy, CaseState, Visibility
from alerts.actions.versions import take_down
from alerts.actions.writing import write_text
from alerts.appeals.desk import letters
from alerts.appeals.models import AppealState
from alerts.appeals.queries import brought
from alerts.core import clock
from alerts.delivery.letter import Letter
from alerts.organisers import Role
from alerts.participation.models import Participation
from alerts.participation.service import Doing, add_to, withdraw
from tests.appeals.scenes import Scene, letters_go
from tests.builders import an_actor, brought_to, words

pytestmark = pytest.mark.usefixtures("whole_app")
OLD, NEW = "I call on you to protect her. (en)", "I call on you to protect her, and her sister."
RECENT = timedelta(hours=1)


def corrected_a_day_ago(session: Session, case: UrgentAction, *, down: bool = False, **changed: Any) -> None:
    """The case was corrected; with `down` what it said before was taken down while it was held."""
    sender = an_actor(session, Role.SENDER)
    hold(session, sender, case.id, reason="A mistake.")
    if down:
        take_down(session, sender, case.id, "en", 1)
    said: dict[str, Any] = {"letter": NEW, "title": "Two threatened", "correction": "Her sister was left out."}
    told = words(**(said | changed))
    write_text(session, an_actor(session, Role.AUTHOR), case.id, "en", told, version=1)
    brought_to(session, case, CaseState.PUBLISHED)
    session.execute(text("ALTER TABLE bulletin_versions DISABLE TRIGGER version_stays_as_it_was_read"))
    day = "interval '1 day'"
    session.execute(
        text(f"UPDATE bulletin_versions SET read_from = read_from - {day}, replaced_at = replaced_at - {day}")
    )
    session.execute(text("ALTER TABLE bulletin_versions ENABLE TRIGGER version_stays_as_it_was_read"))
    session.commit()


def said(mail: Letter) -> str:
    return " ".join(mail.text.split())


def test_each_letter_is_the_one_that_was_signed(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts("Eva Berg")
        scene.acts("Omar Nasser", ago=RECENT)
        corrected_a_day_ago(session, scene.case)
        scene.turn(2)
        first, second = map(said, scene.mails)
        assert (OLD in first, NEW in first, "Eva Berg" in first) == (True, False, True)
        assert (OLD in second, NEW in second, "Omar Nasser" in second) == (False, True, True)
        for mail in scene.mails:
            assert "Two threatened" not in mail.subject or NEW in mail.text, "the subject is of that letter, too"


def test_a_digest_gathers_only_who_signed_the_same(session: Session) -> None:
    with letters_go(session, AppealsBy.DIGEST) as scene:
        for name in ("Eva Berg", "Ana Núñez"):
            scene.acts(name)
        scene.acts("Omar Nasser", ago=timedelta(minutes=31))
        corrected_a_day_ago(session, scene.case)
        scene.turn()
        (mail,) = map(said, scene.mails)
        assert (OLD in mail, NEW in mail) == (True, False)
        assert ("2 people ask this" in mail, "Omar Nasser" in mail) == (True, False)
        assert letters(session, an_actor(session, Role.SENDER), scene.case.id).waiting == 1
        session.execute(
            update(Participation).where(Participation.name == "Omar Nasser")
            .values(confirmed_at=clock.now() - timedelta(hours=24, minutes=-5))
        )  # fmt: skip
        session.execute(update(UrgentAction).values(deadline=clock.now() + timedelta(minutes=50)))
        scene.turn()
        last = said(scene.mails[1])
        assert (OLD in last, NEW in last, "Omar Nasser" in last) == (False, True, True)


def test_a_correction_of_other_words_parts_nobody(session: Session) -> None:
    with letters_go(session, AppealsBy.DIGEST) as scene:
        scene.acts("Eva Berg")
        scene.acts("Omar Nasser", ago=RECENT)
        same = words()
        corrected_a_day_ago(session, scene.case, letter=same.letter, title=same.title, story="It was in June.")
        scene.turn()
        (mail,) = map(said, scene.mails)
        assert "2 people ask this" in mail


@pytest.mark.parametrize("by", [AppealsBy.RELAY, AppealsBy.DIGEST])
def test_who_signed_words_that_were_taken_down_sends_neither_those_nor_others(session: Session, by: AppealsBy) -> None:
    with letters_go(session, by) as scene:
        kept_back = scene.acts("Eva Berg")
        scene.acts("Ines Own", letter="Dear Office,\n\nI know her, and she is a good neighbour.")
        scene.acts("Omar Nasser", ago=RECENT)
        corrected_a_day_ago(session, scene.case, down=True)
        scene.turn(3)
        everything = " ".join(map(said, scene.mails))
        assert OLD not in everything
        assert "Eva Berg" not in everything
        assert "a good neighbour" in everything, "what people wrote themselves is theirs"
        assert NEW in everything or by is AppealsBy.DIGEST
        counted = letters(session, an_actor(session, Role.SENDER), scene.case.id)
        assert (counted.kept_back, counted.acted) == (1, 3)
        gone = brought(session, kept_back)
        assert gone is not None
        assert (gone.state, gone.may_have_left) == (AppealState.KEPT_BACK, False)


def test_nobody_waits_behind_who_is_kept_back(session: Session) -> None:
    with letters_go(session) as scene:
        for number in range(3):
            scene.acts(f"Person {number}")
        scene.acts("Omar Nasser", ago=RECENT)
        corrected_a_day_ago(session, scene.case, down=True)
        scene.turn()
        assert ["Omar Nasser" in said(mail) for mail in scene.mails] == [True]


def test_who_is_kept_back_and_writes_or_signs_anew_is_brought(session: Session) -> None:
    with letters_go(session) as scene:
        writes, again = scene.acts("Eva Berg"), scene.acts("Ana Núñez", email="ana@mail.example")
        corrected_a_day_ago(session, scene.case, down=True)
        scene.turn()
        assert scene.mails == []
        add_to(session, writes, Doing(ActKind.WRITE, "Dear Office,\n\nIn my own words."))
        withdraw(session, again)
        _back(session, scene)
        assert scene.acts("Ana Núñez", email="ana@mail.example", ago=RECENT) == again
        scene.turn(2)
        assert sorted(("own words" in said(mail), NEW in said(mail)) for mail in scene.mails) == [
            (False, True),
            (True, False),
        ]
        assert letters(session, an_actor(session, Role.SENDER), scene.case.id).kept_back == 0


def _back(session: Session, scene: Scene) -> None:
    """What was noted was noted some hours ago."""
    session.execute(
        text("UPDATE appeals SET at = at - interval '3 hours' WHERE urgent_action_id = :id"), {"id": scene.case.id}
    )
    session.commit()


def test_a_letter_with_a_name_that_must_not_be_shown_by_now_is_not_sent(session: Session) -> None:
    with letters_go(session) as scene:
        scene.acts("Eva Berg")
        corrected_a_day_ago(session, scene.case)
        session.execute(text("ALTER TABLE bulletin_versions DISABLE TRIGGER version_stays_as_it_was_read"))
        session.execute(text("UPDATE bulletin_versions SET letter = 'Free Amal Sabri.' WHERE version = 1"))
        session.execute(text("ALTER TABLE bulletin_versions ENABLE TRIGGER version_stays_as_it_was_read"))
        session.get_one(Defender, scene.case.defender_id).visibility = Visibility.WITHHELD.value
        session.commit()
        scene.turn()
        assert (scene.mails, scene.states()) == ([], ["kept_back"])
