"""Every state of every page of the console: nothing for axe to find, and whole HTML, in both schemes and widths."""

from __future__ import annotations

from uuid import UUID

from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from alerts.organisers import SYSTEM, Role
from alerts.organisers.service import add_organiser
from tests.guards.test_routes import PUBLIC, UNMARKED, rules
from tests.walks.desk import NOT_PAGES_OF_THE_DESK, desk_states
from tests.walks.looking import Looking
from tests.walks.states import State

PASSWORD = "four words and more"
SIGN_IN = "/console/sign-in"


def test_axe_finds_nothing_and_all_is_sound_in_the_console(committed: Session, site: str, browser: Browser) -> None:
    add_organiser(committed, SYSTEM, email="all@office.example", name="Ana Wide", password=PASSWORD, roles=list(Role))
    to_walk = desk_states(committed)
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    looking, found = Looking(context.new_page()), dict[str, list[str]]()

    def look(state: State) -> None:
        if faults := looking.faults(site + state.path, state):
            found[f"{_without_ids(state.path)} {state.press}".strip()] = faults

    look(State("security.login", SIGN_IN))
    look(State("security.login", SIGN_IN, 422, press="main button"))
    looking.page.fill("#email", "all@office.example")
    looking.page.fill("#password", PASSWORD)
    looking.page.click("main button")
    looking.page.wait_for_url(f"{site}/console/")
    for state in to_walk:
        look(state)
    context.close()
    assert found == {}, "\n".join(map(str, found.items()))


def test_every_page_of_the_console_is_walked(whole_app: Flask, committed: Session) -> None:
    closed = {rule.endpoint for rule in rules(whole_app) if "GET" in (rule.methods or set())} - PUBLIC - UNMARKED
    assert {state.endpoint for state in desk_states(committed)} | NOT_PAGES_OF_THE_DESK == closed


def _without_ids(path: str) -> str:
    return "/".join("…" if _is_id(part) else part for part in path.split("/"))


def _is_id(part: str) -> bool:
    try:
        return bool(UUID(part))
    except ValueError:
        return False
