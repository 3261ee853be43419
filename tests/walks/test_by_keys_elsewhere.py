"""By keys alone where scripts or other people's pages are around: the console's writing, and an action in a frame."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.campaigns.models import CampaignRevision
from alerts.organisers import SYSTEM, Role
from alerts.organisers.service import add_organiser
from alerts.participation.models import Participation
from tests.builders import a_consent, a_defender, a_target
from tests.campaigns.scenes import a_page_at
from tests.walks.keys import Keys
from tests.walks.looking import PAUSE
from tests.web.test_embed import Around, around  # noqa: F401 - a fixture

PASSWORD = "correct horse battery staple"


def at_the_desk(session: Session, keys: Keys, site: str, role: Role) -> None:
    """Somebody with this role signs in; who was there before signs out."""
    address = f"{role.value}@office.example"
    add_organiser(session, SYSTEM, email=address, name=f"The {role.value}", password=PASSWORD, roles=[role])
    session.commit()
    keys.page.goto(f"{site}/console/")
    if "sign-in" not in keys.page.url:
        keys.go("^Sign out$")
        keys.page.goto(f"{site}/console/")
    keys.write("Mail address", address).write("Password", PASSWORD).go("^Sign in$")


def test_a_case_is_written_sent_to_review_and_approved_by_somebody_else(
    committed: Session, site: str, keys: Keys
) -> None:
    a_consent(committed, a_defender(committed))
    a_target(committed)
    at_the_desk(committed, keys, site, Role.AUTHOR)
    keys.go("^Begin a case$")
    keys.to("^Defender$").press(*"Amal")
    keys.write("^Working title", "Lawyer threatened")
    keys.to("^Deadline").press(*"10102099")  # the tenth of October, whichever stands first
    keys.to("^Who is asked").press(*"Office")
    keys.go("^Begin the case$")
    assert keys.page.locator("#faults").all_inner_texts() == []
    keys.go("^Edit the .* text$")
    keys.write("^Call", "Defend the lawyer!").write("^Summary", "A lawyer was threatened because of her work.")
    keys.write("^Story", "She went to court.").write("^Points", "Protect her.").write("^Letter", "Protect her.")
    keys.go("^Save this text$").go("^Submit for review$")
    case = committed.scalars(select(UrgentAction)).one()
    assert case.state == "in_review"
    at_the_desk(committed, keys, site, Role.REVIEWER)
    keys.go(case.number).go("^Approve$")
    committed.expire_all()
    assert case.state == "approved"


def test_a_block_of_a_campaign_is_written_moved_and_hidden(committed: Session, site: str, keys: Keys) -> None:
    draft = a_page_at(committed, "amal-sabri")
    at_the_desk(committed, keys, site, Role.AUTHOR)
    keys.go("^Campaigns$")
    keys.page.goto(f"{site}/console/campaigns/{draft.campaign_id}")
    first, second, *_ = (block.kind for block in draft.blocks)
    keys.go(r"^English\s*\S")
    keys.write("^Headline", "Stand by her").go("^Save these words$")
    expect(keys.page.get_by_text("The English words are saved.")).to_be_visible()
    keys.go("^Down")
    keys.go("^Hide")
    committed.expire_all()
    kept = committed.get_one(CampaignRevision, draft.id)
    assert [block.kind for block in kept.blocks][:2] == [second, first]
    assert [block.shown for block in kept.blocks].count(False) == 1
    expect(keys.page.get_by_role("heading", name=re.compile("Stand by her"))).to_be_visible()


def test_somebody_acts_in_a_frame_on_another_page(around: Around, keys: Keys, committed: Session) -> None:  # noqa: F811
    page = keys.page
    page.goto(f"{around.url}/en")
    page.frame_locator("iframe").locator("#email").wait_for()
    page.wait_for_function("document.querySelector('iframe').style.height !== ''")
    page.wait_for_timeout(PAUSE)
    keys.write("^Your name", "Ana Example").write("^Your email", "ana@mail.example")
    keys.to("^Your country|^Country")
    page.keyboard.type("Guatemala")
    keys.to("^Add my name$").press("Enter")
    inside = next(one for one in page.frames if "/embed/" in one.url)
    inside.wait_for_url("**/check-mail*")
    assert page.url == f"{around.url}/en"
    assert committed.scalars(select(Participation)).one().country == "GT"
