"""Importing a list: who comes in, who stays out, and every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from alerts.audit.models import AuditEntry
from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.errors import NotAllowed, Refused
from alerts.core.ids import new_id
from alerts.organisers import SYSTEM, Actor, Role
from alerts.subscribers import importing
from alerts.subscribers.importing import Counts, import_list
from alerts.subscribers.models import Consent, Subscriber
from alerts.subscribers.rows import BadRow
from alerts.subscribers.service import leave
from alerts.subscribers.slices import slices_of
from alerts.suppression.models import Reason, Suppression
from alerts.suppression.service import suppress
from tests.builders import an_actor
from tests.subscribers.lists import HEADER, a_list

STATEMENT = "I want urgent alerts by email."


def imported(
    session: Session,
    *lines: str,
    actor: Actor = SYSTEM,
    statement: str = STATEMENT,
    header: str = HEADER,
    slice_size: int = 3,
    bad: list[BadRow] | None = None,
    language: str = "en",
) -> Counts:
    """Import these lines, in slices that are small enough to show what happens between them."""
    counts = Counts()
    wrong: list[BadRow] = [] if bad is None else bad
    steps = import_list(
        session,
        actor,
        a_list(*lines, header=header),
        statement=statement,
        on_bad=wrong.append,
        slice_size=slice_size,
        language=language,
    )
    for step in steps:
        session.commit()
        counts = step.counts
    return counts


def known(session: Session, email: str) -> Subscriber:
    """The subscriber with this address, read afresh."""
    session.expire_all()
    return session.scalars(select(Subscriber).filter_by(address_hash=address_hash(email))).one()


def people(session: Session) -> int:
    """How many subscribers there are, in any state."""
    return session.scalar(select(func.count()).select_from(Subscriber)) or 0


def test_a_person_comes_in_with_everything_the_list_says(session: Session) -> None:
    officer = an_actor(session, Role.DATA_OFFICER)
    counts = imported(session, "Ana@Mail.example,Ana Ruiz,es,MX,America/Mexico_City", actor=officer)
    assert counts == Counts(rows=1, imported=1)
    ana = known(session, "ana@mail.example")
    assert (ana.email, ana.name, ana.language, ana.country, ana.time_zone, ana.state) == (
        "Ana@mail.example",
        "Ana Ruiz",
        "es",
        "MX",
        "America/Mexico_City",
        "active",
    )
    consent = session.get_one(Consent, ana.consent_id)
    assert (consent.statement, consent.how, consent.recorded_by) == (STATEMENT, "import", officer.id)


def test_characters_that_copying_gives_a_meaning_arrive_as_they_are(session: Session) -> None:
    name = r"\N \. \\ \t 'x' $1 %s"
    imported(session, f"a@mail.example,{name}")
    assert known(session, "a@mail.example").name == name


def test_importing_again_changes_nothing(session: Session) -> None:
    lines = [f"p{number}@mail.example,Person {number},fr,FR,Europe/Paris" for number in range(10)]
    first, second = imported(session, *lines), imported(session, *lines)
    assert first == Counts(rows=10, imported=10)
    assert second == Counts(rows=10, unchanged=10)
    assert session.scalar(select(func.count()).select_from(Consent)) == 1


def test_who_is_known_gets_what_the_list_says_and_keeps_what_it_leaves_empty(session: Session) -> None:
    imported(session, "a@mail.example,Ana,es,MX,America/Mexico_City")
    before = known(session, "a@mail.example").consent_id
    assert imported(session, "A@MAIL.example,Ana Ruiz,,GT,", statement="Another") == Counts(rows=1, updated=1)
    ana = known(session, "a@mail.example")
    assert (ana.email, ana.name, ana.language, ana.country, ana.time_zone) == (
        "a@mail.example",
        "Ana Ruiz",
        "es",
        "GT",
        "America/Mexico_City",
    )
    assert ana.consent_id == before


def test_the_first_row_of_an_address_counts_and_later_ones_are_repeats_wherever_they_stand(session: Session) -> None:
    lines = [
        "a@mail.example,First",
        "A@mail.EXAMPLE,Second",
        "b@mail.example",
        "c@mail.example",
        "a@mail.example,Third",
    ]
    assert imported(session, *lines, slice_size=3) == Counts(rows=5, imported=3, repeated=2)
    assert known(session, "a@mail.example").name == "First"
    assert imported(session, *lines, slice_size=2) == Counts(rows=5, unchanged=3, repeated=2)
    assert known(session, "a@mail.example").name == "First"


@pytest.mark.parametrize("reason", [Reason.BOUNCED, Reason.COMPLAINED, Reason.ERASED])
def test_suppressed_addresses_stay_out_and_are_counted(session: Session, reason: Reason) -> None:
    suppress(session, address_hash("a@mail.example"), reason)
    assert imported(session, "A@mail.example", "b@mail.example") == Counts(rows=2, imported=1, suppressed=1)
    assert people(session) == 1


def test_people_who_left_stay_left_and_are_not_known_again(session: Session) -> None:
    imported(session, "a@mail.example,Ana")
    leave(session, address_hash("a@mail.example"))
    leave(session, address_hash("never-here@mail.example"))
    session.flush()
    assert imported(session, "a@mail.example,Ana", "never-here@mail.example") == Counts(rows=2, left=2)
    ana = known(session, "a@mail.example")
    assert (ana.state, ana.email, ana.name) == ("left", None, None)


def test_bad_rows_are_handed_on_and_the_good_ones_come_in(session: Session) -> None:
    bad: list[BadRow] = []
    counts = imported(session, "a@mail.example", "nobody", 'c@mail.example,"open', "d@mail.example,,xx-yy", bad=bad)
    assert counts == Counts(rows=4, imported=1, bad=3)
    assert [row.line for row in bad] == [3, 4, 5]


def test_languages_we_do_not_speak_are_counted_and_fall_back(session: Session) -> None:
    counts = imported(session, "a@mail.example,,de", "b@mail.example", language="fr")
    assert counts == Counts(rows=2, imported=2, unspoken=1)
    assert {known(session, "a@mail.example").language, known(session, "b@mail.example").language} == {"fr"}


def test_a_language_we_do_not_speak_does_not_replace_the_one_that_was_known(session: Session) -> None:
    imported(session, "a@mail.example,,es")
    assert imported(session, "a@mail.example,,de") == Counts(rows=1, unchanged=1, unspoken=1)


def test_an_import_is_recorded_once_with_counts_and_no_personal_data(session: Session) -> None:
    officer = an_actor(session, Role.DATA_OFFICER)
    imported(session, "a@mail.example,Ana", "b@mail.example,Bo", "nobody", "c@mail.example", actor=officer)
    entry = session.scalars(select(AuditEntry).filter_by(action="subscribers.imported")).one()
    assert entry.actor_id == officer.id
    assert entry.details["imported"] == 3
    assert entry.details["bad"] == 1
    assert "mail.example" not in str(entry.details)


def test_only_a_data_officer_may_import(session: Session) -> None:
    for role in set(Role) - {Role.DATA_OFFICER}:
        with pytest.raises(NotAllowed):
            imported(session, "a@mail.example", actor=an_actor(session, role))
    assert people(session) == 0


@pytest.mark.parametrize("statement", ["", "  \n", "x" * 2001, "nul\x00", "half \ud800"])
def test_a_statement_that_is_none_is_refused(session: Session, statement: str) -> None:
    with pytest.raises(Refused, match="statement"):
        imported(session, "a@mail.example", statement=statement)


def test_what_was_committed_stays_when_the_rest_fails_and_running_again_completes_it(session: Session) -> None:
    lines = [f"p{number}@mail.example" for number in range(9)]
    steps = import_list(session, SYSTEM, a_list(*lines), statement=STATEMENT, on_bad=lambda _: None, slice_size=3)
    next(steps)
    session.commit()
    next(steps)
    steps.close()
    session.rollback()
    assert people(session) == 3
    assert imported(session, *lines) == Counts(rows=9, imported=6, unchanged=3)


def test_a_list_without_rows_imports_nobody(session: Session) -> None:
    assert imported(session) == Counts()
    assert session.scalar(select(func.count()).select_from(Consent)) == 0


def _scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each node of the plan that reads a table which grows."""
    if (
        plan.get("Relation Name") in {"subscribers", "suppressions", "import_seen"}
        and plan["Node Type"] != "ModifyTable"
    ):
        yield plan
    for inner in plan.get("Plans", ()):
        yield from _scans(inner)


@pytest.mark.parametrize("header", [HEADER, "email,topics"])
@pytest.mark.parametrize("analysed", ["never", "empty", "filled"])
def test_each_person_is_looked_up_through_an_index_whatever_the_statistics_say(
    session: Session, analysed: str, header: str
) -> None:
    session.execute(text("TRUNCATE subscribers CASCADE"))
    if analysed == "empty":
        session.execute(text("ANALYZE subscribers"))
    lines = [f"p{number}@mail.example" for number in range(3000)]
    imported(session, *lines, slice_size=3000)
    if analysed == "filled":
        session.execute(text("ANALYZE subscribers"))
    session.execute(importing._BEGIN)
    session.execute(importing._READY)
    slice_ = next(slices_of(a_list(*lines, header=header), 3000))
    copy, merge = importing._WITH_CHOICES if slice_.chooses else importing._PLAIN
    importing._copy(session, copy, slice_)
    explain = text(f"EXPLAIN (FORMAT JSON) {merge}")
    values = {"consent": new_id(), "language": "en", "now": clock.now()}
    ((plan,),) = session.scalars(explain, values).all()
    scans = list(_scans(plan["Plan"]))
    assert len(scans) == 4
    assert [scan["Node Type"] for scan in scans if "Index Cond" not in scan] == []


CHOOSING = "email,how_often,topics,risks,countries"


def test_what_people_chose_comes_with_a_list_and_what_it_leaves_empty_stays(session: Session) -> None:
    both = ["a@mail.example,weekly,women|land,Arrest;killing,gt; Irán", "b@mail.example,,,,"]
    assert imported(session, *both, header=CHOOSING).imported == 2
    assert chosen(session) == {
        "a@mail.example": ("weekly", ["land", "women"], ["killing", "arrest"], ["GT", "IR"]),
        "b@mail.example": ("each", None, None, None),
    }
    assert imported(session, *both, header=CHOOSING).unchanged == 2
    counts = imported(session, "a@mail.example,each,,,", "b@mail.example,,lawyers,,", header=CHOOSING)
    assert (counts.updated, counts.unchanged) == (2, 0)
    assert chosen(session) == {
        "a@mail.example": ("each", ["land", "women"], ["killing", "arrest"], ["GT", "IR"]),
        "b@mail.example": ("each", ["lawyers"], None, None),
    }
    owed = session.scalars(select(Subscriber.owed_digest).where(Subscriber.email == "a@mail.example")).one()
    assert owed == "weekly", "who goes over to hearing more often by a list loses nothing either"
    imported(session, "a@mail.example,Ana", header="email,name")
    assert chosen(session)["a@mail.example"][1] == ["land", "women"]


def test_who_left_is_given_no_choices_by_a_list(session: Session) -> None:
    imported(session, "a@mail.example", header="email")
    leave(session, address_hash("a@mail.example"))
    assert imported(session, "a@mail.example,weekly,land,,", header=CHOOSING).left == 1
    assert session.scalars(select(Subscriber.topics)).all() == [None]


def chosen(session: Session) -> dict[str | None, tuple[object, ...]]:
    session.expire_all()
    found = session.scalars(select(Subscriber).where(Subscriber.email.is_not(None)))
    return {one.email: (one.how_often, one.topics, one.risks, one.countries) for one in found}


def test_the_list_in_the_manual_can_be_imported(session: Session) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "subscriber-lists.md").read_text()
    header, *lines = manual.partition("```csv\n")[2].partition("```")[0].strip().splitlines()
    bad: list[BadRow] = []
    assert imported(session, *lines, header=header, bad=bad).imported == len(lines) == 3
    assert bad == []
    assert chosen(session) == {
        "ana@mail.example": ("weekly", ["land", "indigenous"], None, ["GT", "HN"]),
        "ben@mail.example": ("each", None, ["killing", "forced_disappearance"], None),
        "eva@mail.example": ("daily", None, None, None),
    }


_CELLS = st.sampled_from(["a", "A", "b", "c", "left", "gone", "known", "KNOWN"])
_GOOD = st.builds(lambda who, name: f"{who}@mail.example,{name}", _CELLS, st.sampled_from(["", "Ana", "Bo \\N"]))
_BAD = st.sampled_from(["nobody", ",Ana", 'a@mail.example,"open', "a@mail.example,,,,,,x", '"x"y,z', ",,xx"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_GOOD | _BAD | st.sampled_from(["", " , "]), max_size=14), st.integers(1, 5))
def test_every_row_is_accounted_for_exactly_once(session: Session, lines: Sequence[str], size: int) -> None:
    session.execute(text("TRUNCATE subscribers CASCADE"))
    session.execute(delete(Suppression))
    suppress(session, address_hash("gone@mail.example"), Reason.BOUNCED)
    suppress(session, address_hash("left@mail.example"), Reason.LEFT)
    imported(session, "known@mail.example,Ana")
    counts = imported(session, *lines, slice_size=size)
    assert counts.rows == counts.settled
    assert counts.rows == sum(1 for _ in a_list(*lines).rows())
    assert people(session) == 1 + counts.imported
