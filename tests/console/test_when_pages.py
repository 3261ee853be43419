"""Choosing when a mailing leaves, and reading what it waits for, over the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import clock
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.models import Mailing
from alerts.organisers import Role
from config import Settings
from tests.builders import an_urgent_action
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.mailings.scenes import people

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_berlin(app: Flask, settings: Settings) -> Iterator[None]:
    app.extensions["settings"] = settings.model_copy(update={"time_zone": BERLIN.key, "quiet_hours": "22-7"})
    yield
    app.extensions["settings"] = settings


def test_the_three_choices_are_offered_with_the_zone_and_the_quiet_hours(session: Session, at_desk: Desk) -> None:
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    page = whole(at_desk(Role.SENDER).get(f"/console/cases/{case.id}/launch"))
    for words in ("Now", "At a moment", "At an hour on each reader's clock", "On the clock of Europe/Berlin."):
        assert words in page
    assert "Between 22:00 and 07:00 of their own time nobody is mailed" in page


def test_a_moment_is_taken_on_the_organisations_clock_and_told_back(session: Session, at_desk: Desk) -> None:
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    at = (clock.now() + 3 * DAY).astimezone(BERLIN).replace(hour=9, minute=30, second=0, microsecond=0)
    desk = at_desk(Role.SENDER)
    done = desk.post(
        f"/console/cases/{case.id}/launch", data={"confirmed": "2", "when": "at", "at": f"{at:%Y-%m-%dT%H:%M}"}
    )
    assert done.status_code == 303
    mailing = session.scalars(select(Mailing)).one()
    assert (mailing.state, mailing.starts_at) == ("scheduled", at)
    page = whole(desk.get(done.location))
    assert f"It starts {at.day} {at:%B %Y}, 09:30\u00a0UTC{int(f'{at:%z}'[:3]):+}" in page
    assert "Pause" in page


@pytest.mark.parametrize("at", ["", "soon", "2026-03-29T02:30", "2020-01-01T09:00"])
def test_a_moment_that_cannot_be_is_refused_with_everything_still_typed(
    session: Session, at_desk: Desk, at: str
) -> None:
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    refused = at_desk(Role.SENDER).post(
        f"/console/cases/{case.id}/launch", data={"confirmed": "2", "when": "at", "at": at}
    )
    page = whole(refused)
    told = {"2026-03-29T02:30": "it never comes", "2020-01-01T09:00": "is over"}
    assert refused.status_code == 422
    assert told.get(at, "Choose the day and the time") in page
    assert 'value="2"' in page
    assert f'value="{at}"' in page
    assert session.scalars(select(Mailing)).all() == []


def test_what_was_typed_for_another_choice_does_not_stand_in_the_way(session: Session, at_desk: Desk) -> None:
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    done = at_desk(Role.SENDER).post(
        f"/console/cases/{case.id}/launch", data={"confirmed": "2", "when": "now", "at": "soon", "local_hour": "9"}
    )
    assert done.status_code == 303
    assert session.scalars(select(Mailing)).one().state == "running"


def test_the_page_says_who_waits_for_their_hour_and_until_when(session: Session, at_desk: Desk) -> None:
    people(session, 2)
    case = an_urgent_action(session, CaseState.APPROVED)
    hour = (clock.now().astimezone(BERLIN) + timedelta(hours=3)).hour
    desk = at_desk(Role.SENDER)
    done = desk.post(
        f"/console/cases/{case.id}/launch", data={"confirmed": "2", "when": "hour", "local_hour": str(hour)}
    )
    mailing = session.scalars(select(Mailing)).one()
    assert mailing.plan["local_hour"] == hour
    freeze_next_slice(session, mailing.id, batch_size=10)
    session.flush()
    page = whole(desk.get(done.location))
    assert "Everyone who is left waits for an hour on their own clock; next:" in page
    paused = whole(desk.get(desk.post(f"/console/mailings/{mailing.id}/pause").location))
    assert "2 people wait for an hour on their own clock; next:" in paused


def test_an_audience_that_the_choice_makes_smaller_is_shown_before_it_is_launched(
    session: Session, at_desk: Desk, app: Flask, settings: Settings
) -> None:
    people(session, 2)
    (far,) = people(session, 1)
    now = clock.now()
    far.time_zone = "Pacific/Auckland"
    session.flush()
    case = an_urgent_action(session, CaseState.APPROVED, deadline=now + 11 * HOUR)
    wanted = (now.astimezone(BERLIN) + HOUR).hour
    quiet = f"{(wanted + 1) % 24}-{(wanted + 3) % 24}"
    app.extensions["settings"] = settings.model_copy(update={"time_zone": BERLIN.key, "quiet_hours": quiet})
    desk = at_desk(Role.SENDER)
    address, data = f"/console/cases/{case.id}/launch", {"confirmed": "3", "when": "hour", "local_hour": str(wanted)}

    refused = desk.post(address, data=data)

    assert refused.status_code == 409
    page = whole(refused)
    assert "You confirmed 3 people; now it would be 2" in page
    assert "Their turn comes after the deadline" in page
    assert desk.post(address, data={**data, "confirmed": "2"}).status_code == 303
