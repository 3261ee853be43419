"""Every state that a page of the console can be in, with the address that shows it. A page that is not here fails."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions import later
from alerts.actions.review import send_back
from alerts.actions.states import BulletinKind, BulletinState, CaseState, Visibility
from alerts.campaigns import review
from alerts.organisers import Role
from alerts.participation.service import act, stranger
from tests.appeals.scenes import letters_go
from tests.builders import a_defender, a_later_bulletin, an_actor, an_urgent_action
from tests.campaigns.scenes import a_page_at
from tests.console.test_after_a_mailing import after_refusals
from tests.mailings.scenes import Launch, people
from tests.mailings.test_variants import Trying, with_variants
from tests.walks.states import State, corrected

BOTH = ("en", "fa")
SAVE = "main form[method=post] button[type=submit], main form[method=post] button:not([type])"
"""The first button that sends something: a form with nothing in it comes back with what is missing."""


def desk_states(session: Session) -> list[State]:
    """Something real behind each, as an organiser with every role sees it."""
    people(session, 3)
    found = [
        *_cases(session),
        *_defenders(session),
        *_campaigns(session),
        *_news(session),
        *_letters(session),
        *_mailings(session),
        State("console.home", "/console/"),
        State("console.cases", "/console/cases"),
        State("console.defenders", "/console/defenders"),
        State("console.campaigns", "/console/campaigns"),
        State("console.mailings", "/console/mailings"),
    ]
    session.commit()
    return found


def _cases(session: Session) -> list[State]:
    by_state = {state: an_urgent_action(session, state, languages=BOTH) for state in CaseState}
    back = an_urgent_action(session, CaseState.IN_REVIEW, visibility=Visibility.WITHHELD)
    send_back(session, an_actor(session, Role.REVIEWER), back.id, note="Say where.\n\nSay when.")
    drafted, shown = f"/console/cases/{by_state[CaseState.DRAFT].id}", by_state[CaseState.PUBLISHED]
    approved = f"/console/cases/{by_state[CaseState.APPROVED].id}"
    varied = f"/console/cases/{with_variants(session, languages=BOTH).id}"
    act(session, shown.id, stranger(email="a@mail.example", name="Ana", country="GT", language="en"))
    public = f"/console/cases/{shown.id}"
    return [
        *(State("console.case", f"/console/cases/{case.id}") for case in [*by_state.values(), back]),
        State("console.case", varied),
        State("console.case", "/console/cases/00000000-0000-7000-8000-000000000000", 404),
        State("console.new_case", "/console/cases/new"),
        State("console.new_case", "/console/cases/new", 422, press=SAVE),
        State("console.facts", f"{drafted}/facts"),
        State("console.text", f"{drafted}/texts/en"),
        State("console.text", f"{drafted}/texts/fa"),
        State("console.text", f"{drafted}/texts/es"),
        State("console.text", f"{drafted}/texts/es", 422, press=SAVE),
        State("console.text", f"{public}/texts/en"),
        State("console.variants", f"{varied}/texts/en/variants"),
        State("console.variants", f"{varied}/texts/fa/variants"),
        State("console.target", f"/console/targets/{shown.target_id}"),
        State("console.launch", f"{approved}/launch"),
        State("console.launch", f"{approved}/launch", 422, press=SAVE),
        State("console.launch", f"{varied}/launch"),
        State("console.launch", f"{drafted}/launch"),
        *(State(f"console.{end}", f"{public}/{end}") for end in ("hold", "close", "withdraw")),
        *(State(f"console.{end}", f"{public}/{end}", 422, press=SAVE) for end in ("hold", "close", "withdraw")),
        State("console.handed_in", f"{public}/hand-in"),
        State("console.handed_in", f"{public}/hand-in", 422, press=SAVE),
        State("console.numbers", f"{public}/numbers"),
        State("console.numbers", f"{public}/numbers", 422, press=SAVE),
        State("console.case", f"/console/cases/{corrected(session, CaseState.IN_REVIEW).id}"),
    ]


def _defenders(session: Session) -> list[State]:
    shown = an_urgent_action(session, CaseState.PUBLISHED, languages=BOTH).defender
    withheld = a_defender(session, visibility=Visibility.WITHHELD)
    one = f"/console/defenders/{shown.id}"
    return [
        State("console.defender", one),
        State("console.defender", f"/console/defenders/{withheld.id}"),
        State("console.new_defender", "/console/defenders/new"),
        State("console.new_defender", "/console/defenders/new", 422, press=SAVE),
        State("console.defender_facts", f"{one}/facts"),
        State("console.defender_words", f"{one}/words/fa"),
        State("console.defender_words", f"{one}/words/es", 422, press=SAVE),
        State("console.consent", f"{one}/consent"),
        State("console.consent", f"{one}/consent", 422, press=SAVE),
        State("console.withdraw_consent", f"{one}/consent/withdraw"),
        State("console.withdraw_consent", f"{one}/consent/withdraw", 422, press=SAVE),
        State("console.portrait", f"{one}/portrait"),
        State("console.portrait", f"{one}/portrait", 422, press=SAVE),
    ]


def _campaigns(session: Session) -> list[State]:
    draft, waiting = a_page_at(session, "amal-sabri"), a_page_at(session, "spring")
    review.submit(session, an_actor(session, Role.AUTHOR), waiting.id)
    over = a_page_at(session, "over")
    review.take_down(session, an_actor(session, Role.SENDER), over.campaign_id, reason="Asked for.")
    kinds = [block.kind for block in draft.blocks]
    blocks, one = f"/console/pages/{draft.id}/blocks", f"/console/campaigns/{draft.campaign_id}"
    return [
        State("console.campaign", one),
        State("console.campaign", f"/console/campaigns/{waiting.campaign_id}"),
        State("console.campaign", one, 422, press="form[action$='/cases'] button"),
        State("console.new_campaign", "/console/campaigns/new"),
        State("console.new_campaign", "/console/campaigns/new", 422, press=SAVE),
        *(State("console.campaign_block", f"{blocks}/{kind}/words/en") for kind in kinds),
        State("console.campaign_block", f"{blocks}/hero/words/fa"),
        State("console.campaign_figures", f"/console/pages/{draft.id}/figures"),
        State("console.campaign_preview", f"/console/pages/{draft.id}/preview/en"),
        State("console.campaign_preview", f"/console/pages/{draft.id}/preview/fa"),
        State("console.campaign", f"/console/campaigns/{over.campaign_id}"),
        State("console.campaign_let_return", f"/console/campaigns/{over.campaign_id}/let-return"),
        State("console.campaign_let_return", f"/console/campaigns/{over.campaign_id}/let-return", 422, press=SAVE),
        State("console.campaign_take_down", f"{one}/take-down"),
        State("console.campaign_take_down", f"{one}/take-down", 422, press=SAVE),
    ]


def _news(session: Session) -> list[State]:
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=BOTH)
    by_state = [a_later_bulletin(session, case, state=state, languages=BOTH) for state in BulletinState]
    draft = by_state[list(BulletinState).index(BulletinState.DRAFT)]
    approved = by_state[list(BulletinState).index(BulletinState.APPROVED)]
    ended = an_urgent_action(session, CaseState.PUBLISHED)
    outcome = a_later_bulletin(session, ended, BulletinKind.OUTCOME, BulletinState.IN_REVIEW)
    later.send_back(session, an_actor(session, Role.REVIEWER), outcome.id, note="Who says so?")
    new = f"/console/cases/{case.id}/news/new"
    return [
        *(State("console.news", f"/console/news/{one.id}") for one in [*by_state, outcome]),
        State("console.new_news", new),
        State("console.new_news", new, 422, press=SAVE),
        State("console.news_text", f"/console/news/{draft.id}/texts/en"),
        State("console.news_text", f"/console/news/{draft.id}/texts/fa"),
        State("console.news_text", f"/console/news/{draft.id}/texts/es", 422, press=SAVE),
        State("console.news_launch", f"/console/news/{approved.id}/launch"),
    ]


def _letters(session: Session) -> list[State]:
    with letters_go(session) as scene:
        scene.acts()
        scene.turn()
        session.commit()
    by_hand = an_urgent_action(session, CaseState.PUBLISHED)
    going = f"/console/cases/{scene.case.id}/letters"
    return [
        State("console.letters", going),
        State("console.letters", going, 422, press="button[formaction$='/pause']"),
        State("console.letters", f"/console/cases/{by_hand.id}/letters"),
    ]


def _mailings(session: Session) -> list[State]:
    past = after_refusals(session)
    one = session.scalar(text("SELECT min(id) FROM deliveries WHERE state = 'refused'"))
    session.execute(text("UPDATE deliveries SET state = 'unknown', at = now() WHERE id = :id"), {"id": one})
    of_one = "id = (SELECT batch_id FROM deliveries WHERE id = :id)"
    session.execute(text(f"UPDATE batches SET unknown = 1, refused = refused - 1 WHERE {of_one}"), {"id": one})
    people(session, 40)
    trying, running = Trying(session), Launch(session)
    done, now = f"/console/mailings/{past.id}", f"/console/mailings/{running.id}"
    return [
        State("console.mailing", done),
        State("console.mailing", now),
        State("console.mailing", f"/console/mailings/{trying.id}"),
        State("console.choose", f"/console/mailings/{trying.id}/choose/1"),
        State("console.cancel", f"{now}/cancel"),
        State("console.ledger", f"{done}/ledger"),
        State("console.ledger", f"{done}/ledger?state=refused"),
        State("console.refused_people", f"{done}/refused"),
        State("console.again", f"{done}/again"),
        State("console.again", f"{done}/again", 422, press=SAVE),
        State("console.joined", f"{done}/joined"),
        State("console.joined", f"{done}/joined", 422, press=SAVE),
        State("console.unknown_people", f"{done}/unknown"),
        State("console.settle", f"{done}/settle/resend"),
        State("console.settle", f"{done}/settle/handed-over"),
    ]


NOT_PAGES_OF_THE_DESK = {
    *("console.portrait_picture", "console.mailing_progress", "console.mail"),
}
"""Addresses of the console that answer with no page: a picture, a file, a part of a page, a mail in its frame."""
