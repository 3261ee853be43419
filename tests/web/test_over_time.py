"""Claims about the line of how many people had acted: honest between its points, drawn, said and listed alike."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.participation.models import Participation
from alerts.participation.queries import DayTotal, by_day
from alerts.participation.service import act, stranger, withdraw
from alerts.web.over_time import HEIGHT, MOST_ROWS, WIDTH, over_time
from tests.builders import an_urgent_action
from tests.web.pages import number_of, words

START = date(2026, 11, 2)
DAYS = st.dictionaries(st.integers(0, 400), st.integers(1, 5_000), min_size=2, max_size=60)


@given(DAYS)
def test_the_line_never_falls_never_leaves_the_picture_and_ends_at_the_top(found: dict[int, int]) -> None:
    total, days = 0, []
    for offset in sorted(found):
        total += found[offset]
        days.append(DayTotal(START + timedelta(days=offset - min(found)), total))
    drawn = over_time(days)
    assert drawn is not None
    points = [tuple(map(int, point.split(","))) for point in drawn.line.split()]
    assert all(0 <= left <= WIDTH and 0 <= top <= HEIGHT for left, top in points)
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    assert (points[0][0], points[-1]) == (0, (WIDTH, 0))
    assert all(one[0] == two[0] or one[1] == two[1] for one, two in pairwise(points))
    assert (drawn.rows[0], drawn.rows[-1]) == (days[0], days[-1])
    assert len(drawn.rows) == min(len(days), MOST_ROWS) == len(set(drawn.rows))


def test_one_day_is_not_drawn() -> None:
    assert over_time([]) is None
    assert over_time([DayTotal(START, 12)]) is None


def test_the_page_draws_it_says_it_and_lists_it_without_who_withdrew(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    for number in range(5):
        act(session, case.id, stranger(email=f"p{number}@mail.example", name="A", country="DE", language="en"))
    ids = session.scalars(select(Participation.id).order_by(Participation.id)).all()
    page = client.get(f"/en/ua/{number_of(case)}")
    assert "How it grew" not in words(page)
    earlier = clock.now() - timedelta(days=2)
    session.execute(update(Participation).where(Participation.id.in_(ids[:2])).values(confirmed_at=earlier))
    withdraw(session, ids[4])
    session.commit()
    assert by_day(session, case.id) == (DayTotal(earlier.date(), 2), DayTotal(clock.now().date(), 4))
    page = client.get(f"/en/ua/{number_of(case)}")
    label = page.text.split('<svg viewBox="0 -4')[1].split('aria-label="')[1].split('"')[0]
    assert (": 2 people have signed." in label, ": 4 people have signed." in label) == (True, True)
    assert "By the end of People" in words(page)
    assert page.text.count("<polyline") == 1
