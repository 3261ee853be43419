"""Variants: written in draft beside a text, reviewed with it, complete in each language, and naming nobody withheld."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText, Conflict, IllegalMove, Incomplete, OwnWork
from alerts.actions.models import UrgentAction
from alerts.actions.review import approve, submit
from alerts.actions.states import CaseState, Visibility
from alerts.actions.variants import VariantWords, variants_of, write_variants
from alerts.core.errors import NotAllowed
from alerts.organisers import Actor, Role
from tests.builders import an_actor, an_urgent_action

OTHER = [VariantWords(call="She needs you now!")]


def write(session: Session, actor: Actor, case: UrgentAction, words: list[VariantWords], *languages: str) -> None:
    for one in case.bulletins[0].texts:
        if one.language in languages:
            write_variants(session, actor, case.id, one.language, words, version=one.version)


def test_what_is_written_last_stands(session: Session) -> None:
    author, case = an_actor(session, Role.AUTHOR), an_urgent_action(session, languages=("en",))
    write(session, author, case, [VariantWords(call=" One "), VariantWords(title="Two")], "en")
    write(session, author, case, OTHER, "en")
    kept = variants_of(session, case.bulletins[0].id)
    assert {key: (one.call, one.title) for key, one in kept.items()} == {(1, "en"): ("She needs you now!", None)}


def test_an_edit_loses_against_one_that_was_quicker(session: Session) -> None:
    author, case = an_actor(session, Role.AUTHOR), an_urgent_action(session, languages=("en",))
    version = case.bulletins[0].texts[0].version
    write_variants(session, author, case.id, "en", OTHER, version=version)
    with pytest.raises(Conflict):
        write_variants(session, author, case.id, "en", [], version=version)


@pytest.mark.parametrize("words", [[VariantWords()], OTHER * 4, [VariantWords(call="x" * 81)]])
def test_what_cannot_be_kept_is_refused(session: Session, words: list[VariantWords]) -> None:
    author, case = an_actor(session, Role.AUTHOR), an_urgent_action(session, languages=("en",))
    with pytest.raises(BadText):
        write(session, author, case, words, "en")


def test_only_who_writes_cases_writes_variants(session: Session) -> None:
    case = an_urgent_action(session, languages=("en",))
    with pytest.raises(NotAllowed):
        write(session, an_actor(session, Role.SENDER), case, OTHER, "en")


def test_a_variant_that_lacks_a_language_keeps_the_case_from_review(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, languages=("en", "es"))
    write(session, author, case, OTHER, "en")
    with pytest.raises(Incomplete) as refused:
        submit(session, author, case.id)
    assert "Variant B is missing in Spanish." in str(refused.value)
    write(session, author, case, OTHER, "es")
    assert submit(session, author, case.id).state == CaseState.IN_REVIEW


def test_a_name_that_must_not_be_shown_may_not_stand_in_a_variant(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, languages=("en",), visibility=Visibility.WITHHELD)
    write(session, author, case, [VariantWords(call=f"Free {case.defender.name}!")], "en")
    with pytest.raises(Incomplete) as refused:
        submit(session, author, case.id)
    assert "English, variant B: the name that must not be shown stands in the call" in str(refused.value)


def test_who_wrote_a_variant_does_not_approve_the_case(session: Session) -> None:
    both = an_actor(session, Role.AUTHOR, Role.REVIEWER)
    case = an_urgent_action(session, languages=("en",))
    write(session, both, case, OTHER, "en")
    submit(session, both, case.id)
    with pytest.raises(OwnWork):
        approve(session, both, case.id)


def test_writing_a_variant_takes_the_approval_back_and_a_published_case_keeps_its_own(session: Session) -> None:
    author, case = an_actor(session, Role.AUTHOR), an_urgent_action(session, CaseState.APPROVED, languages=("en",))
    write(session, author, case, OTHER, "en")
    assert case.state == CaseState.DRAFT
    with pytest.raises(IllegalMove):
        write(session, author, an_urgent_action(session, CaseState.PUBLISHED, languages=("en",)), OTHER, "en")


@pytest.mark.parametrize("statement", ["UPDATE bulletin_variants SET call = 'Other'", "DELETE FROM bulletin_variants"])
def test_the_database_keeps_variants_as_they_were_reviewed(session: Session, statement: str) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, languages=("en",))
    write(session, author, case, OTHER, "en")
    submit(session, author, case.id)
    with pytest.raises(IntegrityError, match="changed in draft only"):
        session.execute(text(statement))
