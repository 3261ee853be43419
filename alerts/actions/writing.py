"""Writing an urgent action: its facts, and its words in each language, with nobody's text overwritten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText, Conflict, IllegalMove
from alerts.actions.models import Bulletin, BulletinText, BulletinVersion, Campaign, Defender, Target, UrgentAction
from alerts.actions.states import COUNTED, ActKind, AppealsBy, BulletinKind, CaseState, Risk, Topic
from alerts.actions.transitions import EDITABLE, move, state_name
from alerts.actions.wording import MOST_ASKS, MOST_COPIES, checked, faults_in
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock, translated
from alerts.core.errors import Busy, Unknown
from alerts.core.languages import LANGUAGES
from alerts.organisers import Actor, Permission, require
from alerts.organisers.models import Organiser


@dataclass(frozen=True)
class Words:
    """A bulletin in one language; parts may be empty while it is a draft. `story` and `letter` are Markdown.

    `copies` are the offices that get a copy, as this language calls them; there may be none. `correction` tells
    everybody what was wrong in what these words replace, where they correct something.
    """

    title: str
    call: str = ""
    summary: str = ""
    story: str = ""
    asks: tuple[str, ...] = ()
    letter: str = ""
    copies: tuple[str, ...] = ()
    correction: str = ""

    def checked(self) -> Words:
        """These words without space at their ends. Raises BadText where they cannot be kept."""
        asks = tuple(ask.strip() for ask in self.asks if ask.strip())
        copies = tuple(office.strip() for office in self.copies if office.strip())
        faults = [f"There are {len(asks)} points to ask for: keep to {MOST_ASKS}."] if len(asks) > MOST_ASKS else []
        faults += [f"There are {len(copies)} copies: keep to {MOST_COPIES}."] if len(copies) > MOST_COPIES else []
        for number, ask in enumerate(asks, 1):
            faults += [f"Point {number}: {fault}" for fault in faults_in({"ask": ask})]
        for number, office in enumerate(copies, 1):
            faults += [f"Copy {number}: {fault}" for fault in faults_in({"copy": office})]
        texts = {part: value for part, value in asdict(self).items() if part not in ("asks", "copies")}
        checked(texts, faults=faults)
        return Words(**{part: value.strip() for part, value in texts.items()}, asks=asks, copies=copies)


def words_of(text: BulletinText | BulletinVersion) -> Words:
    """The words that are kept."""
    asks, copies = tuple(text.asks), tuple(text.copies)
    return Words(text.title, text.call, text.summary, text.story, asks, text.letter, copies, text.correction)


def same_words(one: Words, other: Words) -> bool:
    """Whether both say the same, whatever they say of corrections."""
    return replace(one, correction="") == replace(other, correction="")


def create_urgent_action(
    session: Session,
    actor: Actor,
    *,
    defender_id: UUID,
    main_language: str,
    risk: Risk,
    words: Words,
    deadline: datetime | None = None,
    target_id: UUID | None = None,
    campaign_id: UUID | None = None,
    loaded_from: str | None = None,
    kinds: Collection[ActKind] = (ActKind.SIGN,),
    appeals_by: AppealsBy = AppealsBy.HAND_IN,
    topics: Collection[Topic] = (),
) -> UrgentAction:
    """Begin a case as a draft, with words in its main language; the database gives its number.

    Without `campaign_id` it belongs to the campaign of the home page, if there is one. `deadline` is UTC.
    Raises BadText, Unknown, or Busy where the same folder is being loaded by someone else.
    """
    require(actor, Permission.WRITE)
    words = words.checked()
    _check_facts(session, deadline, target_id, main_language)
    ways = _ways(kinds)
    if session.get(Defender, defender_id) is None:
        raise Unknown("There is no defender with this id.")
    at = clock.now()
    case = UrgentAction(
        campaign_id=campaign_id or session.scalar(select(Campaign.id).where(Campaign.is_home)),
        defender_id=defender_id,
        target_id=target_id,
        main_language=main_language,
        risk=risk.value,
        topics=_in_order(topics),
        kinds=ways,
        appeals_by=appeals_by.value,
        deadline=deadline,
        author_id=actor.id,
        loaded_from=loaded_from,
        created_at=at,
        state=CaseState.DRAFT.value,
    )
    loading = {"uq_urgent_actions_loaded_from": lambda: Busy("Someone is loading this case just now; look again.")}
    with translated(loading), session.begin_nested():
        session.add(case)
        session.flush()
    bulletin = Bulletin(urgent_action_id=case.id, kind=BulletinKind.FIRST.value, number=1, created_at=at)
    bulletin.texts = [_text(main_language, words, actor, at)]
    session.add(bulletin)
    session.flush()
    session.refresh(case)
    record(session, actor, "case.created", "urgent_action", case.id, case=case.number)
    return case


def change_facts(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    risk: Risk,
    deadline: datetime | None,
    target_id: UUID | None,
    kinds: Collection[ActKind] | None = None,
    appeals_by: AppealsBy | None = None,
    topics: Collection[Topic] | None = None,
) -> UrgentAction:
    """Change what is the same in every language; the case goes back to draft. What is None stays.

    Raises BadText, Unknown, IllegalMove.
    """
    require(actor, Permission.WRITE)
    case = editable(lock(session, UrgentAction, case_id))
    _check_facts(session, deadline, target_id, case.main_language)
    reopen(session, actor, case)
    case.risk, case.deadline, case.target_id = risk.value, deadline, target_id
    if kinds is not None:
        case.kinds = _ways(kinds)
    if appeals_by is not None:
        case.appeals_by = appeals_by.value
    if topics is not None:
        case.topics = _in_order(topics)
    session.flush()
    session.expire(case, ["target"])
    record(session, actor, "case.facts_changed", "urgent_action", case.id, case=case.number)
    return case


def write_text(
    session: Session, actor: Actor, case_id: UUID, language: str, words: Words, *, version: int
) -> BulletinText:
    """Keep the words of one language; the case goes back to draft, and its approval is lost.

    `version` is the one the writer started from; 0 where the language had no text. Raises Conflict, carrying both
    texts, where someone saved in between; BadText; IllegalMove where the case is published or ended.
    """
    require(actor, Permission.WRITE)
    words = words.checked()
    if language not in LANGUAGES:
        raise Unknown(f"“{language}” is not a language this site speaks.")
    case = editable(lock(session, UrgentAction, case_id))
    bulletin = session.scalars(
        select(Bulletin).filter_by(urgent_action_id=case.id, number=1).execution_options(populate_existing=True)
    ).one()
    text = next((text for text in bulletin.texts if text.language == language), None)
    check_version(session, text, words, version)
    reopen(session, actor, case)
    at = clock.now()
    if text is None:
        text = _text(language, words, actor, at)
        bulletin.texts.append(text)
    else:
        put_words(text, words)
        text.version, text.edited_by, text.edited_at = text.version + 1, actor.id, at
    session.flush()
    record(
        session, actor, "case.text_written", "urgent_action", case.id,
        case=case.number, language=language, version=text.version,
    )  # fmt: skip
    return text


def check_version(session: Session, text: BulletinText | None, words: Words, version: int) -> None:
    """Raises Conflict, carrying both texts, where the kept one is not of this version."""
    kept = text.version if text else 0
    if kept == version:
        return
    editor = session.get(Organiser, text.edited_by) if text and text.edited_by else None
    raise Conflict(
        version=kept,
        theirs=asdict(words_of(text)) if text else {},
        yours=asdict(words),
        who=editor.name if editor else "Someone",
    )


def _text(language: str, words: Words, actor: Actor, at: datetime) -> BulletinText:
    text = BulletinText(language=language, version=1, edited_by=actor.id, edited_at=at)
    put_words(text, words)
    return text


def put_words(text: BulletinText | BulletinVersion, words: Words) -> None:
    """Write the words into their row."""
    text.title, text.call, text.summary = words.title, words.call, words.summary
    text.story, text.asks, text.letter = words.story, list(words.asks), words.letter
    text.copies, text.correction = list(words.copies), words.correction


def editable(case: UrgentAction) -> UrgentAction:
    """The case, where its words may be changed. Raises IllegalMove."""
    state = CaseState(case.state)
    if state not in EDITABLE:
        remedy = (
            "Hold it first: nobody should read words that were not reviewed." if state is CaseState.PUBLISHED else ""
        )
        raise IllegalMove(f"{case.number} is {state_name(state)}, so it cannot be changed. {remedy}".strip())
    return case


def reopen(session: Session, actor: Actor, case: UrgentAction) -> None:
    """Take the case back to draft, where it is not: what changes has to be reviewed again."""
    if case.state != CaseState.DRAFT:
        before = case.state
        move(case, CaseState.DRAFT, at=clock.now())
        session.flush()
        record(session, actor, "case.reopened", "urgent_action", case.id, case=case.number, was=before)


def _ways(kinds: Collection[ActKind]) -> list[str]:
    """The ways to act in the order people are offered them. Raises BadText where nobody could be counted."""
    if not any(kind in COUNTED for kind in kinds):
        raise BadText(["Choose a way to act beside sharing: signing, writing, or printing and posting."])
    return [kind.value for kind in ActKind if kind in kinds]


def _in_order(topics: Collection[Topic]) -> list[str]:
    return [topic.value for topic in Topic if topic in topics]


def _check_facts(session: Session, deadline: datetime | None, target_id: UUID | None, language: str) -> None:
    if language not in LANGUAGES:
        raise Unknown(f"“{language}” is not a language this site speaks.")
    if target_id is not None and session.get(Target, target_id) is None:
        raise Unknown("There is no target with this id.")
    if deadline is not None and deadline <= clock.now():
        raise BadText(["The deadline is over already: choose a day to come."])
