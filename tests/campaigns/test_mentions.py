"""Claims about words of campaigns that name somebody: found at once, held back while the person may not be named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from alerts.actions.consent import withdraw_consent
from alerts.actions.defenders import change_defender, describe_defender
from alerts.actions.listing import campaign_names
from alerts.actions.models import Defender, DefenderConsent, UrgentAction
from alerts.actions.publishing import hold, withdraw
from alerts.actions.review import take_back
from alerts.actions.states import CaseState, Pronouns, Visibility
from alerts.campaigns import editing, queries, review
from alerts.campaigns.errors import PageIncomplete
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.mentions import held_back, places_naming
from alerts.campaigns.models import CampaignRevision
from alerts.core import clock
from alerts.organisers import SYSTEM, Role
from alerts.search.queries import search
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action
from tests.campaigns.scenes import a_draft, a_folder, a_published_page, documented, published, swapped

WRITTEN = "They report what others want hidden."
NAME = "Qubilai Naranov"


def naming(tmp_path: Path, words: str = f"{NAME} reports what others hide.", **more: str) -> Path:
    """The folder of a page whose narrative says this."""
    return a_folder(tmp_path, en=swapped((WRITTEN, words)), **more)


def somebody(session: Session, state: CaseState = CaseState.PUBLISHED, name: str = NAME) -> UrgentAction:
    """A case of somebody who is named."""
    defender = a_defender(session, name=name)
    a_consent(session, defender)
    return an_urgent_action(session, state, defender=defender)


def shown(session: Session, language: str = "en") -> set[BlockKind]:
    """The blocks whose words readers get."""
    page = queries.campaign_page(session, "spring", language)
    return {block.kind for block in page.blocks if block.parts}


def withdrawn(session: Session, case: UrgentAction) -> None:
    withdraw(session, an_actor(session, Role.SENDER), case.id, reason="The family asked for it.")


def consent_back(session: Session, case: UrgentAction) -> None:
    withdraw_consent(session, an_actor(session, Role.SENDER), case.defender_id, reason="They called us.")


def consent_over(session: Session, case: UrgentAction) -> None:
    past = clock.now() - timedelta(seconds=1)
    session.execute(update(DefenderConsent).filter_by(defender_id=case.defender_id).values(valid_until=past))


def withheld(session: Session, case: UrgentAction, visibility: Visibility = Visibility.WITHHELD) -> None:
    author = an_actor(session, Role.AUTHOR)
    hold(session, an_actor(session, Role.SENDER), case.id, reason="They are followed.")
    take_back(session, author, case.id)
    change_defender(
        session, author, case.defender_id, name=NAME, visibility=visibility, country="EG",
        pronouns=Pronouns.SHE, pseudonym="The Reporter",
    )  # fmt: skip


def known_by_a_pseudonym(session: Session, case: UrgentAction) -> None:
    withheld(session, case, Visibility.PSEUDONYM)


@pytest.mark.parametrize("happens", [withdrawn, consent_back, consent_over, withheld, known_by_a_pseudonym])
def test_a_block_that_names_somebody_falls_away_the_moment_they_may_not_be_named(
    session: Session, tmp_path: Path, happens: Callable[[Session, UrgentAction], None]
) -> None:
    a_published_page(session, naming(tmp_path, es=documented()["es"]))
    case = somebody(session)
    before = shown(session)
    assert BlockKind.HERO in before
    assert held_back(session, SYSTEM) == ()
    happens(session, case)
    session.flush()
    assert shown(session) == before - {BlockKind.HERO}
    assert BlockKind.HERO in shown(session, "es"), "its words in another language name nobody"
    (place,) = held_back(session, SYSTEM)
    assert (place.kind, place.part, place.language) == (BlockKind.HERO, "narrative", "en")
    assert place.defender_id == case.defender_id


def test_of_other_blocks_nothing_stays_and_no_other_language_steps_in(session: Session, tmp_path: Path) -> None:
    es = documented()["es"].replace("Cuentan", f"{NAME} cuenta")
    folder = a_folder(tmp_path, en=swapped(("Who is a defender", f"Who is {NAME}")), es=es)
    a_published_page(session, folder)
    withdrawn(session, somebody(session))
    page = queries.campaign_page(session, "spring", "en")
    assert page.block(BlockKind.NARRATIVE) is None
    assert queries.campaign_page(session, "spring", "fa").block(BlockKind.NARRATIVE) is None, "read in the main one"
    hero = queries.campaign_page(session, "spring", "es").block(BlockKind.HERO)
    assert hero
    assert hero.parts == {}


def test_nothing_of_it_is_read_found_or_listed(session: Session, client: FlaskClient, tmp_path: Path) -> None:
    headline = ("They speak for all of us. Speak for them.", f"Speak for {NAME}")
    a_published_page(session, a_folder(tmp_path, en=swapped(headline)))
    case = somebody(session)
    session.commit()
    picture = client.get("/en/card.jpg").data
    assert NAME in client.get("/en/").text
    assert any(hit.slug == "spring" for hit in search(session, "en", "Naranov").hits)
    assert NAME in campaign_names(session, "en")["spring"]
    withdrawn(session, case)
    session.commit()
    for path in ("/en/", "/fa/", "/en/cases", "/en/search?q=courage", "/en/feed.atom", "/en/sitemap.xml"):
        assert "Naranov" not in client.get(path).text, path
    assert "<h1>We Defend</h1>" in client.get("/en/").text
    assert client.get("/en/card.jpg").data != picture
    assert not search(session, "en", "Naranov").hits
    assert campaign_names(session, "en")["spring"] == "spring"


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("Élena Mílashina", "en", "We stand by ELENA  **Milashina**’s side"),
        ("Елена Милашина", "ru", "Защитите Елену Милашину!"),
        ("Андрей Соколов", "ru", "Вместе с Андреем Соколовым"),
        ("نرجس محمدي", "ar", "نقف مع ونرجس محمدي"),
        ("نرگس محمدی", "fa", "برای نرگس محمدی"),
        ("Bertha Zúñiga-Cáceres", "es", "por bertha zuñiga caceres"),
    ],
)
def test_names_are_found_however_they_are_written(
    session: Session, tmp_path: Path, name: str, language: str, words: str
) -> None:
    case = somebody(session, name="Somebody Else")
    describe(session, case, language, name)
    page = a_published_page(session, a_folder(tmp_path))
    draft = editing.open_draft(session, an_actor(session, Role.AUTHOR), page.campaign_id)
    say(session, draft, words, language)
    published(session, draft)
    assert [(place.language, place.part) for place in places_naming(session, SYSTEM, case.defender_id)] == [
        (language, "strap_line")
    ]
    withdrawn(session, case)
    assert BlockKind.HERO not in shown(session, language)


@pytest.mark.parametrize("words", ["Naranovo is a town", "A Qubilai is a king", "Qubilainaranov"])
def test_other_words_name_nobody(session: Session, tmp_path: Path, words: str) -> None:
    a_published_page(session, naming(tmp_path, words))
    case = somebody(session)
    assert places_naming(session, SYSTEM, case.defender_id) == ()


def test_a_spelling_that_was_replaced_is_still_recognised(session: Session, tmp_path: Path) -> None:
    case = somebody(session)
    describe(session, case, "ru", "Хубилай Наранов")
    withheld(session, case)
    draft = a_draft(session, a_folder(tmp_path))
    say(session, draft, "Рядом с Хубилаем Нарановым", "ru")
    with pytest.raises(PageIncomplete, match="not ready") as caught:
        review.submit(session, an_actor(session, Role.AUTHOR), draft.id)
    assert [fault for fault in caught.value.faults if "in its strap line (ru)" in fault]


def test_a_name_that_is_written_down_later_is_found_in_what_was_published_before(
    session: Session, tmp_path: Path
) -> None:
    a_published_page(session, naming(tmp_path))
    a_defender(session, name=NAME, visibility=Visibility.WITHHELD)
    assert BlockKind.HERO not in shown(session)


def test_who_has_another_public_case_or_may_be_named_again_is_named(session: Session, tmp_path: Path) -> None:
    a_published_page(session, naming(tmp_path))
    case = somebody(session)
    defender = session.get_one(Defender, case.defender_id)
    other = an_urgent_action(session, CaseState.PUBLISHED, defender=defender)
    withdrawn(session, case)
    assert BlockKind.HERO in shown(session)
    consent_over(session, other)
    assert BlockKind.HERO not in shown(session)
    a_consent(session, defender)
    assert BlockKind.HERO in shown(session)


def test_a_pseudonym_may_stand_until_the_case_is_withdrawn(session: Session, tmp_path: Path) -> None:
    a_published_page(session, naming(tmp_path, "The Nightingale reports what others hide."))
    defender = a_defender(session, visibility=Visibility.PSEUDONYM, pseudonym="The Nightingale")
    a_consent(session, defender, scope=Visibility.PSEUDONYM)
    case = an_urgent_action(session, CaseState.PUBLISHED, defender=defender)
    assert BlockKind.HERO in shown(session)
    withdrawn(session, case)
    assert BlockKind.HERO not in shown(session)


def test_a_draft_that_names_them_goes_nowhere_until_the_name_is_out(session: Session, tmp_path: Path) -> None:
    page = a_published_page(session, naming(tmp_path))
    author = an_actor(session, Role.AUTHOR)
    draft = editing.open_draft(session, author, page.campaign_id)
    withdrawn(session, somebody(session))
    with pytest.raises(PageIncomplete) as caught:
        review.submit(session, author, draft.id)
    assert [fault for fault in caught.value.faults if "hero block names somebody" in fault and "narrative" in fault]
    assert NAME not in str(caught.value)
    say(session, draft, "Hours matter.", "en")
    published(session, draft)
    assert BlockKind.HERO in shown(session)
    assert held_back(session, SYSTEM) == ()


def describe(session: Session, case: UrgentAction, language: str, name: str) -> None:
    """Write the name of the case's defender as this language does, past the rule that drafts only are changed."""
    defender = a_defender(session, name="Nobody Known")
    a_consent(session, defender)
    case.defender_id = defender.id
    case.state = CaseState.DRAFT.value
    session.flush()
    describe_defender(session, an_actor(session, Role.AUTHOR), defender.id, language, role="reporter", name=name)
    case.state = CaseState.PUBLISHED.value
    session.flush()


def say(session: Session, draft: CampaignRevision, words: str, language: str) -> None:
    """Write the strap line, and nothing of the narrative."""
    hero = next(block for block in draft.blocks if block.kind == BlockKind.HERO)
    version = next((text.version for text in hero.texts if text.language == language), 0)
    parts = {"headline": "Speak", "strap_line": words}
    author = an_actor(session, Role.AUTHOR)
    editing.write_block(session, author, draft.id, BlockKind.HERO, parts, language=language, version=version)
