"""Claims about people working on cases at the same moment, with transactions that really commit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from alerts.actions.errors import Conflict
from alerts.actions.load import LoadedCase, Outcome, load_folder
from alerts.actions.models import UrgentAction
from alerts.actions.states import Risk
from alerts.actions.writing import create_urgent_action, write_text
from alerts.core.errors import Busy
from alerts.organisers import Role
from tests.actions.case_folders import ROOT
from tests.builders import a_defender, an_actor, an_urgent_action, words


def sessions(committed: Session) -> sessionmaker[Session]:
    """A maker of sessions with connections of their own."""
    return sessionmaker(committed.get_bind())


def at_once(count: int, do: Callable[[int], object]) -> list[object]:
    """What `do` gives (or raises) when `count` threads begin it together."""
    barrier = Barrier(count)

    def begin(number: int) -> object:
        barrier.wait()
        try:
            return do(number)
        except Busy as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_numbers_have_no_gap_and_no_repeat_whoever_gives_up(committed: Session) -> None:
    author = an_actor(committed, Role.AUTHOR)
    defender_id = a_defender(committed, author).id
    committed.commit()
    make = sessions(committed)

    def write(number: int) -> None:
        with make() as session:
            for turn in range(5):
                create_urgent_action(
                    session, author, defender_id=defender_id, main_language="en", risk=Risk.THREAT, words=words()
                )
                if (number + turn) % 3:
                    session.commit()
                else:
                    session.rollback()

    at_once(4, write)
    given = sorted(committed.scalars(select(UrgentAction.sequence)))
    assert given == list(range(1, len(given) + 1))
    assert len(given) > 10


def test_of_two_who_save_together_one_is_shown_the_difference(committed: Session) -> None:
    authors = [an_actor(committed, Role.AUTHOR) for _ in range(2)]
    case_id = an_urgent_action(committed, author=authors[0]).id
    committed.commit()
    make = sessions(committed)

    def save(number: int) -> object:
        with make() as session:
            text = write_text(session, authors[number], case_id, "en", words(title=f"By {number}"), version=1)
            session.commit()
            return text.title

    kept, conflict = sorted(at_once(2, save), key=lambda result: isinstance(result, Conflict))
    assert isinstance(conflict, Conflict)
    assert conflict.theirs["title"] == kept
    assert conflict.yours["title"] != kept


def test_of_two_who_load_one_folder_together_one_loads_it(committed: Session) -> None:
    author = an_actor(committed, Role.AUTHOR)
    committed.commit()
    make = sessions(committed)
    first_has_loaded, second_has_begun = Event(), Event()
    folder = ROOT / "demo" / "we-defend"

    def load(number: int) -> list[LoadedCase]:
        with make() as session:
            if number:
                first_has_loaded.wait(20)
                second_has_begun.set()
            loaded = load_folder(session, author, folder)
            if not number:
                first_has_loaded.set()
                second_has_begun.wait(20)
            session.commit()
            return loaded

    first, second = at_once(2, load)
    assert isinstance(first, list)
    assert [case.outcome for case in first] == [Outcome.NEW] * 5
    assert isinstance(second, Busy) or [case.outcome for case in second] == [Outcome.UNCHANGED] * 5  # type: ignore[attr-defined]
    assert len(committed.scalars(select(UrgentAction)).all()) == 5
