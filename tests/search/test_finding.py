"""What people type leads to what they mean."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from alerts.actions.defenders import describe_defender
from alerts.actions.states import CaseState, Visibility
from alerts.actions.writing import write_text
from alerts.organisers import Role
from alerts.search.models import Kind
from alerts.search.queries import PER_PAGE, close_to, search
from tests.builders import a_consent, a_defender, a_target, an_actor, an_urgent_action, brought_to, words
from tests.search.scenes import ONLY_IN_THE_STORY, a_campaign, a_case_of, somebody


def in_language(session: Session, code: str, **changed: object) -> None:
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, languages=(code,))
    write_text(session, author, case.id, code, words(code, **changed), version=1)
    brought_to(session, case, CaseState.PUBLISHED, author=author)


@pytest.mark.parametrize(
    ("code", "written", "asked"),
    [
        ("en", "They were threatened by landowners", "threaten landowner"),
        ("es", "Detención arbitraria de una abogada", "detenciones abogado"),
        ("fr", "Elle a été libérée après l’élection", "libere election"),
        ("fr", "Elle a été libérée", "LIBÉRÉ"),
        ("ru", "Журналистка получила новые угрозы", "угроза журналистке"),
        ("ar", "اعتقال الناشطة المدافعة عن حقوق الإنسان", "ناشطه الانسان"),
        ("fa", "مدافع حقوق‌بشر بازداشت می‌شود", "حقوق بشر مي شود"),
        ("fa", "مدافع حقوق‌بشر بازداشت می‌شود", "حقوقبشر"),
        ("fa", "شمارهٔ ۱۲۳ کمیته", "123 كميته"),
    ],
)
def test_a_text_is_found_as_its_readers_write(session: Session, code: str, written: str, asked: str) -> None:
    in_language(session, code, title=written)
    assert [hit.kind for hit in search(session, code, asked).hits] == [Kind.CASE]
    assert search(session, code, f"{asked} zebra").total == 0, "all words are wanted"


def test_the_last_word_may_be_unfinished(session: Session) -> None:
    a_case_of(session, somebody(session, Visibility.NAMED), CaseState.PUBLISHED)
    assert search(session, "en", "lawyer hydroel").total == 1
    assert search(session, "en", "hydroel lawyer").total == 0


def test_each_reader_finds_one_text_of_a_case_their_own_or_the_main_one(session: Session) -> None:
    an_urgent_action(session, CaseState.PUBLISHED, languages=("en", "es"))
    for reader, language in (("en", "en"), ("es", "es"), ("fa", "en")):
        hits = [hit for hit in search(session, reader, "lawyer").hits if hit.kind is Kind.CASE]
        assert [hit.language for hit in hits] == [language]


def test_a_name_is_found_in_any_script(session: Session) -> None:
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author, name="Narges Mohammadi", languages=("en", "fa"))
    describe_defender(session, author, defender.id, "fa", role="وکیل", name="نرگس محمدی")
    a_consent(session, defender, author)
    case = an_urgent_action(session, author=author, defender=defender)
    case.target_id = a_target(session, author).id
    brought_to(session, case, CaseState.PUBLISHED, author=author)
    assert search(session, "en", "نرگس").total == 2
    assert search(session, "fa", "narges").total == 2


def test_names_and_titles_come_before_stories(session: Session) -> None:
    last = a_case_of(session, somebody(session, Visibility.NAMED), CaseState.PUBLISHED, title="The hydroelectric dam")
    newer = a_case_of(session, somebody(session, Visibility.NAMED), CaseState.PUBLISHED)
    numbers = [hit.sequence for hit in search(session, "en", ONLY_IN_THE_STORY).hits]
    assert numbers == [last.sequence, newer.sequence]


def test_campaigns_and_defenders_are_found_and_follow_what_is_edited(session: Session) -> None:
    campaign = a_campaign(session, en="Silence is not an option")
    author = an_actor(session, Role.AUTHOR)
    defender = a_defender(session, author)
    describe_defender(session, author, defender.id, "en", role="lawyer", story="She founded a **kindergarten**.")
    a_consent(session, defender, author)
    brought_to(session, an_urgent_action(session, author=author, defender=defender), CaseState.PUBLISHED)
    assert [hit.kind for hit in search(session, "en", "kindergarten").hits] == [Kind.DEFENDER]
    assert [hit.slug for hit in search(session, "en", "silence").hits] == ["spring"]
    campaign.texts[0].headline = "Speak up"
    session.flush()
    assert search(session, "en", "silence").total == 0
    session.delete(campaign)
    session.flush()
    assert search(session, "en", "speak").total == 0


def test_results_come_in_pages_each_once(session: Session) -> None:
    defender = somebody(session, Visibility.NAMED)
    for _ in range(PER_PAGE + 2):
        a_case_of(session, defender, CaseState.PUBLISHED)
    pages = [search(session, "en", ONLY_IN_THE_STORY, page) for page in (1, 2, 99)]
    assert [(len(page.hits), page.total, page.pages) for page in pages[:2]] == [(10, 12, 2), (2, 12, 2)]
    assert len({hit.sequence for page in pages[:2] for hit in page.hits}) == PER_PAGE + 2
    assert pages[2].page in (1, 2)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "!!!", "' OR 1=1 --", "\x00", "a:* & !b | (c", "\ud800", "😀", "the and of", "\u200c", "%s", "x" * 9000],
)
def test_anything_may_be_typed(session: Session, typed: str) -> None:
    assert search(session, "en", typed).total == 0
    close_to(session, "en", typed)


def test_a_name_that_was_misspelled_is_offered(session: Session) -> None:
    a_case_of(session, somebody(session, Visibility.NAMED), CaseState.PUBLISHED)
    assert close_to(session, "en", "Zaren Qubillai") == "zareen qubilai"
    assert close_to(session, "en", "Zaren Xylophone") == "zareen", "what nothing is alike to is left out"
    assert close_to(session, "en", "xylophone") is None
