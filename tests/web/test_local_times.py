"""Moments on a page: the script, in the reader's zone, writes them just as the server would for that zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.core import dates
from alerts.core.languages import LANGUAGES
from tests.builders import an_urgent_action
from tests.web.pages import number_of, words

LATE = datetime(2027, 3, 20, 20, 45, tzinfo=UTC)  # in Tehran the first day of the year 1406


def test_without_scripts_a_persian_page_gives_the_solar_hijri_day_first(session: Session, client: FlaskClient) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=("fa",), deadline=LATE)
    session.commit()
    said = words(client.get(f"/fa/ua/{number_of(case)}"))
    assert "۲۹ اسفند ۱۴۰۵ (۲۰ مارس ۲۰۲۷)، ۲۰:۴۵" in said


@pytest.mark.browser
def test_scripts_write_moments_in_each_language_as_pages_do(committed: Session, site: str, browser: Browser) -> None:
    case = an_urgent_action(committed, CaseState.PUBLISHED, languages=tuple(LANGUAGES), deadline=LATE)
    committed.commit()
    context = browser.new_context(timezone_id="Asia/Tehran")
    page = context.new_page()
    for code in LANGUAGES:
        page.goto(f"{site}/{code}/ua/{number_of(case)}")
        shown = page.locator(f'time[datetime="{LATE.isoformat()}"]').first.text_content() or ""
        assert _seen(shown) == _seen(dates.moment(LATE, code, "Asia/Tehran")), code
        assert shown[shown.index(":") :][3] == "\u00a0", "a line never parts the hour from its zone"
    context.close()


def _seen(text: str) -> str:
    """What readers see: spaces of any width as one, no marks of direction."""
    return " ".join(text.translate(str.maketrans("", "", "\u2066\u2069")).split())
