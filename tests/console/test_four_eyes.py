"""The way of a case over the pages: written, refused, mended, reviewed by another, launched."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Defender, Target, UrgentAction
from alerts.actions.states import BulletinState, CaseState
from alerts.core import clock
from alerts.mailings.models import Mailing
from alerts.organisers import Role
from tests.builders import a_later_bulletin, an_organiser, an_urgent_action
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.mailings.scenes import people

WORDS = {
    "version": "1",
    "title": "Lawyer threatened",
    "call": "Defend the lawyer!",
    "summary": "A lawyer was threatened because of her work.",
    "story": "She went to court.\r\n\r\nThen she was **threatened**.",
    "asks": "Protect her.\r\nInvestigate the threats.",
    "letter": "I call on you to protect her.",
}


def _defender(author: FlaskClient) -> str:
    answer = author.post(
        "/console/defenders/new",
        data={
            "name": "Amal Sabri",
            "visibility": "named",
            "pronouns": "she",
            "country": "EG",
            "language": "en",
            "role": "lawyer",
            "sought": "given",
            "scope": "named",
            "valid_until": (clock.now() + timedelta(days=90)).date().isoformat(),
            "how_given": "By telephone, to Ana.",
        },
    )
    assert answer.status_code == 303
    return answer.location.rpartition("/")[2]


def test_a_case_goes_from_a_draft_to_a_mailing_through_two_pairs_of_eyes(session: Session, at_desk: Desk) -> None:
    author, reviewer, sender = at_desk(Role.AUTHOR), at_desk(Role.REVIEWER), at_desk(Role.SENDER)
    people(session, 3)
    begun = author.post(
        "/console/cases/new",
        data={
            "defender": _defender(author),
            "title": "Lawyer",
            "main_language": "en",
            "risk": "threat",
            "kinds": "sign",
            "target": "",
        },
    )
    assert begun.status_code == 303
    page = begun.location.partition("#")[0]

    refused = author.post(f"{page}/submit")
    assert refused.status_code == 422
    lacks = whole(refused)
    for lack in ("There is no deadline.", "There is no target.", "the summary is missing", "no point to ask for"):
        assert lack in lacks, lack

    facts = {
        "risk": "threat",
        "kinds": "sign",
        "deadline_day": (clock.now() + timedelta(days=40)).date().isoformat(),
        "deadline_time": "18:00",
        "target": "new",
        "target_name": "Office of the Attorney General",
        "target_office": "Attorney General",
        "target_salutation": "Dear Attorney General,",
        "target_address": "1 Justice Street\r\nExampleton",
    }
    assert author.post(f"{page}/facts", data=facts).status_code == 303
    assert author.post(f"{page}/texts/en", data=WORDS).status_code == 303
    assert author.post(f"{page}/submit").status_code == 303

    assert author.post(f"{page}/approve").status_code == 403
    assert reviewer.get("/console/").get_data(as_text=True).count("Waiting for review") == 1
    assert reviewer.post(f"{page}/approve").status_code == 303

    launch = whole(sender.get(f"{page}/launch"))
    assert "Launch to 3 people" in launch
    launched = sender.post(f"{page}/launch", data={"confirmed": "3"})
    assert launched.status_code == 303
    assert "Mailing of UA" in whole(sender.get(launched.location))
    session.expire_all()
    case = session.scalars(select(UrgentAction)).one()
    assert case.state == CaseState.PUBLISHED
    assert session.scalars(select(Mailing)).one().urgent_action_id == case.id
    assert session.scalars(select(Target)).one().address == "1 Justice Street\nExampleton"
    assert session.scalars(select(Defender)).one().consents[0].how_given == "By telephone, to Ana."


def test_an_author_who_also_reviews_is_refused_by_the_page_and_told_why(session: Session, at_desk: Desk) -> None:
    both = an_organiser(session, (Role.AUTHOR, Role.REVIEWER))
    case = an_urgent_action(session, CaseState.IN_REVIEW, author=both.actor)
    desk = at_desk(organiser=both)

    assert "someone else has to approve it" in whole(desk.get(f"/console/cases/{case.id}"))
    answer = desk.post(f"/console/cases/{case.id}/approve")

    assert answer.status_code == 422
    assert "Ask another reviewer" in whole(answer)
    assert _state(session, case.id) is CaseState.IN_REVIEW


def test_a_case_comes_back_with_the_reviewers_note(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, CaseState.IN_REVIEW)
    author, reviewer = at_desk(Role.AUTHOR), at_desk(Role.REVIEWER)

    empty = reviewer.post(f"/console/cases/{case.id}/send-back", data={"note": " "})
    assert empty.status_code == 422
    assert "Write what should be changed." in whole(empty)
    sent = reviewer.post(f"/console/cases/{case.id}/send-back", data={"note": "Which year is right?"})

    assert sent.status_code == 303
    assert "Sent back by the reviewer" in whole(author.get("/console/"))
    assert "Which year is right?" in whole(author.get(f"/console/cases/{case.id}"))


def test_withdrawing_asks_first_then_stops_everything_with_its_reason(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    desk = at_desk(Role.REVIEWER)
    address = f"/console/cases/{case.id}/withdraw"

    assert "Everything about this case stops at once" in whole(desk.get(address))
    assert desk.post(address, data={"reason": ""}).status_code == 422
    assert _state(session, case.id) is CaseState.PUBLISHED
    assert desk.post(address, data={"reason": "The family asked for it."}).status_code == 303
    assert _state(session, case.id) is CaseState.WITHDRAWN
    assert "The family asked for it." in whole(desk.get(f"/console/cases/{case.id}"))


def test_a_second_withdrawal_is_refused_not_an_error(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, CaseState.WITHDRAWN)
    answer = at_desk(Role.REVIEWER).post(f"/console/cases/{case.id}/withdraw", data={"reason": "Again."})

    assert answer.status_code == 422
    assert "Nothing more can be done with it." in whole(answer)


def _state(session: Session, case_id: UUID) -> CaseState:
    session.expire_all()
    case = session.get(UrgentAction, case_id)
    assert case is not None
    return CaseState(case.state)


def test_a_target_that_was_not_checked_lately_is_doubted_before_review_and_stops_nothing(
    session: Session, at_desk: Desk
) -> None:
    case = an_urgent_action(session, CaseState.IN_REVIEW)
    assert case.target is not None
    today = clock.now().date()
    for checked, doubt in (
        (None, "Nobody has said when the target's address was checked"),
        (today - timedelta(days=91), "last checked 91 days ago"),
        (today - timedelta(days=90), ""),
    ):
        case.target.verified_on = checked
        session.commit()
        page = whole(at_desk(Role.REVIEWER).get(f"/console/cases/{case.id}"))
        assert (doubt in page) if doubt else ("was last checked" not in page)
    case.target.verified_on = None
    session.commit()
    assert at_desk(Role.REVIEWER).post(f"/console/cases/{case.id}/approve").status_code == 303


def test_a_later_bulletin_waits_on_the_page_of_whoever_may_bring_it_on(session: Session, at_desk: Desk) -> None:
    case = an_urgent_action(session, CaseState.PUBLISHED)
    bulletin = a_later_bulletin(session, case, state=BulletinState.IN_REVIEW, title="She was moved")
    session.commit()
    reviewer, sender = at_desk(Role.REVIEWER), at_desk(Role.SENDER)
    assert "She was moved" in whole(reviewer.get("/console/"))
    assert "She was moved" not in whole(sender.get("/console/"))
    assert "She was moved" not in whole(at_desk(Role.AUTHOR).get("/console/"))
    assert reviewer.post(f"/console/news/{bulletin.id}/approve").status_code == 303
    assert "She was moved" not in whole(reviewer.get("/console/"))
    assert "She was moved" in whole(sender.get("/console/"))
