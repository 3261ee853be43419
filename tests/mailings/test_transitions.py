"""The moves of a mailing are a table, and nothing moves off it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.errors import Refused
from alerts.mailings.models import Mailing, MailingState
from alerts.mailings.transitions import MOVES, OPEN, move


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(MailingState)


def test_a_cancelled_mailing_moves_no_more_and_a_done_one_only_runs_again() -> None:
    assert set(MailingState) - OPEN == {MailingState.CANCELLED, MailingState.DONE}
    assert MOVES[MailingState.CANCELLED] == frozenset()
    assert MOVES[MailingState.DONE] == {MailingState.RUNNING}


def test_every_open_mailing_can_be_cancelled() -> None:
    assert all(MailingState.CANCELLED in MOVES[state] for state in OPEN)


@given(st.sampled_from(MailingState), st.sampled_from(MailingState))
def test_a_mailing_makes_the_moves_of_the_table_and_no_other(start: MailingState, to: MailingState) -> None:
    mailing = Mailing(state=start.value)
    if to in MOVES[start]:
        move(mailing, to)
        assert mailing.state == to
    else:
        with pytest.raises(Refused, match="cannot become"):
            move(mailing, to)
        assert mailing.state == start
