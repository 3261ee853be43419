"""A hand-in has everybody who counts, each as they allowed it, and nobody else; who took it out and why is kept."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText
from alerts.actions.models import UrgentAction
from alerts.actions.queries import public_case
from alerts.actions.states import CaseState
from alerts.appeals.hand_in import as_csv, hand_in
from alerts.appeals.hand_in_paper import hand_in_pdf
from alerts.appeals.rules import Signatory, initials
from alerts.audit.models import AuditEntry
from alerts.core import clock
from alerts.core.errors import NotAllowed
from alerts.organisers import Role
from alerts.participation.models import Participation, ShownAs
from alerts.participation.service import NameChoice, act, ask_to_confirm, choose_name, stranger, withdraw
from tests.appeals.test_signed import corrected_a_day_ago
from tests.builders import an_actor, an_urgent_action, words
from tests.papers.reading import boxes, faces_of, pages


def signed(
    session: Session, case: UrgentAction, name: str, country: str, *, shown: ShownAs = ShownAs.FULL, town: str = ""
) -> int:
    email = f"{len(name)}{name.encode().hex()[:24]}@mail.example"
    made = act(session, case.id, stranger(email=email, name=name, country=country, language="en"))
    choose_name(session, made, NameChoice(shown, town or None))
    return made


def people(session: Session) -> UrgentAction:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "fa"))
    signed(session, case, "Ana Núñez", "GT")
    signed(session, case, "Наталья Петрова", "DE")
    signed(session, case, "Eva Maria Berg", "DE", shown=ShownAs.INITIALS, town="Berlin")
    signed(session, case, "Omar Counted", "EG", shown=ShownAs.COUNTED)
    withdraw(session, signed(session, case, "Gone Away", "FR"))
    ask_to_confirm(session, case.id, stranger(email="w@mail.example", name="Waits Still", country="FR", language="en"))
    return case


def test_each_person_stands_on_it_as_they_allowed(session: Session) -> None:
    found = hand_in(session, an_actor(session, Role.SENDER), people(session).id, purpose="Meeting", language="en")
    assert (found.total, found.only_counted) == (4, 1)
    (sheet,) = found.sheets
    assert sheet.countries == (("Germany", 2), ("Egypt", 1), ("Guatemala", 1))
    assert set(found.signatories) == {
        Signatory("Ana Núñez", "Guatemala"),
        Signatory("Наталья Петрова", "Germany"),
        Signatory("E. M. B.", "Berlin, Germany"),
    }


def test_the_table_is_no_formula_and_the_pages_carry_every_script(session: Session) -> None:
    case = people(session)
    signed(session, case, "=HYPERLINK(1)", "GT")
    signed(session, case, "نرگس محمدی", "IR")
    found = hand_in(session, an_actor(session, Role.DATA_OFFICER), case.id, purpose="Meeting", language="en")
    rows = list(csv.reader(io.StringIO("".join(as_csv(found)).lstrip("\ufeff"))))
    assert ["'=HYPERLINK(1)", "Guatemala", "Lawyer threatened (en)", *words().asks] in rows
    assert len(rows) == 6
    made = hand_in_pdf(found, public_case(session, case.id, "en"), organisation="We Defend", paper="a4")
    cover, names = pages(made)
    assert "6" in cover
    assert "Protect her." in cover
    for name in ("Ana Núñez", "Наталья Петрова", "E. M. B.", "=HYPERLINK(1)"):
        assert name in names
    for nobody in ("Omar", "Gone Away", "Waits Still", "Eva Maria"):
        assert nobody not in cover + names
    assert "1 are counted without a name" in cover or "counted without a name" in cover
    assert "2 / 2" in names


def test_names_of_people_in_japan_have_the_shapes_of_japan(session: Session) -> None:
    def faces(country: str) -> set[str]:
        case = an_urgent_action(session, CaseState.PUBLISHED)
        signed(session, case, "田中直美", country)
        found = hand_in(session, an_actor(session, Role.SENDER), case.id, purpose="Meeting", language="en")
        made = hand_in_pdf(found, public_case(session, case.id, "en"), organisation="We Defend", paper="a4")
        assert boxes(made) == 0
        return faces_of(made)

    assert any("CJKjp" in face for face in faces("JP"))
    assert not any("CJKjp" in face for face in faces("TW"))


def test_it_is_taken_out_by_who_may_for_a_purpose_that_is_kept(session: Session) -> None:
    case = people(session)
    for role in (Role.AUTHOR, Role.REVIEWER, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            hand_in(session, an_actor(session, role), case.id, purpose="Meeting", language="en")
    with pytest.raises(BadText):
        hand_in(session, an_actor(session, Role.SENDER), case.id, purpose=" ", language="en")
    hand_in(session, an_actor(session, Role.SENDER), case.id, purpose="Meeting of 3 May", language="fa")
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "names.exported")).all()
    assert entry.details["purpose"] == "Meeting of 3 May"
    assert entry.details["people"] == 4


def test_initials_are_of_every_part_of_a_name() -> None:
    assert initials("eva Maria berg") == "E. M. B."
    assert initials("نرگس محمدی") == "ن. م."


@pytest.mark.parametrize("down", [False, True])
def test_names_stand_below_the_points_that_were_signed_and_no_others(session: Session, down: bool) -> None:
    case = people(session)
    session.execute(update(Participation).values(confirmed_at=clock.now() - timedelta(days=2)))
    corrected_a_day_ago(session, case, down=down, asks=("Protect her and her sister.",))
    signed(session, case, "Late Signer", "DE")
    found = hand_in(session, an_actor(session, Role.SENDER), case.id, purpose="Meeting", language="en")
    made = pages(hand_in_pdf(found, public_case(session, case.id, "en"), organisation="We Defend", paper="a4"))
    new, old = [made[:2], made[2:]]
    assert ("her sister" in new[0], "Late Signer" in new[1], "Ana Núñez" in new[1]) == (True, True, False)
    if down:
        assert (found.total, found.kept_back, old) == (1, 4, [])
    else:
        assert (found.total, found.kept_back) == (5, 0)
        assert ("her sister" in old[0], "Late Signer" in old[1], "Ana Núñez" in old[1]) == (False, False, True)
