"""Claims about later bulletins in case folders: what the files mean, what is refused, and what loading does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.casefaults import CaseFileFaults
from alerts.actions.casefile import CaseFile, parse_case
from alerts.actions.load import LoadedCase, Outcome, load_folder
from alerts.actions.models import Bulletin, UrgentAction
from alerts.actions.states import BulletinKind, BulletinState, CaseState
from alerts.actions.states import Outcome as Became
from alerts.organisers import Role
from tests.actions.case_folders import NOW, ROOT, english, files, spanish
from tests.builders import an_actor, brought_to

DOCUMENTED = re.search(
    r"^`bulletin-2\.en\.md`:\n\n```markdown\n(.*?)^```$",
    (ROOT / "docs" / "case-files.md").read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)
ENGLISH = DOCUMENTED[1] if DOCUMENTED else ""
SPANISH = "---\ntitle: Milan está libre\nsummary: Volvió a casa.\n---\n\n## Story\n\nDa las gracias.\n"
NEWS = ENGLISH.replace("kind: outcome\noutcome: released", "kind: further_information")
HIDDEN = (
    english(
        ("name: Milan Novák\n  role", "real_name: Milan Novák\n  role"),
        ("visibility: named", "visibility: withheld"),
        ("scope: named", "scope: withheld"),
    )
    .replace("Milan Novák", "the beekeeper")
    .replace("real_name: the beekeeper", "real_name: Milan Novák")
)


def parsed(**news: str) -> CaseFile:
    """The documented case with these files beside it: `en2="…"` is bulletin-2.en.md."""
    beside = {f"bulletin-{name[2:]}.{name[:2]}.md": text.encode() for name, text in news.items()}
    return parse_case(files() | beside, slug="milan-novak", now=NOW)


def faults(**news: str) -> str:
    with pytest.raises(CaseFileFaults) as caught:
        parsed(**news)
    return "\n".join(map(str, caught.value.found))


def test_the_documented_bulletin_is_one_and_changes_nothing_of_its_case() -> None:
    case = parsed(en2=ENGLISH, es2=SPANISH)
    [news] = case.news
    assert (news.number, news.kind, news.outcome) == (2, BulletinKind.OUTCOME, Became.RELEASED)
    assert [text.language for text in news.texts] == ["en", "es"]
    assert news.texts[0].title == "Milan Novák is free"
    assert "**everyone who wrote**" in news.texts[0].story
    assert parsed().digest == case.digest


@pytest.mark.parametrize(
    ("news", "said"),
    [
        ({"en3": NEWS}, "milan-novak/bulletin-3.en.md:1: there is no bulletin 2 before it"),
        ({"en1": NEWS}, "milan-novak/bulletin-1.en.md:1: there is no bulletin 2 before it"),
        ({"es2": SPANISH}, "milan-novak/bulletin-2.en.md:1: the text in the case's main language is missing"),
        ({"xx2": NEWS}, "milan-novak/bulletin-2.xx.md:1: unknown language 'xx'"),
        ({"en2": NEWS.replace("further_information", "first")}, "the first bulletin is the case itself"),
        ({"en2": NEWS.replace("further_information", "stopp")}, "did you mean 'stop'?"),
        ({"en2": ENGLISH.replace("outcome: released\n", "")}, "`outcome` is missing"),
        ({"en2": ENGLISH.replace("released", "freed")}, "unknown outcome 'freed'"),
        ({"en2": ENGLISH.replace("kind: outcome", "kind: further_information")}, "news has no outcome"),
        ({"en2": NEWS, "es2": SPANISH.replace("title", "kind: stop\ntitle")}, "`kind` is a fact"),
        ({"en2": NEWS.split("## Story")[0]}, "the part `## Story` is missing or empty"),
        ({"en2": NEWS + "\n<b>x</b>\n"}, "HTML in the story"),
        ({"en2": NEWS.replace("title:", "titel:")}, "unknown key `titel`"),
    ],
)
def test_a_wrong_bulletin_is_a_fault_with_its_file(news: dict[str, str], said: str) -> None:
    assert said in faults(**news)


def test_a_name_that_must_not_be_shown_is_found_in_every_part_and_language() -> None:
    hidden = files(en=HIDDEN, es="")
    parse_case(hidden, slug="milan-novak", now=NOW)
    beside = {"bulletin-2.en.md": NEWS.encode(), "bulletin-2.es.md": SPANISH.replace("Da", "Milan Novák da").encode()}
    with pytest.raises(CaseFileFaults) as caught:
        parse_case(hidden | beside, slug="milan-novak", now=NOW)
    exposed = [str(fault) for fault in caught.value.found if "must not be shown" in fault.problem]
    assert [(line.split(":")[0], line.split(" stands in the ")[1].split(" ")[0]) for line in exposed] == [
        ("milan-novak/bulletin-2.en.md", "title"),
        ("milan-novak/bulletin-2.en.md", "summary"),
        ("milan-novak/bulletin-2.es.md", "story"),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    case = tmp_path / "spring" / "milan-novak"
    case.mkdir(parents=True)
    (case / "en.md").write_text(english(), encoding="utf-8")
    (case / "es.md").write_text(spanish(), encoding="utf-8")
    (case / "bulletin-2.en.md").write_text(NEWS, encoding="utf-8")
    (case / "bulletin-2.es.md").write_text(SPANISH, encoding="utf-8")
    return case


def later_of(session: Session, case: LoadedCase) -> list[Bulletin]:
    query = select(Bulletin).where(Bulletin.urgent_action_id == case.case_id, Bulletin.number > 1)
    return list(session.scalars(query.order_by(Bulletin.number)))


def test_bulletins_wait_for_a_public_case_then_become_drafts_once(session: Session, folder: Path) -> None:
    author = an_actor(session, Role.AUTHOR)
    [first] = load_folder(session, author, folder)
    assert (first.outcome, first.begun, first.waiting) == (Outcome.NEW, (), (2,))
    [again] = load_folder(session, author, folder)
    assert (again.outcome, again.begun, again.waiting) == (Outcome.UNCHANGED, (), (2,))
    assert later_of(session, first) == []

    brought_to(session, session.get_one(UrgentAction, first.case_id), CaseState.PUBLISHED, author=author)
    [told] = load_folder(session, author, folder)
    assert (told.outcome, told.begun, told.waiting) == (Outcome.UNCHANGED, (2,), ())
    [news] = later_of(session, first)
    assert (news.kind, news.state, news.author_id) == ("further_information", BulletinState.DRAFT, author.id)
    assert {text.language: text.title for text in news.texts} == {
        "en": "Milan Novák is free",
        "es": "Milan está libre",
    }

    (folder / "bulletin-3.en.md").write_text(ENGLISH, encoding="utf-8")
    [more] = load_folder(session, author, folder)
    assert more.begun == (3,)
    [nothing] = load_folder(session, author, folder)
    assert (nothing.begun, nothing.waiting) == ((), ())
    assert [news.outcome for news in later_of(session, first)] == [None, "released"]
