"""What happened in the demo before a visitor comes: two weeks of a campaign, each step by the verb that people use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions import later, publishing, review
from alerts.actions.load import Outcome, load_folder
from alerts.actions.models import Bulletin
from alerts.actions.writing import words_of, write_text
from alerts.campaigns import review as page_review
from alerts.campaigns.load import load_page
from alerts.cli import demo_people
from alerts.core import clock
from alerts.organisers import Actor
from alerts.participation import service as participation
from alerts.subscribers.models import Subscriber

WRITTEN = timedelta(days=13)
ENDED, WAITS = "withheld-land-defender", "rafael-maldonado"
"""The case that has ended, and the one of which an outcome waits for the visitor's review."""
PUBLISHED = {ENDED: 12, "elena-milashina": 9, "bertha-zuniga-caceres": 6, WAITS: 4}
"""How many days ago cases were published."""
PUBLISHED_TODAY = "narges-mohammadi"
"""The case whose alert is launched: nobody has put their name to its letter yet."""
NAMES_A_DAY = {
    "elena-milashina": (24, 31, 17, 12, 9, 7, 5, 6, 3),
    "bertha-zuniga-caceres": (19, 26, 14, 9, 4, 5),
    WAITS: (12, 18, 8, 3),
    ENDED: (13, 16, 9, 6, 4, 3, 1, 2),
}
"""How many people put their name to each letter, day by day from its publication on."""
WITHDRAWN = 3
"""How many people took their name back again, on each case."""

CORRECTED = "elena-milashina"
MISTAKES = {
    "en": ("Two days later", "The next day"),
    "es": ("Dos días después", "Al día siguiente"),
    "fr": ("Deux jours plus tard", "Le lendemain"),
    "ar": ("بعد يومين", "في اليوم التالي"),
    "fa": ("دو روز بعد", "فردای آن روز"),
    "ru": ("Два дня спустя", "На следующий день"),
}
"""What the story of one case says, and what it said, in each language, until it was corrected."""
WHAT_WAS_WRONG = {
    "en": "The story said “the next day”; it was two days later.",
    "es": "El relato decía «al día siguiente»; fue dos días después.",
    "fr": "Le récit disait «\u00a0le lendemain\u00a0»\u00a0; c’était deux jours plus tard.",
    "ar": "ذكرت القصة «في اليوم التالي»، والصواب «بعد يومين».",
    "fa": "در متن «فردای آن روز» آمده بود؛ درست آن «دو روز بعد» است.",
    "ru": "В тексте было «на следующий день»; на самом деле — два дня спустя.",
}
"""What readers are told of the correction."""
FOUND_OUT = timedelta(days=8, hours=4)
LATER = {"bertha-zuniga-caceres": timedelta(days=2), ENDED: timedelta(days=1), WAITS: timedelta(hours=3)}
"""How long ago the later bulletin of each of these cases came to its review."""


@dataclass(frozen=True)
class Staff:
    """The organisers of the demo; each step takes the one whose work it is."""

    author: Actor
    reviewer: Actor
    sender: Actor


def tell(session: Session, staff: Staff, folder: Path) -> None:
    """The campaign in `folder` up to today, once: where it was loaded before, nothing happens."""
    with clock.set_back(WRITTEN):
        loaded = load_folder(session, staff.author, folder)
        cases = {case.folder: case.case_id for case in loaded if case.outcome is Outcome.NEW}
        if len(cases) < len(loaded):
            return
        _rewrite(session, staff, cases[CORRECTED], dict(MISTAKES.values()), {}, version=1)
        _publish_page(session, staff, folder)
    for case, days in PUBLISHED.items():
        with clock.set_back(timedelta(days=days)):
            _publish(session, staff, cases[case])
        if case == CORRECTED:
            _correct(session, staff, cases[case])
    _act(session, cases)
    _tell_more(session, staff, folder)
    _publish(session, staff, cases[PUBLISHED_TODAY])
    for person in demo_people.strangers():
        participation.ask_to_confirm(session, cases[CORRECTED], person)


def _correct(session: Session, staff: Staff, case_id: UUID) -> None:
    """Held, written anew, reviewed by somebody else and published again, as any change of what people read is."""
    with clock.set_back(FOUND_OUT):
        publishing.hold(session, staff.sender, case_id, reason="A day in the story is not right.")
    with clock.set_back(FOUND_OUT - timedelta(minutes=40)):
        right = {said: right for right, said in MISTAKES.values()}
        _rewrite(session, staff, case_id, right, WHAT_WAS_WRONG, version=2)
        _publish(session, staff, case_id)


def _publish(session: Session, staff: Staff, case_id: UUID) -> None:
    """Written, approved and published by three different people."""
    review.submit(session, staff.author, case_id)
    review.approve(session, staff.reviewer, case_id)
    publishing.publish(session, staff.sender, case_id)


def _publish_page(session: Session, staff: Staff, folder: Path) -> None:
    page = load_page(session, staff.author, folder)
    page_review.submit(session, staff.author, page.revision_id)
    page_review.approve(session, staff.reviewer, page.revision_id)
    page_review.publish(session, staff.sender, page.revision_id)


def _rewrite(
    session: Session, staff: Staff, case_id: UUID, instead: dict[str, str], why: dict[str, str], *, version: int
) -> None:
    """Put other words in the place of some, in the story of each language, and say `why` there."""
    first = session.scalars(select(Bulletin).filter_by(urgent_action_id=case_id, number=1)).one()
    for text in first.texts:
        words = replace(words_of(text), correction=why.get(text.language, ""))
        for before, after in instead.items():
            words = replace(words, story=words.story.replace(before, after, 1))
        write_text(session, staff.author, case_id, text.language, words, version=version)


def _act(session: Session, cases: dict[str, UUID]) -> None:
    """Subscribers put their names to the letters, over the days and around the clock; a few take theirs back."""
    supporters = _supporters(session)
    for case, days in NAMES_A_DAY.items():
        for day, people in enumerate(days):
            since = timedelta(days=PUBLISHED[case] - day)
            for number, person in enumerate(islice(supporters, people), start=1):
                with clock.set_back(since - timedelta(days=1) * number / (people + 2)):
                    act = participation.act(session, cases[case], person)
                    if day == 0 and number <= WITHDRAWN:
                        participation.withdraw(session, act)


def _supporters(session: Session) -> Iterator[participation.Person]:
    """Everybody who gave a name, one after the other; from one case to the next it goes on where it was."""
    query = select(Subscriber).where(Subscriber.name.is_not(None)).order_by(Subscriber.id)
    for who in cycle(session.scalars(query).all()):
        yield participation.Person(who.address_hash, who.email or "", who.name, who.country, who.language)


def _tell_more(session: Session, staff: Staff, folder: Path) -> None:
    """The campaign's later bulletins: news and an ending are published; what would end another case is not yet."""
    with clock.set_back(max(LATER.values())):
        cases = {case.folder: case.case_id for case in load_folder(session, staff.author, folder) if case.begun}
    for case, ago in LATER.items():
        bulletin = session.scalars(select(Bulletin).filter_by(urgent_action_id=cases[case], number=2)).one()
        with clock.set_back(ago):
            later.submit(session, staff.author, bulletin.id)
            if case != WAITS:
                later.approve(session, staff.reviewer, bulletin.id)
                later.publish_later(session, staff.sender, bulletin.id)
