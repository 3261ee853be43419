"""How long a search takes over many cases, beside a plain scan of the same texts: `python -m bench.search [CASES]`."""

from __future__ import annotations

import logging
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import chain

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.states import Risk
from alerts.core import clock
from alerts.core.ids import new_id
from alerts.limits import limiter
from alerts.organisers.models import Organiser
from alerts.search.queries import search
from bench.stage import Servers, Stage, a_stage, servers

CASES = 10_000
EACH = 20
EVERYWHERE = "lawyer"
"""A word that every case has: the worst that can be asked."""
_SYLLABLES = ("ba", "ke", "li", "mo", "ru", "san", "tor", "vi", "zen", "da", "fe", "gu")
_COUNTRIES = ("EG", "GT", "HN", "IR", "RU", "MX", "BR", "PH")
_FILL = text(
    """
    WITH someone AS (
        INSERT INTO defenders (id, name, visibility, pronouns, country, created_at)
        VALUES (:defender, :name, 'named', 'they', :country, :now)
    ), described AS (
        INSERT INTO defender_texts (defender_id, language, name, role)
        VALUES (:defender, 'en', :name, 'human rights lawyer')
    ), opened AS (
        INSERT INTO urgent_actions (id, defender_id, state, main_language, risk, deadline, approved_by, created_at)
        VALUES (:case, :defender, 'draft', 'en', :risk, :deadline, :reviewer, :now)
    ), told AS (
        INSERT INTO bulletins (id, urgent_action_id, kind, number, created_at)
        VALUES (:bulletin, :case, 'first', 1, :now)
    )
    INSERT INTO bulletin_texts (bulletin_id, language, title, call, summary, story, asks, letter, version, edited_at)
    VALUES (:bulletin, 'en', :title, :call, :summary, :story, ARRAY['Protect them.'], 'I call on you.', 1, :now)
    """
)
# Counts, as a search does, but puts nothing in order and knows no endings, accents or names.
_PLAIN = text(
    """
    SELECT count(*) FROM bulletin_texts t JOIN bulletins b ON b.id = t.bulletin_id
    JOIN urgent_actions c ON c.id = b.urgent_action_id AND c.state IN ('published', 'closed')
    WHERE t.language = 'en' AND (t.title ILIKE :like OR t.summary ILIKE :like OR t.story ILIKE :like)
    """
)


@dataclass(frozen=True)
class Searched:
    """Milliseconds at the median, over all kinds of question alike: a search, the page that shows it, a plain scan."""

    cases: int
    search: float
    page: float
    plain: float


@dataclass(frozen=True)
class Question:
    """One kind of question, and the milliseconds of each time it was asked in each of the three ways."""

    what: str
    search: list[float]
    page: list[float]
    plain: list[float]


def main(cases: int = CASES) -> None:
    """Fill, ask, print: a line for each kind of question."""
    with servers() as running:
        questions = _measured(running, cases)
    print(f"{cases:,} cases\n{'median, milliseconds':28}{'search':>10}{'page':>10}{'plain scan':>12}")
    for one in questions:
        ours, page, plain = (statistics.median(times) for times in (one.search, one.page, one.plain))
        print(f"{one.what:28}{ours:10.1f}{page:10.1f}{plain:12.1f}")
    print("{:28}{search:10.1f}{page:10.1f}{plain:12.1f}".format("all of them", **asdict(_together(cases, questions))))


def measure(running: Servers, cases: int = CASES) -> Searched:
    """Write and publish so many cases, and ask for them."""
    return _together(cases, _measured(running, cases))


def _together(cases: int, questions: list[Question]) -> Searched:
    def median(times: Callable[[Question], list[float]]) -> float:
        return statistics.median(chain.from_iterable(map(times, questions)))

    return Searched(cases, median(lambda one: one.search), median(lambda one: one.page), median(lambda one: one.plain))


def _measured(running: Servers, cases: int) -> list[Question]:
    with a_stage(running, 1) as stage:
        names = fill(stage, cases)
        with stage.session() as session:
            return list(_asked(stage, session, names))


def _asked(stage: Stage, session: Session, names: list[str]) -> Iterator[Question]:
    """Ask each kind of question again and again, by the feature, by the page, and by a plain scan."""
    client = stage.app.test_client()
    limiter.enabled = False
    logging.getLogger().setLevel(logging.WARNING)  # a line for each page would hide the figures
    chance = random.Random(2)  # noqa: S311 - the same words each time
    questions: dict[str, Callable[[], str]] = {
        "a name": lambda: chance.choice(names),
        "a word of few": lambda: _word(chance, 900),
        "two words": lambda: f"{_word(chance, 30)} {_word(chance, 30)}",
        "an unfinished word": lambda: _word(chance, 300)[:4],
        "a word of every case": lambda: EVERYWHERE,
    }
    for what, ask in questions.items():
        asked = [ask() for _ in range(EACH)]
        yield Question(
            what,
            list(_timed(lambda words: search(session, "en", words), asked)),
            list(_timed(lambda words: client.get("/en/search", query_string={"q": words}), asked)),
            list(_timed(lambda words: session.execute(_PLAIN, {"like": f"%{words}%"}).all(), asked)),
        )


def fill(stage: Stage, cases: int) -> list[str]:
    """So many published cases of different people; gives the people's names."""
    chance = random.Random(1)  # noqa: S311 - the same words each time
    now, names = clock.now(), []
    with stage.session() as session:
        reviewer = new_id()
        who = {"email": "reviewer@office.example", "name": "Reviewer", "password": "!", "fs_uniquifier": "reviewer"}
        session.add(Organiser(id=reviewer, created_at=now, **who))
        session.flush()
        for _ in range(cases):
            names.append(f"{_word(chance, 1000).title()} {_word(chance, 1000).title()}")
            facts = {
                "defender": new_id(), "case": new_id(), "bulletin": new_id(), "reviewer": reviewer, "now": now,
                "name": names[-1], "country": chance.choice(_COUNTRIES), "risk": chance.choice(list(Risk)).value,
                "deadline": now + timedelta(days=chance.randrange(1, 60)),
                "title": f"{EVERYWHERE} threatened: {_words(chance, 6)}", "call": f"Defend {names[-1]}!",
                "summary": _words(chance, 50), "story": f"A {EVERYWHERE}. {_words(chance, 300)}",
            }  # fmt: skip
            session.execute(_FILL, facts)
        session.execute(text("UPDATE urgent_actions SET state = 'published', published_at = :now"), {"now": now})
        session.commit()
        session.execute(text("ANALYZE"))
        session.commit()
    return names


def _word(chance: random.Random, most: int) -> str:
    """A word out of `most`, the first ones more often than the last."""
    place = int(most * chance.random() ** 2)
    return "".join(_SYLLABLES[place // 12**power % 12] for power in (2, 1, 0)) + _SYLLABLES[place % 7]


def _words(chance: random.Random, number: int) -> str:
    return " ".join(_word(chance, 1000) for _ in range(number))


def _timed(ask: Callable[[str], object], asked: list[str]) -> Iterator[float]:
    for words in asked:
        began = time.perf_counter()
        ask(words)
        yield (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
