"""What tests of searching stand on: a case of somebody with an unusual name, and the statements a page needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign, CampaignText, Defender, UrgentAction
from alerts.actions.states import CaseState, Visibility
from alerts.actions.writing import write_text
from alerts.core.ids import new_id
from alerts.organisers import Role
from tests.builders import a_consent, a_defender, an_actor, an_urgent_action, brought_to, words
from tests.support.databases import engine_of

NAME, PSEUDONYM = "Zareen Qubilai", "Wintersun"
PART_OF_NAME = "Qubilai"
ONLY_IN_THE_STORY = "hydroelectric"


def somebody(session: Session, visibility: Visibility, country: str = "EG") -> Defender:
    """A defender with an unusual name, an unusual pseudonym, and consent."""
    pseudonym = PSEUDONYM if visibility is Visibility.PSEUDONYM else None
    defender = a_defender(session, name=NAME, visibility=visibility, pseudonym=pseudonym, country=country)
    a_consent(session, defender, scope=visibility)
    return defender


def a_case_of(
    session: Session, defender: Defender, state: CaseState, languages: tuple[str, ...] = ("en",), **changed: Any
) -> UrgentAction:
    """A case whose story holds a part of the name, as an author may have overlooked it."""
    author = an_actor(session, Role.AUTHOR)
    case = an_urgent_action(session, author=author, defender=defender)
    story = f"The {ONLY_IN_THE_STORY} dam took the land of the {PART_OF_NAME} family."
    write_text(session, author, case.id, "en", words(**{"story": story, **changed}), version=1)
    return brought_to(session, case, state, author=author)


def a_campaign(session: Session, slug: str = "spring", *, is_home: bool = False, **headlines: str) -> Campaign:
    """A campaign with a headline in each language named."""
    campaign = Campaign(id=new_id(), slug=slug, is_home=is_home, main_language=next(iter(headlines)))
    campaign.texts = [
        CampaignText(language=code, headline=words, strap_line="They stand up.", narrative="For **everybody**.")
        for code, words in headlines.items()
    ]
    session.add(campaign)
    session.flush()
    return campaign


def kept(session: Session) -> str:
    """Everything there is to be found, as one text."""
    rows = session.execute(text("SELECT d::text FROM search_documents d")).scalars()
    return "\n".join(rows).casefold()


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that the database was asked, but for savepoints, while the block runs."""
    noted: list[str] = []
    engine = engine_of(app)

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "SAVEPOINT" not in statement:
            noted.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(engine, "before_cursor_execute", note)
