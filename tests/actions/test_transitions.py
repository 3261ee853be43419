"""Claims about the table of moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.actions.errors import IllegalMove
from alerts.actions.states import CaseState as S
from alerts.actions.states import Visibility
from alerts.actions.transitions import EDITABLE, MOVES, SHOWN, check_move, move, state_name

NOW = datetime(2026, 11, 24, tzinfo=UTC)
STATES = st.sampled_from(S)


@dataclass
class Case:
    state: str = S.DRAFT.value
    approved_by: UUID | None = None
    published_at: datetime | None = None
    ended_at: datetime | None = None
    number: str = "UA 1/26"


@pytest.mark.parametrize("now", S)
@pytest.mark.parametrize("to", S)
def test_a_case_moves_exactly_as_the_table_says(now: S, to: S) -> None:
    case = Case(now.value)
    if to in MOVES[now]:
        move(case, to, at=NOW)
        assert case.state == to
        return
    with pytest.raises(IllegalMove, match=f"UA 1/26 is {state_name(now)} and cannot become {state_name(to)}"):
        move(case, to, at=NOW)
    assert case == Case(now.value)


def test_the_table_knows_every_state() -> None:
    assert set(MOVES) == set(S)
    assert all(now not in onward for now, onward in MOVES.items())


def test_every_state_but_withdrawn_can_be_withdrawn_and_nothing_follows() -> None:
    assert all((S.WITHDRAWN in onward) == (now is not S.WITHDRAWN) for now, onward in MOVES.items())
    assert MOVES[S.WITHDRAWN] == frozenset()


def test_nothing_is_published_that_was_not_approved() -> None:
    assert {now for now in S if S.PUBLISHED in MOVES[now]} == {S.APPROVED, S.HELD}
    assert {now for now in S if S.APPROVED in MOVES[now]} == {S.IN_REVIEW}
    assert {now for now in S if S.HELD in MOVES[now]} == {S.APPROVED, S.PUBLISHED}


def test_what_can_be_edited_can_go_back_to_draft() -> None:
    assert all(state is S.DRAFT or S.DRAFT in MOVES[state] for state in EDITABLE)
    assert not SHOWN & EDITABLE


@given(st.lists(STATES, max_size=30))
def test_whatever_is_tried_an_approval_never_outlives_a_draft_and_dates_tell_the_truth(wanted: list[S]) -> None:
    case = Case()
    first_published = None
    for step, to in enumerate(wanted):
        at = NOW + timedelta(minutes=step)
        try:
            check_move(case, to)
        except IllegalMove:
            continue
        move(case, to, at=at)
        if to is S.APPROVED:
            case.approved_by = uuid4()
        if to is S.PUBLISHED:
            first_published = first_published or at
        assert (case.approved_by is None) or case.state != S.DRAFT
        assert case.approved_by is not None or case.state not in (S.APPROVED, S.PUBLISHED, S.HELD, S.CLOSED)
        assert case.published_at == first_published
        assert (case.ended_at is not None) == (case.state in (S.CLOSED, S.WITHDRAWN))


@given(st.sampled_from(Visibility), st.sampled_from(Visibility))
def test_consent_covers_itself_and_whatever_shows_less(scope: Visibility, wanted: Visibility) -> None:
    openness = {Visibility.NAMED: 2, Visibility.PSEUDONYM: 1, Visibility.WITHHELD: 0}
    assert scope.covers(wanted) == (openness[scope] >= openness[wanted])
