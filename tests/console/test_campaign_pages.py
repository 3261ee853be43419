"""A campaign's page at the desk: written in blocks, seen as readers get it, approved by somebody else, never lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.states import CaseState
from alerts.campaigns.models import CampaignRevision
from alerts.organisers import Role
from alerts.organisers.permissions import SYSTEM
from alerts.organisers.service import add_organiser
from tests.builders import an_organiser, an_urgent_action
from tests.campaigns.scenes import DEMO, a_draft, a_folder, a_published_page, documented, swapped
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.web.pages import number_of

PASSWORD = "four words and more"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def hero(revision: CampaignRevision, language: str = "en") -> str:
    return f"/console/pages/{revision.id}/blocks/hero/words/{language}"


def test_a_page_goes_from_the_first_word_to_its_readers_through_three_desks(
    session: Session, at_desk: Desk, client: FlaskClient
) -> None:
    author, reviewer, sender = at_desk(Role.AUTHOR), at_desk(Role.REVIEWER), at_desk(Role.SENDER)
    made = author.post("/console/campaigns/new", data={"slug": "stop-the-dam", "main_language": "es"})
    address = made.headers["Location"]
    page = session.scalars(select(CampaignRevision)).one()
    assert "no words in the main language" in whole(author.get(address))
    for kind in ("gallery", "quote", "narrative", "action", "numbers", "outcomes", "share", "sign_up"):
        assert author.post(f"/console/pages/{page.id}/blocks/{kind}/hide").status_code == 303
    said = {"version": "0", "headline": "Paren la presa", "strap_line": "Hoy.", "narrative": "Por el **río**."}
    assert author.post(hero(page, "es"), data=said).status_code == 303
    for desk, step in ((author, "submit"), (reviewer, "approve"), (sender, "publish")):
        assert client.get("/es/c/stop-the-dam").status_code == 404
        assert "Paren la presa" in whole(desk.get(address))
        assert desk.post(f"/console/pages/{page.id}/{step}").status_code == 303
    shown = client.get("/es/c/stop-the-dam")
    assert "<strong>río</strong>" in shown.text
    assert "stop-the-dam" in whole(author.get("/console/campaigns"))


def test_the_preview_shows_a_draft_in_each_language_and_only_to_organisers(
    session: Session, at_desk: Desk, client: FlaskClient, tmp_path: Path
) -> None:
    draft = a_draft(session, a_folder(tmp_path, es=documented()["es"]))
    session.commit()
    for code, part in (("es", "Hablan por todas las personas."), ("fa", "They speak for all of us.")):
        shown = at_desk(Role.REVIEWER).get(f"/console/pages/{draft.id}/preview/{code}")
        assert shown.status_code == 200
        assert f'<html lang="{code}"' in shown.text
        assert part in shown.text
        assert "Preview of a page that is not public" in shown.text
    assert client.get(f"/console/pages/{draft.id}/preview/en").status_code == 303
    assert at_desk(Role.REVIEWER).get(f"/console/pages/{draft.id}/preview/de").status_code == 404


def test_the_second_writer_is_shown_the_difference_and_loses_nothing(
    session: Session, at_desk: Desk, tmp_path: Path
) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    ana = at_desk(organiser=an_organiser(session, (Role.AUTHOR,), name="Ana"))
    bea = at_desk(organiser=an_organiser(session, (Role.AUTHOR,), name="Bea"))
    opened = {"version": "1", "strap_line": "S", "narrative": ""}
    assert ana.post(hero(draft), data=opened | {"headline": "From Ana"}).status_code == 303
    refused = bea.post(hero(draft), data=opened | {"headline": "From Bea"})
    assert refused.status_code == 409
    said = whole(refused)
    assert "Ana saved this block while you were writing" in said
    assert "From Ana" in said
    assert 'value="From Bea"' in said
    assert re.search(r'name="version"[^>]*value="2"|value="2"[^>]*name="version"', said)
    assert bea.post(hero(draft), data=opened | {"headline": "From both", "version": "2"}).status_code == 303


def test_refused_words_come_back_as_they_were_typed_with_each_fault_at_its_field(
    session: Session, at_desk: Desk, tmp_path: Path
) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    typed = {"version": "1", "headline": "x" * 121, "strap_line": "<b>now</b>", "narrative": "My words"}
    refused = at_desk(Role.AUTHOR).post(hero(draft), data=typed)
    said = whole(refused)
    assert refused.status_code == 422
    assert all(part in said for part in ("My words", "x" * 121, "HTML in the strap line", 'id="headline-error"'))


def test_words_stand_beside_those_of_the_main_language_and_figures_have_as_many_fields(
    session: Session, at_desk: Desk, tmp_path: Path
) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    desk = at_desk(Role.AUTHOR)
    said = whole(desk.get(hero(draft, "fa")))
    assert "They report what others want hidden." in said
    assert 'lang="fa"' in said
    numbers = whole(desk.get(f"/console/pages/{draft.id}/blocks/numbers/words/fa"))
    assert 'name="figure_2"' in numbers
    assert 'name="figure_3"' not in numbers


def test_figures_are_checked_kept_and_told_apart_when_two_write(
    session: Session, at_desk: Desk, tmp_path: Path
) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    desk, address = at_desk(Role.AUTHOR), f"/console/pages/{draft.id}/figures"
    assert 'value="281"' in whole(desk.get(address))
    figure = {"version": "1", "value_1": "300", "year_1": "2017", "source_1": "reports", "source_name_1": "We"}
    refused = desk.post(address, data=figure)
    assert refused.status_code == 422
    assert "no address of a page" in whole(refused)
    assert desk.post(address, data=figure | {"source_1": "https://reports.example/"}).status_code == 303
    late = desk.post(address, data=figure | {"source_1": "https://reports.example/"})
    assert late.status_code == 409
    assert "saved this block while you were writing" in whole(late)


def test_a_published_page_is_changed_on_a_draft_beside_it(
    session: Session, at_desk: Desk, client: FlaskClient, tmp_path: Path
) -> None:
    page = a_published_page(session, a_folder(tmp_path, en=swapped(("home: true\n", ""))))
    desk, address = at_desk(Role.AUTHOR), f"/console/campaigns/{page.campaign_id}"
    assert "This is the page readers see" in whole(desk.get(address))
    assert desk.post(f"{address}/draft").status_code == 303
    draft = session.scalars(select(CampaignRevision).filter_by(state="draft")).one()
    said = {"version": "1", "headline": "Quite another", "strap_line": "S"}
    assert desk.post(hero(draft), data=said).status_code == 303
    assert "Quite another" not in client.get("/en/c/spring").text
    assert "cannot be changed" in whole(desk.post(hero(page), data=said))


def test_who_wrote_in_it_is_told_that_somebody_else_approves(session: Session, at_desk: Desk, tmp_path: Path) -> None:
    both = an_organiser(session, (Role.AUTHOR, Role.REVIEWER))
    draft = a_draft(session, a_folder(tmp_path), both.actor)
    desk = at_desk(organiser=both)
    desk.post(f"/console/pages/{draft.id}/submit")
    assert f"/console/campaigns/{draft.campaign_id}" in whole(at_desk(Role.REVIEWER).get("/console/"))
    assert f"/console/campaigns/{draft.campaign_id}" not in whole(at_desk(Role.SENDER).get("/console/"))
    assert "someone else has to approve it" in whole(desk.get(f"/console/campaigns/{draft.campaign_id}"))
    assert "someone else has to approve it" in whole(desk.post(f"/console/pages/{draft.id}/approve"))
    back = at_desk(Role.REVIEWER).post(f"/console/pages/{draft.id}/send-back", data={"note": "Check the source."})
    assert back.status_code == 303
    assert "Check the source." in whole(desk.get(f"/console/campaigns/{draft.campaign_id}"))


def test_a_page_is_taken_down_with_a_reason_and_says_so_to_its_readers(
    session: Session, at_desk: Desk, client: FlaskClient, tmp_path: Path
) -> None:
    page = a_published_page(session, a_folder(tmp_path, en=swapped(("home: true\n", ""))))
    desk, address = at_desk(Role.REVIEWER), f"/console/campaigns/{page.campaign_id}/take-down"
    assert "Take it down" in whole(desk.get(address))
    assert desk.post(address, data={"reason": ""}).status_code == 422
    assert client.get("/en/c/spring").status_code == 200
    assert desk.post(address, data={"reason": "A name was wrong."}).status_code == 303
    gone = client.get("/en/c/spring")
    assert gone.status_code == 410
    assert "This campaign is no longer public." in gone.text
    assert "They speak for all of us" not in gone.text
    assert "took the published page down" in whole(desk.get(f"/console/campaigns/{page.campaign_id}"))


def test_a_page_that_is_down_says_so_at_every_step_and_is_let_return_with_a_reason(
    session: Session, at_desk: Desk, client: FlaskClient, tmp_path: Path
) -> None:
    page = a_published_page(session, a_folder(tmp_path, en=swapped(("home: true\n", ""))))
    author, reviewer, sender = at_desk(Role.AUTHOR), at_desk(Role.REVIEWER), at_desk(Role.SENDER)
    at = f"/console/campaigns/{page.campaign_id}"
    assert author.get(f"{at}/let-return").status_code == 200
    assert reviewer.post(f"{at}/take-down", data={"reason": "A date was wrong."}).status_code == 303
    assert "taken down" in whole(sender.get("/console/campaigns"))
    assert "A draft begins with what they saw last" in whole(author.get(at))
    assert author.post(f"{at}/draft").status_code == 303
    draft = session.scalars(select(CampaignRevision).filter_by(state="draft")).one()
    step = f"/console/pages/{draft.id}"
    for desk, verb in ((author, "submit"), (reviewer, "approve")):
        said = whole(desk.get(at))
        assert "Publishing would show it again." in said
        assert "A date was wrong." in said
        assert desk.post(f"{step}/{verb}").status_code == 303
    assert f'action="{step}/publish"' not in whole(sender.get(at))
    refused = sender.post(f"{step}/publish")
    assert refused.status_code == 422
    assert "lets it return" in whole(refused)
    assert sender.post(f"{at}/let-return", data={"reason": " "}).status_code == 422
    assert "A date was wrong." in whole(sender.get(f"{at}/let-return"))
    assert at_desk(Role.DATA_OFFICER).post(f"{at}/let-return", data={"reason": "Mended."}).status_code == 403
    assert client.get("/en/c/spring").status_code == 410
    assert sender.post(f"{at}/let-return", data={"reason": "The date is right now."}).status_code == 303
    assert client.get("/en/c/spring").status_code == 410
    assert sender.post(f"{step}/publish").status_code == 303
    assert client.get("/en/c/spring").status_code == 200
    assert "let the page return" in whole(sender.get(at))


def test_who_withdraws_is_told_which_campaigns_name_the_person_before_and_after(
    session: Session, at_desk: Desk, client: FlaskClient, tmp_path: Path
) -> None:
    words = ("They report what others want hidden.", "Amal Sabri reports what others want hidden.")
    page = a_published_page(session, a_folder(tmp_path, en=swapped(words)))
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    sender, author = at_desk(Role.SENDER), at_desk(Role.AUTHOR)
    at, campaign = f"/console/cases/{case.id}", f"/console/campaigns/{page.campaign_id}"
    for path in (f"{at}/withdraw", f"/console/defenders/{case.defender_id}/consent/withdraw"):
        said = whole(sender.get(path))
        assert "Campaigns that name this person" in said
        assert re.search(rf'href="{campaign}#hero">The front page, [^<]+</a>: Narrative, English', said)
    assert "Campaigns that name this person" not in whole(sender.get(f"{at}/hold"))
    assert "Words that readers do not get" not in whole(author.get("/console/"))
    assert sender.post(f"{at}/withdraw", data={"reason": "The family asked for it."}).status_code == 303
    for path in (at, f"/console/defenders/{case.defender_id}"):
        assert re.search(r'Narrative, English <span class="tag">not shown</span>', whole(sender.get(path))), path
    assert "Amal Sabri" not in client.get("/en/").text
    now = whole(author.get("/console/"))
    assert "1 place names somebody who may not be named" in now
    assert f'href="{campaign}#held-back"' in now
    said = whole(author.get(campaign))
    assert "1 place is not shown" in said
    assert f'href="/console/defenders/{case.defender_id}"' in said
    assert "Words that readers do not get" not in whole(at_desk(Role.DATA_OFFICER).get("/console/"))


def test_a_case_is_given_to_a_campaign_by_its_number_and_leaves_the_one_before(
    session: Session, at_desk: Desk, client: FlaskClient, tmp_path: Path
) -> None:
    a_published_page(session, a_folder(tmp_path, "home"))
    page = a_published_page(session, a_folder(tmp_path, en=swapped(("home: true\n", ""))))
    case = an_urgent_action(session, CaseState.PUBLISHED)
    session.commit()
    card = f'href="/en/ua/{number_of(case)}"'
    assert card in client.get("/en/").text
    desk, address = at_desk(Role.AUTHOR), f"/console/campaigns/{page.campaign_id}/cases"
    assert "There is no case UA 999/99" in whole(desk.post(address, data={"number": "999/99"}))
    assert "Write the number of a case" in whole(desk.post(address, data={"number": " "}))
    assert desk.post(address, data={"number": case.number}).status_code == 303
    assert case.number in whole(desk.get(f"/console/campaigns/{page.campaign_id}"))
    assert card in client.get("/en/c/spring").text
    assert card not in client.get("/en/").text
    gone = an_urgent_action(session, CaseState.WITHDRAWN)
    assert "was withdrawn" in whole(desk.post(address, data={"number": gone.number}))


def test_what_is_typed_is_shown_as_readers_will_see_it_and_is_not_kept(
    session: Session, at_desk: Desk, tmp_path: Path
) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    look = at_desk(Role.AUTHOR).post(
        "/console/look/hero/en",
        data={"headline": "Typed", "narrative": "**Bold** <script>alert(1)</script>"},
    )
    assert "<strong>Bold</strong>" in look.text
    assert "<script>" not in look.text
    assert "Typed" not in at_desk(Role.AUTHOR).get(hero(draft)).text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_this_desk(committed: Session, page: Page, site: str, scheme: str) -> None:
    draft = a_draft(committed, DEMO)
    add_organiser(committed, SYSTEM, email="all@office.example", name="Ana", password=PASSWORD, roles=list(Role))
    committed.commit()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{site}/console/sign-in")
    page.fill("#email", "all@office.example")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{site}/console/")
    at = f"/console/pages/{draft.id}"
    for path in (
        "/console/campaigns", "/console/campaigns/new", f"/console/campaigns/{draft.campaign_id}",
        f"{at}/blocks/hero/words/fa", f"{at}/blocks/numbers/words/en", f"{at}/figures", f"{at}/preview/ar",
        f"/console/campaigns/{draft.campaign_id}/take-down", f"/console/campaigns/{draft.campaign_id}/let-return",
    ):  # fmt: skip
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(site + path)
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{path} {width}\n{found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
